#include "config.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/evp.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/limits.h"
#include "base/mem.h"
#include "crypto/jwe_cipher.h"
#include "crypto/key.h"
#include "crypto/ossl.h"

struct sc_jwe_alg {
	const char *name;
	enum sc_hash hash;
	size_t kek_len;
};
static const struct sc_jwe_alg algs[] = {
    {"PBES2-HS256+A128KW", SC_SHA256, 16},
    {"PBES2-HS384+A192KW", SC_SHA384, 24},
    {"PBES2-HS512+A256KW", SC_SHA512, 32},
};

struct sc_jwe_enc {
	const char *name;
	const EVP_CIPHER *(*cipher)(void);
	size_t cek_len, iv_len, tag_len;
	const char *mac; /* digest of the HMAC; NULL for GCM */
};
static const struct sc_jwe_enc encs[] = {
    {"A128GCM", EVP_aes_128_gcm, 16, 12, 16, NULL},
    {"A192GCM", EVP_aes_192_gcm, 24, 12, 16, NULL},
    {"A256GCM", EVP_aes_256_gcm, 32, 12, 16, NULL},
    {"A128CBC-HS256", EVP_aes_128_cbc, 32, 16, 16, "SHA256"},
    {"A192CBC-HS384", EVP_aes_192_cbc, 48, 16, 24, "SHA384"},
    {"A256CBC-HS512", EVP_aes_256_cbc, 64, 16, 32, "SHA512"},
};

const struct sc_jwe_alg *
sc_jwe_alg_by_name(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof algs / sizeof algs[0]; i++)
		if (sc_streq(algs[i].name, name))
			return &algs[i];
	return NULL;
}

const struct sc_jwe_enc *
sc_jwe_enc_by_name(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof encs / sizeof encs[0]; i++)
		if (sc_streq(encs[i].name, name))
			return &encs[i];
	return NULL;
}

const char *
sc_jwe_alg_name(const struct sc_jwe_alg *alg)
{
	return alg->name;
}

const char *
sc_jwe_enc_name(const struct sc_jwe_enc *enc)
{
	return enc->name;
}

size_t
sc_jwe_enc_cek_len(const struct sc_jwe_enc *enc)
{
	return enc->cek_len;
}

size_t
sc_jwe_enc_iv_len(const struct sc_jwe_enc *enc)
{
	return enc->iv_len;
}

size_t
sc_jwe_enc_tag_len(const struct sc_jwe_enc *enc)
{
	return enc->tag_len;
}

/* --- key wrapping ----------------------------------------------------- */

static int
derive(const struct sc_jwe_alg *alg, const char *password, const uint8_t *p2s,
    size_t p2s_len, unsigned p2c, uint8_t kek[32])
{
	struct sc_buf *salt = sc_buf_new(4096);
	int ok = 0;

	/* RFC 7518 section 4.8.1.1: alg || 0x00 || p2s */
	sc_buf_puts(salt, alg->name);
	sc_buf_put_u8(salt, 0);
	if (sc_buf_put(salt, p2s, p2s_len) == 0)
		ok = PKCS5_PBKDF2_HMAC(password, (int)strlen(password),
		    sc_buf_data(salt), (int)sc_buf_len(salt), (int)p2c,
		    sc_digest_md(alg->hash), (int)alg->kek_len, kek);
	sc_buf_free(salt);
	ERR_clear_error();
	return ok == 1 ? 0 : SC_ERR_CRYPTO;
}

/* AES key wrap (RFC 3394) of n octets, one way or the other. */
static int
aes_kw(const uint8_t *kek, size_t kek_len, int encrypt, const uint8_t *p,
    size_t n, uint8_t *out, size_t want)
{
	const EVP_CIPHER *cipher = kek_len == 16 ? EVP_aes_128_wrap()
	    : kek_len == 24			 ? EVP_aes_192_wrap()
						 : EVP_aes_256_wrap();
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	uint8_t tmp[SC_JWE_MAX_WRAPPED + 16];
	int len = 0, last = 0, ok = 0;

	if (ctx != NULL && n <= SC_JWE_MAX_WRAPPED) {
		EVP_CIPHER_CTX_set_flags(ctx, EVP_CIPHER_CTX_FLAG_WRAP_ALLOW);
		ok = EVP_CipherInit_ex2(
			 ctx, cipher, kek, NULL, encrypt, NULL) == 1 &&
		    EVP_CipherUpdate(ctx, tmp, &len, p, (int)n) == 1 &&
		    EVP_CipherFinal_ex(ctx, tmp + len, &last) == 1 &&
		    (size_t)(len + last) == want;
	}
	if (ok)
		memcpy(out, tmp, want);
	sc_wipe(tmp, sizeof tmp);
	EVP_CIPHER_CTX_free(ctx);
	ERR_clear_error();
	if (ok)
		return 0;
	return encrypt ? SC_ERR_CRYPTO : SC_ERR_UNAUTHENTICATED;
}

int
sc_jwe_aes_wrap(const uint8_t *kek, size_t kek_len, const uint8_t *cek,
    size_t cek_len, uint8_t *out)
{
	return aes_kw(kek, kek_len, 1, cek, cek_len, out, cek_len + 8);
}

int
sc_jwe_aes_unwrap(const uint8_t *kek, size_t kek_len, const uint8_t *wrapped,
    size_t wrapped_len, uint8_t *out)
{
	if (wrapped_len < 24 || wrapped_len > SC_JWE_MAX_WRAPPED)
		return SC_ERR_UNAUTHENTICATED;
	return aes_kw(
	    kek, kek_len, 0, wrapped, wrapped_len, out, wrapped_len - 8);
}

int
sc_jwe_wrap(const struct sc_jwe_alg *alg, const char *password,
    const uint8_t *p2s, size_t p2s_len, unsigned p2c, const uint8_t *cek,
    size_t cek_len, uint8_t *out)
{
	uint8_t kek[32];
	int r;

	r = derive(alg, password, p2s, p2s_len, p2c, kek);
	if (r == 0)
		r = sc_jwe_aes_wrap(kek, alg->kek_len, cek, cek_len, out);
	sc_wipe(kek, sizeof kek);
	return r;
}

int
sc_jwe_unwrap(const struct sc_jwe_alg *alg, const char *password,
    const uint8_t *p2s, size_t p2s_len, unsigned p2c, const uint8_t *wrapped,
    size_t wrapped_len, uint8_t *out)
{
	uint8_t kek[32];
	int r;

	r = derive(alg, password, p2s, p2s_len, p2c, kek);
	if (r == 0)
		r = sc_jwe_aes_unwrap(
		    kek, alg->kek_len, wrapped, wrapped_len, out);
	sc_wipe(kek, sizeof kek);
	return r;
}

/* --- content ---------------------------------------------------------- */

/* HMAC over AAD || IV || ciphertext || AL (RFC 7518 section 5.2.2.1). */
static int
cbc_tag(const struct sc_jwe_enc *enc, const struct sc_jwe_content *c,
    const uint8_t *ct, size_t n, uint8_t *tag)
{
	struct sc_buf *b = sc_buf_new(4 * SC_MAX_PEM_FILE);
	uint8_t mac[EVP_MAX_MD_SIZE];
	size_t len = 0;
	int ok = 0;

	sc_buf_put(b, c->aad, c->aad_len);
	sc_buf_put(b, c->iv, enc->iv_len);
	sc_buf_put(b, ct, n);
	if (sc_buf_put_u64(b, (uint64_t)c->aad_len * 8) == 0)
		ok = EVP_Q_mac(NULL, "HMAC", NULL, enc->mac, NULL, c->cek,
			 enc->cek_len / 2, sc_buf_data(b), sc_buf_len(b), mac,
			 sizeof mac, &len) != NULL &&
		    len == 2 * enc->tag_len;
	if (ok)
		memcpy(tag, mac, enc->tag_len);
	sc_wipe(mac, sizeof mac);
	sc_buf_free(b);
	return ok ? 0 : SC_ERR_CRYPTO;
}

static const uint8_t *
cipher_key(const struct sc_jwe_enc *enc, const struct sc_jwe_content *c)
{
	/* of a CBC key the second half; the first is for the HMAC */
	return enc->mac != NULL ? c->cek + enc->cek_len / 2 : c->cek;
}

int
sc_jwe_seal(const struct sc_jwe_enc *enc, struct sc_jwe_content *c,
    const uint8_t *p, size_t n, uint8_t *out, size_t *outlen)
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	int len = 0, last = 0, ok;

	*outlen = 0;
	ok = ctx != NULL && n < INT_MAX - 16 && c->aad_len < INT_MAX &&
	    EVP_EncryptInit_ex2(
		ctx, enc->cipher(), cipher_key(enc, c), c->iv, NULL) == 1 &&
	    (enc->mac != NULL ||
		EVP_EncryptUpdate(ctx, NULL, &len, c->aad, (int)c->aad_len) ==
		    1) &&
	    EVP_EncryptUpdate(ctx, out, &len, p, (int)n) == 1 &&
	    EVP_EncryptFinal_ex(ctx, out + len, &last) == 1 &&
	    (enc->mac != NULL ||
		EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG,
		    (int)enc->tag_len, c->tag) == 1);
	EVP_CIPHER_CTX_free(ctx);
	if (!ok) {
		ERR_clear_error();
		return SC_ERR_CRYPTO;
	}
	*outlen = (size_t)len + (size_t)last;
	return enc->mac != NULL ? cbc_tag(enc, c, out, *outlen, c->tag) : 0;
}

int
sc_jwe_open(const struct sc_jwe_enc *enc, const struct sc_jwe_content *c,
    const uint8_t *p, size_t n, uint8_t *out, size_t *outlen)
{
	EVP_CIPHER_CTX *ctx = NULL;
	uint8_t tag[SC_JWE_MAX_TAG];
	int r, len = 0, last = 0, ok;

	*outlen = 0;
	memcpy(tag, c->tag, sizeof tag);
	if (enc->mac != NULL) {
		r = cbc_tag(enc, c, p, n, tag);
		if (r != 0)
			return r;
		if (!sc_eq_ct(tag, c->tag, enc->tag_len))
			return SC_ERR_UNAUTHENTICATED;
	}
	ctx = EVP_CIPHER_CTX_new();
	ok = ctx != NULL && n < INT_MAX - 16 && c->aad_len < INT_MAX &&
	    EVP_DecryptInit_ex2(
		ctx, enc->cipher(), cipher_key(enc, c), c->iv, NULL) == 1 &&
	    (enc->mac != NULL ||
		(EVP_CIPHER_CTX_ctrl(
		     ctx, EVP_CTRL_AEAD_SET_TAG, (int)enc->tag_len, tag) == 1 &&
		    EVP_DecryptUpdate(
			ctx, NULL, &len, c->aad, (int)c->aad_len) == 1)) &&
	    EVP_DecryptUpdate(ctx, out, &len, p, (int)n) == 1 &&
	    EVP_DecryptFinal_ex(ctx, out + len, &last) == 1;
	EVP_CIPHER_CTX_free(ctx);
	ERR_clear_error();
	if (!ok) {
		sc_wipe(out, n);
		return SC_ERR_UNAUTHENTICATED;
	}
	*outlen = (size_t)len + (size_t)last;
	return 0;
}
