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
#include "crypto/jwe.h"
#include "crypto/jwe_cipher.h"
#include "crypto/jwe_key.h"
#include "crypto/key.h"

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
	for (i = 0; i < PARTS; i++) {
		/* There is none with ECDH-ES; others then miss it. */
		if (i == KEY &&
		    !json_object_object_get_ex(one, names[i], NULL)) {
			j->part[i] = (struct span){"", 0};
			continue;
		}
		if ((r = get_part(i == KEY ? one : j->obj, names[i],
			 &j->part[i], e)) != 0)
			return r;
	}
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

/* Likewise, but *out NULL when no header has it. */
static int
find_if_any(const struct jwe *j, const char *name, enum json_type type,
    struct json_object **out, struct sc_error *e)
{
	size_t i;

	*out = NULL;
	for (i = 0; i < 3; i++)
		if (j->header[i] != NULL &&
		    json_object_object_get_ex(j->header[i], name, NULL))
			return find(j, name, type, out, e);
	return 0;
}

/* What the header says, checked before any work is done with it. */
struct plan {
	const struct sc_jwe_alg *alg; /* with a password, or */
	const struct sc_jwe_key_alg *key_alg; /* with a key */
	const struct sc_jwe_enc *enc;
	uint8_t *apu, *apv;
	size_t apu_len, apv_len;
	struct json_object *epk;
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

/* Of ECDH-ES; apu and apv need not be there. */
static int
plan_agreement(const struct jwe *j, struct plan *p, struct sc_error *e)
{
	static const char *const members[] = {"apu", "apv"};
	uint8_t **out[] = {&p->apu, &p->apv};
	size_t *len[] = {&p->apu_len, &p->apv_len}, i;
	struct json_object *v;
	int r;

	for (i = 0; i < 2; i++) {
		r = find_if_any(j, members[i], json_type_string, &v, e);
		if (r != 0)
			return r;
		if (v != NULL &&
		    (sc_b64_decode(SC_B64_URL, json_object_get_string(v),
			 (size_t)json_object_get_string_len(v), out[i],
			 len[i]) != 0 ||
			*len[i] > MAX_SALT_LEN))
			return sc_fail(e, SC_ERR_MALFORMED,
			    "jwe: header member %s is wrong", members[i]);
	}
	return find_if_any(j, "epk", json_type_object, &p->epk, e);
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
	p->key_alg = sc_jwe_key_alg_by_name(name);
	if (p->alg == NULL && p->key_alg == NULL)
		return sc_fail(e, SC_ERR_UNSUPPORTED,
		    "jwe: alg %.40s not supported", name);
	if ((r = find(j, "enc", json_type_string, &v, e)) != 0)
		return r;
	name = json_object_get_string(v);
	p->enc = sc_jwe_enc_by_name(name);
	if (p->enc == NULL)
		return sc_fail(e, SC_ERR_UNSUPPORTED,
		    "jwe: enc %.40s not supported", name);
	if ((p->alg != NULL && j->len[KEY] != sc_jwe_enc_cek_len(p->enc) + 8) ||
	    j->len[IV] != sc_jwe_enc_iv_len(p->enc) ||
	    j->len[TAG] != sc_jwe_enc_tag_len(p->enc))
		return sc_fail(e, SC_ERR_MALFORMED,
		    "jwe: key, iv or tag has the wrong size");
	return p->alg != NULL ? plan_salt(j, p, e) : plan_agreement(j, p, e);
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

/* Everything but the key. */
static int
take_apart(
    const char *s, size_t n, struct jwe *j, struct plan *p, struct sc_error *e)
{
	int r;

	if (n > MAX_JWE)
		return sc_fail(e, SC_ERR_TOO_LARGE, "jwe: too large");
	/* files end in a line feed, and may be indented */
	while (n > 0 && strchr(" \t\r\n", s[n - 1]) != NULL && s[n - 1] != '\0')
		n--;
	r = n > 0 && *s == '{' ? split_json(s, n, j, e)
			       : split_compact(s, n, j, e);
	if (r == 0)
		r = decode_parts(j, e);
	return r == 0 ? make_plan(j, p, e) : r;
}

static void
plan_clear(struct plan *p)
{
	free(p->p2s);
	free(p->apu);
	free(p->apv);
}

int
sc_jwe_needs_password(const char *s, size_t n, bool *out, struct sc_error *e)
{
	struct jwe j = {0};
	struct plan p = {0};
	int r;

	r = take_apart(s, n, &j, &p, e);
	*out = r == 0 && p.alg != NULL;
	plan_clear(&p);
	jwe_clear(&j);
	return r;
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
	if ((r = take_apart(s, n, &j, &p, e)) != 0)
		goto out;
	if (p.alg == NULL) {
		r = sc_fail(e, SC_ERR_UNSUPPORTED,
		    "jwe: alg %s needs a key, not a password",
		    sc_jwe_key_alg_name(p.key_alg));
		goto out;
	}
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
	plan_clear(&p);
	jwe_clear(&j);
	return r;
}

static int
unwrap_with_key(const struct jwe *j, const struct plan *p,
    const struct sc_key *key, const char *alg, uint8_t *cek, struct sc_error *e)
{
	struct sc_jwe_sent sent = {
	    .key = j->bin[KEY],
	    .key_len = j->len[KEY],
	    .apu = p->apu,
	    .apu_len = p->apu_len,
	    .apv = p->apv,
	    .apv_len = p->apv_len,
	    .epk = p->epk,
	};
	const char *name;

	if (p->key_alg == NULL)
		return sc_fail(e, SC_ERR_UNSUPPORTED,
		    "jwe: alg %s needs a password, not a key",
		    sc_jwe_alg_name(p->alg));
	name = sc_jwe_key_alg_name(p->key_alg);
	if (alg != NULL && !sc_streq(alg, name))
		return sc_fail(e, SC_ERR_UNAUTHENTICATED,
		    "alg %s does not match the alg on JWE (%s)", alg, name);
	return sc_jwe_key_unwrap(p->key_alg, key, sc_jwe_enc_name(p->enc),
	    &sent, cek, sc_jwe_enc_cek_len(p->enc), e);
}

int
sc_jwe_decrypt_key(const char *s, size_t n, const struct sc_key *key,
    const char *alg, uint8_t **out, size_t *outlen, struct sc_error *e)
{
	struct jwe j = {0};
	struct plan p = {0};
	uint8_t cek[SC_JWE_MAX_CEK];
	int r;

	*out = NULL;
	*outlen = 0;
	r = take_apart(s, n, &j, &p, e);
	if (r == 0)
		r = unwrap_with_key(&j, &p, key, alg, cek, e);
	if (r == 0 && (r = open_content(&j, &p, cek, out, outlen)) != 0)
		sc_fail(e, r, "jwe: decryption failed");
	sc_wipe(cek, sizeof cek);
	plan_clear(&p);
	jwe_clear(&j);
	return r;
}
