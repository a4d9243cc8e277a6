#include "config.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/random.h"
#include "crypto/cert.h"
#include "crypto/key_build.h"
#include "crypto/ssh_cert.h"
#include "crypto/ssh_key.h"
#include "crypto/ssh_private.h"
#include "crypto/ssh_seal.h"
#include "crypto/ssh_wire.h"

#define MAX_FILE (64 * 1024)
#define PLAIN_BLOCK 8 /* what a file that is not encrypted is padded to */

/* One number of the key as an mpint. */
static int
put_number(struct sc_buf *b, const struct sc_key *k, const char *param)
{
	uint8_t bytes[8192 / 8];
	BIGNUM *bn = NULL;
	int n, r = SC_ERR_CRYPTO;

	if (EVP_PKEY_get_bn_param(k->pkey, param, &bn) == 1 &&
	    (n = BN_num_bytes(bn)) <= (int)sizeof(bytes)) {
		BN_bn2bin(bn, bytes);
		r = sc_ssh_put_mpint(b, bytes, (size_t)n);
	}
	BN_clear_free(bn);
	sc_wipe(bytes, sizeof(bytes));
	return r;
}

static int
put_numbers(struct sc_buf *b, const struct sc_key *k, const char *const *params)
{
	int r = 0;

	for (; r == 0 && *params != NULL; params++)
		r = put_number(b, k, *params);
	return r;
}

static int
put_ed25519(struct sc_buf *b, const struct sc_key *k)
{
	const uint8_t *pub = k->spki + k->pub_off;
	uint8_t both[64];
	size_t n = 32;
	int r = SC_ERR_CRYPTO;

	/* The seed, and the public key again. */
	if (EVP_PKEY_get_raw_private_key(k->pkey, both, &n) == 1 && n == 32) {
		memcpy(both + 32, pub, 32);
		if ((r = sc_buf_put_string(b, pub, 32)) == 0)
			r = sc_buf_put_string(b, both, sizeof(both));
	}
	sc_wipe(both, sizeof(both));
	return r;
}

/* What a key alone tells of its public part, and a certificate does not. */
static int
put_public(struct sc_buf *b, const struct sc_key *k)
{
	static const char *const rsa[] = {
	    OSSL_PKEY_PARAM_RSA_N, OSSL_PKEY_PARAM_RSA_E, NULL};
	int r;

	switch (k->type) {
	case SC_KEY_EC:
		if ((r = sc_ssh_put_text(b, k->curve->nist)) != 0)
			return r;
		return sc_buf_put_string(
		    b, k->spki + k->pub_off, 1 + 2 * k->curve->bytes);
	case SC_KEY_RSA:
		return put_numbers(b, k, rsa);
	default:
		return 0; /* put_ed25519 */
	}
}

static int
put_secret(struct sc_buf *b, const struct sc_key *k)
{
	static const char *const rsa[] = {OSSL_PKEY_PARAM_RSA_D,
	    OSSL_PKEY_PARAM_RSA_COEFFICIENT1, OSSL_PKEY_PARAM_RSA_FACTOR1,
	    OSSL_PKEY_PARAM_RSA_FACTOR2, NULL};

	switch (k->type) {
	case SC_KEY_EC:
		return put_number(b, k, OSSL_PKEY_PARAM_PRIV_KEY);
	case SC_KEY_RSA:
		return put_numbers(b, k, rsa);
	default:
		return put_ed25519(b, k);
	}
}

int
sc_ssh_put_private(struct sc_buf *b, const struct sc_key *k,
    const struct sc_ssh_cert *cert, struct sc_error *e)
{
	struct sc_ssh_key *pub = NULL;
	int r = sc_ssh_key_new(k, &pub, e);

	if (r != 0)
		return r;
	if (cert != NULL) {
		r = sc_ssh_put_text(b, sc_ssh_key_cert_type(pub));
		if (r == 0)
			r = sc_buf_put_string(b, cert->blob, cert->blob_len);
	} else if ((r = sc_ssh_put_text(b, sc_ssh_key_type(pub))) == 0) {
		r = put_public(b, k);
	}
	if (r == 0)
		r = put_secret(b, k);
	sc_ssh_key_free(pub);
	return r == 0 ? 0 : sc_fail(e, r, "SSH private key");
}

/* The part that a passphrase encrypts, padded to whole blocks. */
static int
put_section(struct sc_buf *b, const struct sc_key *k, const char *comment,
    size_t block, struct sc_error *e)
{
	uint8_t check[4];
	uint8_t pad = 0;
	int r;

	if ((r = sc_random(check, sizeof(check))) != 0)
		return sc_fail(e, r, "SSH private key");
	(void)sc_buf_put(b, check, sizeof(check));
	(void)sc_buf_put(b, check, sizeof(check));
	if ((r = sc_ssh_put_private(b, k, NULL, e)) != 0)
		return r;
	(void)sc_ssh_put_text(b, comment);
	while (sc_buf_error(b) == 0 && sc_buf_len(b) % block != 0)
		(void)sc_buf_put_u8(b, ++pad);
	return sc_buf_error(b) == 0
	    ? 0
	    : sc_fail(e, sc_buf_error(b), "SSH private key");
}

/* Cipher, key derivation and its options. */
static int
put_seal(struct sc_buf *b, const struct sc_ssh_seal *seal)
{
	struct sc_buf *options;
	int r;

	if (seal == NULL) {
		(void)sc_ssh_put_text(b, "none");
		(void)sc_ssh_put_text(b, "none");
		return sc_ssh_put_text(b, "");
	}
	options = sc_buf_new(SC_SSH_SEAL_SALT + 8);
	(void)sc_ssh_put_text(b, SC_SSH_SEAL_CIPHER);
	(void)sc_ssh_put_text(b, SC_SSH_SEAL_KDF);
	(void)sc_buf_put_string(options, seal->salt, seal->salt_len);
	(void)sc_buf_put_u32(options, seal->rounds);
	r = sc_ssh_put_buf(b, options);
	sc_buf_free(options);
	return r;
}

/* The private part, encrypted when there is a seal, behind what tells how. */
static int
put_file(struct sc_buf *b, const struct sc_key *k, const char *comment,
    const struct sc_ssh_seal *seal, const char *password, struct sc_error *e)
{
	static const char magic[] = "openssh-key-v1"; /* with its NUL */
	struct sc_buf *in = sc_buf_new(MAX_FILE);
	struct sc_ssh_key *pub = NULL;
	const uint8_t *blob;
	uint8_t *data;
	size_t n;
	int r;

	if ((r = sc_ssh_key_new(k, &pub, e)) != 0 ||
	    (r = put_section(in, k, comment,
		 seal != NULL ? SC_SSH_SEAL_BLOCK : PLAIN_BLOCK, e)) != 0)
		goto out;
	blob = sc_ssh_key_blob(pub, &n);
	(void)sc_buf_put(b, magic, sizeof(magic));
	(void)put_seal(b, seal);
	(void)sc_buf_put_u32(b, 1);
	(void)sc_buf_put_string(b, blob, n);
	n = sc_buf_len(in);
	(void)sc_buf_put_u32(b, (uint32_t)n);
	data = sc_buf_reserve(b, n);
	if (data == NULL) {
		r = sc_fail(e, sc_buf_error(b), "SSH private key");
		goto out;
	}
	memcpy(data, sc_buf_data(in), n);
	if (seal != NULL)
		r = sc_ssh_seal_apply(seal, password, true, data, n, e);
out:
	sc_ssh_key_free(pub);
	sc_buf_free(in);
	return r;
}

int
sc_ssh_private_to_pem(const struct sc_key *k, const char *comment,
    const char *password, char **pem, struct sc_error *e)
{
	static const char cipher[] = SC_SSH_SEAL_CIPHER;
	uint8_t salt[SC_SSH_SEAL_SALT];
	const struct sc_ssh_seal seal = {
	    .cipher = sc_ssh_cipher_by_name(
		(const uint8_t *)cipher, sizeof(cipher) - 1),
	    .salt = salt,
	    .salt_len = sizeof(salt),
	    .rounds = SC_SSH_SEAL_ROUNDS};
	struct sc_buf *b;
	int r;

	*pem = NULL;
	if ((r = sc_random(salt, sizeof(salt))) != 0)
		return sc_fail(e, r, "SSH private key");
	b = sc_buf_new(MAX_FILE);
	r = put_file(
	    b, k, comment, password != NULL ? &seal : NULL, password, e);
	if (r == 0 &&
	    (r = sc_der_to_pem("OPENSSH PRIVATE KEY", sc_buf_data(b),
		 sc_buf_len(b), pem)) != 0)
		r = sc_fail(e, r, "SSH private key");
	sc_buf_free(b);
	return r;
}
