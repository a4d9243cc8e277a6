#include "config.h"

#include <string.h>

#include <openssl/evp.h>

#include "base/err.h"
#include "base/mem.h"
#include "crypto/bcrypt_pbkdf.h"
#include "crypto/ossl.h"
#include "crypto/ssh_seal.h"
#include "crypto/ssh_wire.h"

#define KEY_MAX 32
#define IV 16

struct sc_ssh_cipher {
	const char *name;
	const EVP_CIPHER *(*evp)(void);
	size_t key_len;
};

static const struct sc_ssh_cipher ciphers[] = {
    {SC_SSH_SEAL_CIPHER, EVP_aes_256_ctr, 32},
    {"aes256-cbc", EVP_aes_256_cbc, 32}, {"aes192-ctr", EVP_aes_192_ctr, 24},
    {"aes192-cbc", EVP_aes_192_cbc, 24}, {"aes128-ctr", EVP_aes_128_ctr, 16},
    {"aes128-cbc", EVP_aes_128_cbc, 16}};

const struct sc_ssh_cipher *
sc_ssh_cipher_by_name(const uint8_t *p, size_t n)
{
	size_t i;

	for (i = 0; i < sizeof(ciphers) / sizeof(ciphers[0]); i++)
		if (sc_ssh_is(p, n, ciphers[i].name))
			return &ciphers[i];
	return NULL;
}

static int
run_cipher(const struct sc_ssh_cipher *c, const uint8_t *key, bool encrypt,
    uint8_t *p, size_t n, struct sc_error *e)
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	int len = 0, ok;

	ok = ctx != NULL &&
	    EVP_CipherInit_ex(
		ctx, c->evp(), NULL, key, key + c->key_len, encrypt) == 1 &&
	    EVP_CIPHER_CTX_set_padding(ctx, 0) == 1 &&
	    EVP_CipherUpdate(ctx, p, &len, p, (int)n) == 1 && len == (int)n;
	EVP_CIPHER_CTX_free(ctx);
	return ok ? 0 : sc_ossl_fail(e, SC_ERR_CRYPTO, c->name);
}

int
sc_ssh_seal_apply(const struct sc_ssh_seal *s, const char *password,
    bool encrypt, uint8_t *p, size_t n, struct sc_error *e)
{
	uint8_t key[KEY_MAX + IV];
	int r;

	if (n == 0 || n % SC_SSH_SEAL_BLOCK != 0 || n > INT32_MAX)
		return sc_fail(e, SC_ERR_MALFORMED,
		    "an encrypted OpenSSH key of %zu octets", n);
	r = sc_bcrypt_pbkdf(password, strlen(password), s->salt, s->salt_len,
	    s->rounds, key, s->cipher->key_len + IV);
	if (r != 0)
		r = sc_fail(e, r, "bcrypt_pbkdf");
	else
		r = run_cipher(s->cipher, key, encrypt, p, n, e);
	sc_wipe(key, sizeof(key));
	return r;
}
