#include "config.h"

#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/random.h"
#include "crypto/jwe_cipher.h"
#include "crypto/jwe_key.h"
#include "crypto/jwk.h"
#include "crypto/key.h"

#define MAX_SHARED 66 /* octets of a coordinate on P-521 */
#define MAX_INFO 4096

struct sc_jwe_key_alg {
	const char *name;
	const char *oaep; /* digest; NULL for ECDH-ES */
	size_t kek_len; /* of ECDH-ES; 0: agreed on directly */
};
static const struct sc_jwe_key_alg algs[] = {
    {"RSA-OAEP-256", "SHA256", 0},
    {"RSA-OAEP", "SHA1", 0},
    {"ECDH-ES", NULL, 0},
    {"ECDH-ES+A128KW", NULL, 16},
    {"ECDH-ES+A192KW", NULL, 24},
    {"ECDH-ES+A256KW", NULL, 32},
};

const struct sc_jwe_key_alg *
sc_jwe_key_alg_by_name(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof algs / sizeof algs[0]; i++)
		if (sc_streq(algs[i].name, name))
			return &algs[i];
	return NULL;
}

const char *
sc_jwe_key_alg_name(const struct sc_jwe_key_alg *a)
{
	return a->name;
}

bool
sc_jwe_key_alg_fits(const struct sc_jwe_key_alg *a, const struct sc_key *key)
{
	return sc_key_type(key) == (a->oaep != NULL ? SC_KEY_RSA : SC_KEY_EC);
}

const char *
sc_jwe_key_default_alg(const struct sc_key *key)
{
	switch (sc_key_type(key)) {
	case SC_KEY_RSA:
		return "RSA-OAEP-256";
	case SC_KEY_EC:
		return "ECDH-ES";
	default:
		return NULL;
	}
}

/* --- RSA-OAEP --------------------------------------------------------- */

static bool
set_oaep(EVP_PKEY_CTX *ctx, const char *digest)
{
	return EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_OAEP_PADDING) == 1 &&
	    EVP_PKEY_CTX_set_rsa_oaep_md_name(ctx, digest, NULL) == 1 &&
	    EVP_PKEY_CTX_set_rsa_mgf1_md_name(ctx, digest, NULL) == 1;
}

static int
oaep_wrap(const struct sc_jwe_key_alg *a, const struct sc_key *to,
    const uint8_t *cek, size_t cek_len, uint8_t *out, size_t *outlen)
{
	EVP_PKEY_CTX *ctx =
	    EVP_PKEY_CTX_new_from_pkey(NULL, sc_key_evp(to), NULL);
	bool ok;

	*outlen = SC_JWE_MAX_ENCRYPTED;
	ok = ctx != NULL && EVP_PKEY_encrypt_init(ctx) == 1 &&
	    set_oaep(ctx, a->oaep) &&
	    EVP_PKEY_encrypt(ctx, out, outlen, cek, cek_len) == 1;
	EVP_PKEY_CTX_free(ctx);
	ERR_clear_error();
	return ok ? 0 : SC_ERR_CRYPTO;
}

static int
oaep_unwrap(const struct sc_jwe_key_alg *a, const struct sc_key *key,
    const struct sc_jwe_sent *sent, uint8_t *cek, size_t cek_len)
{
	EVP_PKEY_CTX *ctx =
	    EVP_PKEY_CTX_new_from_pkey(NULL, sc_key_evp(key), NULL);
	uint8_t plain[SC_JWE_MAX_ENCRYPTED];
	size_t n = sizeof plain;
	bool ok;

	ok = ctx != NULL && EVP_PKEY_decrypt_init(ctx) == 1 &&
	    set_oaep(ctx, a->oaep) &&
	    EVP_PKEY_decrypt(ctx, plain, &n, sent->key, sent->key_len) == 1 &&
	    n == cek_len;
	if (ok)
		memcpy(cek, plain, cek_len);
	sc_wipe(plain, sizeof plain);
	EVP_PKEY_CTX_free(ctx);
	ERR_clear_error();
	return ok ? 0 : SC_ERR_UNAUTHENTICATED;
}

/* --- ECDH-ES ---------------------------------------------------------- */

/* The x coordinate of the shared point, in the size of the field. */
static int
agree(const struct sc_key *mine, const struct sc_key *theirs,
    uint8_t z[MAX_SHARED], size_t *n)
{
	EVP_PKEY_CTX *ctx =
	    EVP_PKEY_CTX_new_from_pkey(NULL, sc_key_evp(mine), NULL);
	bool ok;

	*n = MAX_SHARED;
	ok = ctx != NULL && EVP_PKEY_derive_init(ctx) == 1 &&
	    EVP_PKEY_derive_set_peer(ctx, sc_key_evp(theirs)) == 1 &&
	    EVP_PKEY_derive(ctx, z, n) == 1;
	EVP_PKEY_CTX_free(ctx);
	ERR_clear_error();
	return ok ? 0 : SC_ERR_CRYPTO;
}

/* Concat KDF with SHA-256 (RFC 7518 section 4.6.2). */
static int
derive(const uint8_t *z, size_t z_len, const char *name,
    const struct sc_jwe_sent *with, uint8_t *out, size_t want)
{
	struct sc_buf *b = sc_buf_new(MAX_INFO);
	uint8_t sum[32];
	uint32_t round;
	size_t done, n;
	int r = 0;

	for (round = 1, done = 0; r == 0 && done < want; round++, done += n) {
		sc_buf_reset(b);
		sc_buf_put_u32(b, round);
		sc_buf_put(b, z, z_len);
		sc_buf_put_string(b, name, strlen(name));
		sc_buf_put_string(b, with->apu, with->apu_len);
		sc_buf_put_string(b, with->apv, with->apv_len);
		sc_buf_put_u32(b, (uint32_t)want * 8);
		r = sc_buf_error(b);
		if (r == 0)
			r = sc_sha256(sc_buf_data(b), sc_buf_len(b), sum);
		n = want - done < sizeof sum ? want - done : sizeof sum;
		if (r == 0)
			memcpy(out + done, sum, n);
	}
	sc_wipe(sum, sizeof sum);
	sc_buf_free(b);
	return r;
}

/* The key that wraps, or that of the content itself. */
static int
agree_on_key(const struct sc_jwe_key_alg *a, const struct sc_key *mine,
    const struct sc_key *theirs, const char *enc,
    const struct sc_jwe_sent *with, uint8_t *out, size_t cek_len)
{
	const char *name = a->kek_len > 0 ? a->name : enc;
	size_t want = a->kek_len > 0 ? a->kek_len : cek_len, n;
	uint8_t z[MAX_SHARED];
	int r;

	r = agree(mine, theirs, z, &n);
	if (r == 0)
		r = derive(z, n, name, with, out, want);
	sc_wipe(z, sizeof z);
	return r;
}

/* kty, crv, x and y of a public key, and nothing else. */
static int
make_epk(struct sc_key *key, struct json_object **out, struct sc_error *e)
{
	static const char *const members[] = {"kty", "crv", "x", "y"};
	struct json_object *all = NULL, *epk = json_object_new_object(), *v;
	struct sc_jwk *j = NULL;
	size_t i;
	int r;

	r = epk != NULL ? sc_jwk_from_key(key, &j, e) : sc_fail_nomem(e);
	if (r == 0)
		r = sc_jwk_format(j, 0, &all, e);
	for (i = 0; r == 0 && i < 4; i++) {
		v = json_object_get(sc_json_member_exact(all, members[i]));
		if (json_object_object_add(epk, members[i], v) != 0) {
			json_object_put(v);
			r = sc_fail_nomem(e);
		}
	}
	json_object_put(all);
	sc_jwk_free(j);
	if (r != 0) {
		json_object_put(epk);
		return r;
	}
	*out = epk;
	return 0;
}

static int
ecdh_wrap(const struct sc_jwe_key_alg *a, const struct sc_key *to,
    const char *enc, uint8_t *cek, size_t cek_len, uint8_t *out, size_t *outlen,
    struct json_object **epk, struct sc_error *e)
{
	const struct sc_jwe_sent nothing = {0};
	struct sc_key *mine = NULL;
	uint8_t kek[SC_JWE_MAX_CEK];
	int r;

	r = sc_key_generate("EC", sc_key_curve(to), 0, &mine, e);
	if (r != 0)
		return r;
	r = agree_on_key(a, mine, to, enc, &nothing, kek, cek_len);
	if (r == 0 && a->kek_len == 0) {
		memcpy(cek, kek, cek_len);
	} else if (r == 0 && (r = sc_random(cek, cek_len)) == 0) {
		*outlen = cek_len + 8;
		r = sc_jwe_aes_wrap(kek, a->kek_len, cek, cek_len, out);
	}
	if (r != 0)
		r = sc_fail(e, r, "jwe: encryption failed");
	else
		r = make_epk(mine, epk, e);
	sc_wipe(kek, sizeof kek);
	sc_key_free(mine);
	return r;
}

static int
ecdh_unwrap(const struct sc_jwe_key_alg *a, const struct sc_key *key,
    const char *enc, const struct sc_jwe_sent *sent, uint8_t *cek,
    size_t cek_len, struct sc_error *e)
{
	struct sc_jwk *epk = NULL;
	uint8_t kek[SC_JWE_MAX_CEK];
	int r;

	if (sent->epk == NULL)
		return sc_fail(
		    e, SC_ERR_MALFORMED, "jwe: header member epk is missing");
	if ((r = sc_jwk_parse(sent->epk, &epk, e)) != 0) {
		sc_error_prefix(e, "jwe: epk");
		return r;
	}
	/* A point on another curve must not meet our key. */
	if (!sc_streq(sc_key_curve(epk->key), sc_key_curve(key))) {
		r = sc_fail(e, SC_ERR_UNAUTHENTICATED,
		    "jwe: epk is on another curve than the key");
		goto out;
	}
	r = agree_on_key(a, key, epk->key, enc, sent, kek, cek_len);
	if (r == 0 && a->kek_len == 0)
		memcpy(cek, kek, cek_len);
	else if (r == 0)
		r = sc_jwe_aes_unwrap(
		    kek, a->kek_len, sent->key, sent->key_len, cek);
	if (r != 0)
		(void)sc_fail(e, r, "jwe: decryption failed");
out:
	sc_wipe(kek, sizeof kek);
	sc_jwk_free(epk);
	return r;
}

/* --- either ----------------------------------------------------------- */

int
sc_jwe_key_wrap(const struct sc_jwe_key_alg *a, const struct sc_key *to,
    const char *enc, uint8_t *cek, size_t cek_len,
    uint8_t out[SC_JWE_MAX_ENCRYPTED], size_t *outlen, struct json_object **epk,
    struct sc_error *e)
{
	int r;

	*outlen = 0;
	*epk = NULL;
	if (!sc_jwe_key_alg_fits(a, to))
		return sc_fail(e, SC_ERR_MALFORMED,
		    "alg '%s' is not compatible with this key", a->name);
	if (a->oaep == NULL)
		return ecdh_wrap(a, to, enc, cek, cek_len, out, outlen, epk, e);
	r = sc_random(cek, cek_len);
	if (r == 0)
		r = oaep_wrap(a, to, cek, cek_len, out, outlen);
	return r != 0 ? sc_fail(e, r, "jwe: encryption failed") : 0;
}

int
sc_jwe_key_unwrap(const struct sc_jwe_key_alg *a, const struct sc_key *key,
    const char *enc, const struct sc_jwe_sent *sent, uint8_t *cek,
    size_t cek_len, struct sc_error *e)
{
	int r;

	if (!sc_jwe_key_alg_fits(a, key))
		return sc_fail(e, SC_ERR_UNAUTHENTICATED,
		    "jwe: alg %s does not fit the key", a->name);
	if (a->oaep == NULL &&
	    sent->key_len != (a->kek_len > 0 ? cek_len + 8 : 0))
		return sc_fail(e, SC_ERR_MALFORMED,
		    "jwe: key, iv or tag has the wrong size");
	if (a->oaep == NULL)
		return ecdh_unwrap(a, key, enc, sent, cek, cek_len, e);
	r = oaep_unwrap(a, key, sent, cek, cek_len);
	return r != 0 ? sc_fail(e, r, "jwe: decryption failed") : 0;
}
