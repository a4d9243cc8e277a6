#include "config.h"

#include <openssl/err.h>
#include <openssl/evp.h>

#include "base/err.h"
#include "crypto/key.h"
#include "crypto/ossl.h"

static const char *const md_names[] = {
    [SC_SHA256] = "SHA256",
    [SC_SHA384] = "SHA384",
    [SC_SHA512] = "SHA512",
    [SC_SHA1] = "SHA1",
};
#define MD_COUNT (sizeof md_names / sizeof md_names[0])

int
sc_ossl_fail(struct sc_error *e, int code, const char *what)
{
	unsigned long err = ERR_peek_last_error();
	const char *reason = err != 0 ? ERR_reason_error_string(err) : NULL;

	ERR_clear_error();
	if (reason == NULL)
		return sc_fail(e, code, "%s", what);
	return sc_fail(e, code, "%s: %s", what, reason);
}

const EVP_MD *
sc_digest_md(enum sc_hash h)
{
	/* One process, one thread: no locking (DESIGN: workers are forked). */
	static EVP_MD *cache[MD_COUNT];

	if (cache[h] == NULL)
		cache[h] = EVP_MD_fetch(NULL, md_names[h], NULL);
	return cache[h];
}

/* One context for each hash, kept: most of a short digest is making it. */
static int
digest(enum sc_hash h, const void *p, size_t n, uint8_t *out, unsigned *outlen)
{
	static EVP_MD_CTX *cache[MD_COUNT];
	const EVP_MD *md = sc_digest_md(h);

	if (md == NULL)
		return SC_ERR_CRYPTO;
	/* It takes any bytes: from here on only memory can be missing. */
	if ((cache[h] == NULL && (cache[h] = EVP_MD_CTX_new()) == NULL) ||
	    EVP_DigestInit_ex2(cache[h], md, NULL) != 1 ||
	    EVP_DigestUpdate(cache[h], p, n) != 1 ||
	    EVP_DigestFinal_ex(cache[h], out, outlen) != 1) {
		ERR_clear_error();
		EVP_MD_CTX_free(cache[h]);
		cache[h] = NULL;
		return SC_ERR_NOMEM;
	}
	return 0;
}

int
sc_digest(
    enum sc_hash h, const void *p, size_t n, uint8_t out[64], size_t *outlen)
{
	unsigned len = 0;

	*outlen = 0;
	if (digest(h, p, n, out, &len) != 0)
		return SC_ERR_CRYPTO;
	*outlen = len;
	return 0;
}

int
sc_sha256(const void *p, size_t n, uint8_t out[32])
{
	return digest(SC_SHA256, p, n, out, NULL);
}

int
sc_hmac_sha256(
    const void *key, size_t key_len, const void *p, size_t n, uint8_t out[32])
{
	size_t len = 0;

	if (EVP_Q_mac(NULL, "HMAC", NULL, "SHA256", NULL,
		key != NULL ? key : "", key_len, p, n, out, 32, &len) == NULL ||
	    len != 32) {
		ERR_clear_error();
		return SC_ERR_CRYPTO;
	}
	return 0;
}
