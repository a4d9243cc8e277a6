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
#include "crypto/jwe_key.h"
#include "crypto/key.h"

#define DEFAULT_ALG "PBES2-HS256+A128KW"
#define DEFAULT_ENC "A256GCM"
#define DEFAULT_P2C 600000
#define SALT_LEN 16
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

struct work {
	const struct sc_jwe_to *to;
	const char *alg;
	const struct sc_jwe_enc *enc;
	uint8_t cek[SC_JWE_MAX_CEK];
	uint8_t wrapped[SC_JWE_MAX_ENCRYPTED];
	size_t wrapped_len;
	struct json_object *epk; /* of ECDH-ES */
	uint8_t salt[SALT_LEN]; /* of PBES2 */
	char *part[PARTS];
};

static void
work_clear(struct work *w)
{
	int i;

	sc_wipe(w->cek, sizeof w->cek);
	json_object_put(w->epk);
	for (i = 0; i < PARTS; i++)
		free(w->part[i]);
}

/* --- the key of the content ------------------------------------------- */

static int
choose(struct work *w, struct sc_error *e)
{
	const char *enc = w->to->enc != NULL ? w->to->enc : DEFAULT_ENC;

	w->enc = sc_jwe_enc_by_name(enc);
	if (w->enc == NULL)
		return sc_fail(
		    e, SC_ERR_UNSUPPORTED, "jwe: enc %.40s not supported", enc);
	w->alg = w->to->alg;
	if (w->alg == NULL)
		w->alg = w->to->key != NULL ? sc_jwe_key_default_alg(w->to->key)
					    : DEFAULT_ALG;
	if (w->alg == NULL)
		return sc_fail(e, SC_ERR_MALFORMED,
		    "an Ed25519 key cannot be used for encryption");
	return 0;
}

static int
wrap_for_key(struct work *w, struct sc_error *e)
{
	const struct sc_jwe_key_alg *alg = sc_jwe_key_alg_by_name(w->alg);

	if (alg == NULL)
		return sc_fail(e, SC_ERR_UNSUPPORTED,
		    "jwe: alg %.40s not supported", w->alg);
	return sc_jwe_key_wrap(alg, w->to->key, sc_jwe_enc_name(w->enc), w->cek,
	    sc_jwe_enc_cek_len(w->enc), w->wrapped, &w->wrapped_len, &w->epk,
	    e);
}

static int
wrap_for_password(struct work *w, struct sc_error *e)
{
	const struct sc_jwe_alg *alg = sc_jwe_alg_by_name(w->alg);
	size_t n = sc_jwe_enc_cek_len(w->enc);
	int r;

	if (alg == NULL)
		return sc_fail(e, SC_ERR_UNSUPPORTED,
		    "jwe: alg %.40s not supported", w->alg);
	if ((r = sc_random(w->salt, SALT_LEN)) != 0 ||
	    (r = sc_random(w->cek, n)) != 0 ||
	    (r = sc_jwe_wrap(alg, w->to->password, w->salt, SALT_LEN,
		 DEFAULT_P2C, w->cek, n, w->wrapped)) != 0)
		return sc_fail(e, r, "jwe: encryption failed");
	w->wrapped_len = n + 8;
	return 0;
}

/* --- header ----------------------------------------------------------- */

static int
add(struct json_object *h, const char *name, struct json_object *v)
{
	if (v != NULL && json_object_object_add(h, name, v) == 0)
		return 0;
	json_object_put(v);
	return SC_ERR_NOMEM;
}

static int
add_text(struct json_object *h, const char *name, const char *s)
{
	return s != NULL ? add(h, name, json_object_new_string(s)) : 0;
}

static int
add_salt(const struct work *w, struct json_object *h)
{
	char *p2s = sc_b64_encode(SC_B64_URL, w->salt, SALT_LEN);
	int r = SC_ERR_NOMEM;

	if (p2s != NULL && add(h, "p2c", json_object_new_int(DEFAULT_P2C)) == 0)
		r = add_text(h, "p2s", p2s);
	free(p2s);
	return r;
}

/* Members sorted by name. */
static int
make_header(struct work *w)
{
	struct json_object *h = json_object_new_object();
	struct sc_buf *b = sc_buf_new(MAX_JWE);
	int r;

	if (h == NULL || (r = add_text(h, "alg", w->alg)) != 0 ||
	    (r = add_text(h, "cty", w->to->cty)) != 0 ||
	    (r = add_text(h, "enc", sc_jwe_enc_name(w->enc))) != 0 ||
	    (w->epk != NULL &&
		(r = add(h, "epk", json_object_get(w->epk))) != 0) ||
	    (r = add_text(h, "kid", w->to->kid)) != 0 ||
	    (w->to->key == NULL && (r = add_salt(w, h)) != 0) ||
	    (r = add_text(h, "typ", w->to->typ)) != 0 ||
	    (r = sc_json_put(b, h, NULL)) != 0)
		r = SC_ERR_NOMEM;
	if (r == 0) {
		w->part[PROTECTED] =
		    sc_b64_encode(SC_B64_URL, sc_buf_data(b), sc_buf_len(b));
		r = w->part[PROTECTED] != NULL ? 0 : SC_ERR_NOMEM;
	}
	sc_buf_free(b);
	json_object_put(h);
	return r;
}

/* --- content ---------------------------------------------------------- */

static int
seal(struct work *w, const void *p, size_t n, struct sc_error *e)
{
	const char *header = w->part[PROTECTED];
	struct sc_jwe_content c = {
	    .cek = w->cek, .aad = header, .aad_len = strlen(header)};
	uint8_t *ct = malloc(n + 16);
	size_t ct_len;
	int r;

	if (ct == NULL)
		return sc_fail_nomem(e);
	if ((r = sc_random(c.iv, sc_jwe_enc_iv_len(w->enc))) != 0 ||
	    (r = sc_jwe_seal(w->enc, &c, p, n, ct, &ct_len)) != 0) {
		free(ct);
		return sc_fail(e, r, "jwe: encryption failed");
	}
	w->part[KEY] = sc_b64_encode(SC_B64_URL, w->wrapped, w->wrapped_len);
	w->part[IV] =
	    sc_b64_encode(SC_B64_URL, c.iv, sc_jwe_enc_iv_len(w->enc));
	w->part[CIPHERTEXT] = sc_b64_encode(SC_B64_URL, ct, ct_len);
	w->part[TAG] =
	    sc_b64_encode(SC_B64_URL, c.tag, sc_jwe_enc_tag_len(w->enc));
	free(ct);
	if (w->part[KEY] == NULL || w->part[IV] == NULL ||
	    w->part[CIPHERTEXT] == NULL || w->part[TAG] == NULL)
		return sc_fail_nomem(e);
	return 0;
}

static int
write_jwe(char *const part[PARTS], int compact, char **out, struct sc_error *e)
{
	struct sc_buf *b = sc_buf_new(2 * MAX_JWE);
	int i;

	if (!compact)
		sc_buf_puts(b, "{\n");
	for (i = 0; i < PARTS; i++) {
		if (compact)
			sc_buf_putf(b, "%s%s", i > 0 ? "." : "", part[i]);
		else if (part[i][0] != '\0' || i == CIPHERTEXT)
			sc_buf_putf(b, "  \"%s\": \"%s\"%s\n", names[i],
			    part[i], i < PARTS - 1 ? "," : "");
	}
	if (!compact)
		sc_buf_putc(b, '}');
	*out = sc_buf_steal(b, NULL);
	return *out != NULL ? 0 : sc_fail_nomem(e);
}

int
sc_jwe_encrypt_to(const struct sc_jwe_to *to, const void *p, size_t n,
    int compact, char **out, struct sc_error *e)
{
	struct work w = {.to = to};
	int r;

	*out = NULL;
	if (n > SC_JWE_MAX_CONTENT)
		return sc_fail(e, SC_ERR_TOO_LARGE,
		    "jwe: more than %d bytes cannot be encrypted",
		    SC_JWE_MAX_CONTENT);
	r = choose(&w, e);
	if (r == 0)
		r = to->key != NULL ? wrap_for_key(&w, e)
				    : wrap_for_password(&w, e);
	if (r == 0 && make_header(&w) != 0)
		r = sc_fail_nomem(e);
	if (r == 0)
		r = seal(&w, p, n, e);
	if (r == 0)
		r = write_jwe(w.part, compact, out, e);
	work_clear(&w);
	return r;
}

int
sc_jwe_encrypt(const char *password, const char *cty, const void *p, size_t n,
    int compact, char **out, struct sc_error *e)
{
	struct sc_jwe_to to = {.password = password, .cty = cty};

	return sc_jwe_encrypt_to(&to, p, n, compact, out, e);
}
