#include "config.h"

#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "base/buf.h"
#include "base/encode.h"
#include "base/err.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/random.h"
#include "crypto/jwe.h"
#include "crypto/jwe_cipher.h"

#define DEFAULT_ALG "PBES2-HS256+A128KW"
#define DEFAULT_ENC "A256GCM"
#define DEFAULT_P2C 600000
#define SALT_LEN 16
#define MIN_SALT_LEN 8 /* RFC 7518 section 4.8.1.1 */
#define MAX_SALT_LEN 1024
#define MAX_JWE SC_MAX_PEM_FILE

enum {
	PROTECTED,
	KEY,
	IV,
	CIPHERTEXT,
	TAG,
	PARTS
};

/* The member names of the JSON form, in the order of the compact form. */
static const char *const names[PARTS] = {
    "protected", "encrypted_key", "iv", "ciphertext", "tag"};

/* --- encrypting ------------------------------------------------------- */

/* base64url of the protected header, malloc'ed; NULL when out of memory. */
static char *
make_header(const char *cty, const uint8_t salt[SALT_LEN])
{
	struct sc_buf *b = sc_buf_new(MAX_JWE);
	char *p2s = sc_b64_encode(SC_B64_URL, salt, SALT_LEN), *out = NULL;

	sc_buf_puts(b, "{\"alg\":\"" DEFAULT_ALG "\",");
	if (cty != NULL) {
		sc_buf_puts(b, "\"cty\":");
		sc_json_put_string(b, cty, strlen(cty));
		sc_buf_putc(b, ',');
	}
	sc_buf_putf(b, "\"enc\":\"" DEFAULT_ENC "\",\"p2c\":%d,\"p2s\":\"%s\"}",
	    DEFAULT_P2C, p2s != NULL ? p2s : "");
	if (p2s != NULL && sc_buf_error(b) == 0)
		out = sc_b64_encode(SC_B64_URL, sc_buf_data(b), sc_buf_len(b));
	sc_buf_free(b);
	free(p2s);
	return out;
}

static int
write_jwe(char *const part[PARTS], int compact, char **out, struct sc_error *e)
{
	struct sc_buf *b = sc_buf_new(2 * MAX_JWE);
	int i;

	if (!compact)
		sc_buf_puts(b, "{\n");
	for (i = 0; i < PARTS; i++)
		if (compact)
			sc_buf_putf(b, "%s%s", i > 0 ? "." : "", part[i]);
		else
			sc_buf_putf(b, "  \"%s\": \"%s\"%s\n", names[i],
			    part[i], i < PARTS - 1 ? "," : "");
	if (!compact)
		sc_buf_putc(b, '}');
	*out = sc_buf_steal(b, NULL);
	return *out != NULL ? 0 : sc_fail_nomem(e);
}

static int
seal(const char *password, const uint8_t salt[SALT_LEN], const char *header,
    const void *p, size_t n, char *part[PARTS], struct sc_error *e)
{
	const struct sc_jwe_enc *enc = sc_jwe_enc_by_name(DEFAULT_ENC);
	size_t cek_len = sc_jwe_enc_cek_len(enc), ct_len;
	struct sc_jwe_content c = {.aad = header, .aad_len = strlen(header)};
	uint8_t cek[SC_JWE_MAX_CEK], wrapped[SC_JWE_MAX_WRAPPED];
	uint8_t *ct = malloc(n + 16);
	int r;

	c.cek = cek;
	if (ct == NULL)
		return sc_fail_nomem(e);
	if ((r = sc_random(cek, cek_len)) != 0 ||
	    (r = sc_random(c.iv, sc_jwe_enc_iv_len(enc))) != 0 ||
	    (r = sc_jwe_wrap(sc_jwe_alg_by_name(DEFAULT_ALG), password, salt,
		 SALT_LEN, DEFAULT_P2C, cek, cek_len, wrapped)) != 0 ||
	    (r = sc_jwe_seal(enc, &c, p, n, ct, &ct_len)) != 0) {
		r = sc_fail(e, r, "jwe: encryption failed");
		goto out;
	}
	part[KEY] = sc_b64_encode(SC_B64_URL, wrapped, cek_len + 8);
	part[IV] = sc_b64_encode(SC_B64_URL, c.iv, sc_jwe_enc_iv_len(enc));
	part[CIPHERTEXT] = sc_b64_encode(SC_B64_URL, ct, ct_len);
	part[TAG] = sc_b64_encode(SC_B64_URL, c.tag, sc_jwe_enc_tag_len(enc));
	if (part[KEY] == NULL || part[IV] == NULL || part[CIPHERTEXT] == NULL ||
	    part[TAG] == NULL)
		r = sc_fail_nomem(e);
out:
	sc_wipe(cek, sizeof cek);
	free(ct);
	return r;
}

int
sc_jwe_encrypt(const char *password, const char *cty, const void *p, size_t n,
    int compact, char **out, struct sc_error *e)
{
	uint8_t salt[SALT_LEN];
	char *part[PARTS] = {NULL};
	int r, i;

	*out = NULL;
	if (n > MAX_JWE / 2)
		return sc_fail(e, SC_ERR_TOO_LARGE, "jwe: too large");
	r = sc_random(salt, sizeof salt);
	if (r != 0)
		return sc_fail(e, r, "jwe: no random numbers");
	part[PROTECTED] = make_header(cty, salt);
	if (part[PROTECTED] == NULL)
		r = sc_fail_nomem(e);
	else
		r = seal(password, salt, part[PROTECTED], p, n, part, e);
	if (r == 0)
		r = write_jwe(part, compact, out, e);
	for (i = 0; i < PARTS; i++)
		free(part[i]);
	return r;
}

/* --- taking apart ----------------------------------------------------- */

struct jwe {
	struct json_object *obj; /* JSON form; owns what the parts point to */
	struct json_object *header[3]; /* protected, unprotected, recipient */
	struct span {
		const char *p;
		size_t n;
	} part[PARTS], aad;
	uint8_t *bin[PARTS]; /* decoded */
	size_t len[PARTS];
};

static void
jwe_clear(struct jwe *j)
{
	size_t i;

	json_object_put(j->header[0]); /* the others belong to obj */
	json_object_put(j->obj);
	for (i = 0; i < PARTS; i++)
		free(j->bin[i]);
}

static int
split_compact(const char *s, size_t n, struct jwe *j, struct sc_error *e)
{
	const char *end = s + n, *dot;
	int i;

	for (i = 0; i < PARTS; i++) {
		dot = memchr(s, '.', (size_t)(end - s));
		if ((dot == NULL) != (i == PARTS - 1))
			return sc_fail(e, SC_ERR_MALFORMED,
			    "jwe: compact form has five parts");
		j->part[i].p = s;
		j->part[i].n = (size_t)((dot != NULL ? dot : end) - s);
		if (dot != NULL)
			s = dot + 1;
	}
	return 0;
}

static int
get_part(struct json_object *obj, const char *name, struct span *out,
    struct sc_error *e)
{
	struct json_object *v = sc_json_member_exact(obj, name);

	if (!json_object_is_type(v, json_type_string))
		return sc_fail(e, SC_ERR_MALFORMED,
		    "jwe: %s is missing or not a string", name);
	out->p = json_object_get_string(v);
	out->n = (size_t)json_object_get_string_len(v);
	return 0;
}

static int
get_header(struct json_object *obj, const char *name, struct json_object **out,
    struct sc_error *e)
{
	if (json_object_object_get_ex(obj, name, out) &&
	    !json_object_is_type(*out, json_type_object))
		return sc_fail(
		    e, SC_ERR_MALFORMED, "jwe: %s is not an object", name);
	return 0;
}

/* RFC 7516 section 7.2, one recipient. */
static int
split_json(const char *s, size_t n, struct jwe *j, struct sc_error *e)
{
	struct json_object *list, *one;
	int r, i;

	if ((r = sc_json_parse(s, n, 0, &j->obj, e)) != 0)
		return r;
	if (!json_object_is_type(j->obj, json_type_object))
		return sc_fail(e, SC_ERR_MALFORMED, "jwe: not an object");
	one = j->obj;
	if (json_object_object_get_ex(j->obj, "recipients", &list)) {
		if (!json_object_is_type(list, json_type_array) ||
		    json_object_array_length(list) != 1)
			return sc_fail(e, SC_ERR_MALFORMED,
			    "jwe: want exactly one recipient");
		one = json_object_array_get_idx(list, 0);
		if (!json_object_is_type(one, json_type_object) ||
		    json_object_object_get_ex(j->obj, "header", NULL) ||
		    json_object_object_get_ex(j->obj, "encrypted_key", NULL))
			return sc_fail(e, SC_ERR_MALFORMED,
			    "jwe: general and flattened form are mixed");
	}
	for (i = 0; i < PARTS; i++)
		if ((r = get_part(i == KEY ? one : j->obj, names[i],
			 &j->part[i], e)) != 0)
			return r;
	if (json_object_object_get_ex(j->obj, "aad", NULL) &&
	    (r = get_part(j->obj, "aad", &j->aad, e)) != 0)
		return r;
	if ((r = get_header(j->obj, "unprotected", &j->header[1], e)) != 0)
		return r;
	return get_header(one, "header", &j->header[2], e);
}

static int
decode_parts(struct jwe *j, struct sc_error *e)
{
	int i, r;

	for (i = 0; i < PARTS; i++) {
		r = sc_b64_decode(SC_B64_URL, j->part[i].p, j->part[i].n,
		    &j->bin[i], &j->len[i]);
		if (r != 0)
			return sc_fail(
			    e, r, "jwe: %s is not base64url", names[i]);
	}
	r = sc_json_parse(
	    (char *)j->bin[PROTECTED], j->len[PROTECTED], 0, &j->header[0], e);
	if (r != 0)
		return r;
	if (!json_object_is_type(j->header[0], json_type_object))
		return sc_fail(
		    e, SC_ERR_MALFORMED, "jwe: header is not an object");
	return 0;
}

/*
 * The member in whichever header has it; in two of them is MALFORMED (RFC
 * 7516 section 7.2.1: the names must be disjoint).
 */
static int
find(const struct jwe *j, const char *name, enum json_type type,
    struct json_object **out, struct sc_error *e)
{
	struct json_object *v;
	size_t i;

	*out = NULL;
	for (i = 0; i < 3; i++) {
		if (j->header[i] == NULL ||
		    !json_object_object_get_ex(j->header[i], name, &v))
			continue;
		if (*out != NULL || !json_object_is_type(v, type))
			return sc_fail(e, SC_ERR_MALFORMED,
			    "jwe: header member %s is wrong", name);
		*out = v;
	}
	if (*out == NULL)
		return sc_fail(e, SC_ERR_MALFORMED,
		    "jwe: header member %s is missing", name);
	return 0;
}

/* What the header says, checked before any work is done with it. */
struct plan {
	const struct sc_jwe_alg *alg;
	const struct sc_jwe_enc *enc;
	uint8_t *p2s;
	size_t p2s_len;
	unsigned p2c;
};

static int
plan_salt(const struct jwe *j, struct plan *p, struct sc_error *e)
{
	struct json_object *v;
	int64_t count;
	int r;

	if ((r = find(j, "p2c", json_type_int, &v, e)) != 0)
		return r;
	count = json_object_get_int64(v);
	if (count < 1 || count > SC_MAX_PBES2_COUNT)
		return sc_fail(e, SC_ERR_MALFORMED, "jwe: p2c must be 1 to %d",
		    SC_MAX_PBES2_COUNT);
	p->p2c = (unsigned)count;
	if ((r = find(j, "p2s", json_type_string, &v, e)) != 0)
		return r;
	r = sc_b64_decode(SC_B64_URL, json_object_get_string(v),
	    (size_t)json_object_get_string_len(v), &p->p2s, &p->p2s_len);
	if (r == 0 && (p->p2s_len < MIN_SALT_LEN || p->p2s_len > MAX_SALT_LEN))
		r = SC_ERR_MALFORMED;
	return r != 0 ? sc_fail(e, r, "jwe: p2s is wrong") : 0;
}

static int
make_plan(const struct jwe *j, struct plan *p, struct sc_error *e)
{
	static const char *const refused[] = {"crit", "zip"};
	struct json_object *v;
	const char *name;
	size_t i, k;
	int r;

	for (i = 0; i < 3; i++)
		for (k = 0; k < 2; k++)
			if (j->header[i] != NULL &&
			    json_object_object_get_ex(
				j->header[i], refused[k], NULL))
				return sc_fail(e, SC_ERR_UNSUPPORTED,
				    "jwe: header member %s not supported",
				    refused[k]);
	if ((r = find(j, "alg", json_type_string, &v, e)) != 0)
		return r;
	name = json_object_get_string(v);
	p->alg = sc_jwe_alg_by_name(name);
	if (p->alg == NULL)
		return sc_fail(e, SC_ERR_UNSUPPORTED,
		    "jwe: alg %.40s not supported", name);
	if ((r = find(j, "enc", json_type_string, &v, e)) != 0)
		return r;
	name = json_object_get_string(v);
	p->enc = sc_jwe_enc_by_name(name);
	if (p->enc == NULL)
		return sc_fail(e, SC_ERR_UNSUPPORTED,
		    "jwe: enc %.40s not supported", name);
	if (j->len[KEY] != sc_jwe_enc_cek_len(p->enc) + 8 ||
	    j->len[IV] != sc_jwe_enc_iv_len(p->enc) ||
	    j->len[TAG] != sc_jwe_enc_tag_len(p->enc))
		return sc_fail(e, SC_ERR_MALFORMED,
		    "jwe: key, iv or tag has the wrong size");
	return plan_salt(j, p, e);
}

/* --- decrypting ------------------------------------------------------- */

static int
open_content(const struct jwe *j, const struct plan *p, const uint8_t *cek,
    uint8_t **out, size_t *outlen)
{
	struct sc_jwe_content c = {.cek = cek};
	struct sc_buf *aad = sc_buf_new(2 * MAX_JWE);
	size_t n = j->len[CIPHERTEXT];
	uint8_t *text = malloc(n + 16 + 1);
	int r = SC_ERR_NOMEM;

	memcpy(c.iv, j->bin[IV], j->len[IV]);
	memcpy(c.tag, j->bin[TAG], j->len[TAG]);
	sc_buf_put(aad, j->part[PROTECTED].p, j->part[PROTECTED].n);
	if (j->aad.p != NULL) {
		sc_buf_putc(aad, '.');
		sc_buf_put(aad, j->aad.p, j->aad.n);
	}
	if (text != NULL && sc_buf_error(aad) == 0) {
		c.aad = sc_buf_data(aad);
		c.aad_len = sc_buf_len(aad);
		r = sc_jwe_open(
		    p->enc, &c, j->bin[CIPHERTEXT], n, text, outlen);
	}
	sc_buf_free(aad);
	if (r != 0) {
		sc_freezero(text, n + 17);
		return r;
	}
	text[*outlen] = '\0';
	*out = text;
	return 0;
}

int
sc_jwe_decrypt(const char *s, size_t n, const char *password, uint8_t **out,
    size_t *outlen, struct sc_error *e)
{
	struct jwe j = {0};
	struct plan p = {0};
	uint8_t cek[SC_JWE_MAX_CEK];
	int r;

	*out = NULL;
	*outlen = 0;
	if (n > MAX_JWE)
		return sc_fail(e, SC_ERR_TOO_LARGE, "jwe: too large");
	/* files end in a line feed, and may be indented */
	while (n > 0 && strchr(" \t\r\n", s[n - 1]) != NULL && s[n - 1] != '\0')
		n--;
	r = n > 0 && *s == '{' ? split_json(s, n, &j, e)
			       : split_compact(s, n, &j, e);
	if (r != 0 || (r = decode_parts(&j, e)) != 0 ||
	    (r = make_plan(&j, &p, e)) != 0)
		goto out;
	r = sc_jwe_unwrap(p.alg, password, p.p2s, p.p2s_len, p.p2c, j.bin[KEY],
	    j.len[KEY], cek);
	if (r == 0)
		r = open_content(&j, &p, cek, out, outlen);
	if (r == SC_ERR_UNAUTHENTICATED)
		sc_fail(e, r, "failed to decrypt JWE: invalid password");
	else if (r != 0)
		sc_fail(e, r, "jwe: decryption failed");
out:
	sc_wipe(cek, sizeof cek);
	free(p.p2s);
	jwe_clear(&j);
	return r;
}
