#include "config.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/objects.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/x509.h>

#include "base/err.h"
#include "base/limits.h"
#include "base/mem.h"
#include "crypto/key.h"
#include "crypto/key_build.h"
#include "crypto/key_ssh.h"
#include "crypto/ossl.h"

#define PBES2_ROUNDS 600000
#define PBES2_SALT 16

/* One PEM block, contents decoded but not decrypted. */
struct block {
	char *label, *header;
	uint8_t *der;
	long len;
};

static void
block_clear(struct block *b)
{
	OPENSSL_free(b->label);
	OPENSSL_free(b->header);
	if (b->der != NULL)
		OPENSSL_clear_free(b->der, (size_t)b->len);
	memset(b, 0, sizeof *b);
}

static bool
is_private_label(const char *label)
{
	return sc_streq(label, "PRIVATE KEY") ||
	    sc_has_suffix(label, " PRIVATE KEY");
}

static bool
is_public_label(const char *label)
{
	return sc_streq(label, "PUBLIC KEY") ||
	    sc_streq(label, "CERTIFICATE") ||
	    sc_streq(label, "CERTIFICATE REQUEST") ||
	    sc_streq(label, "NEW CERTIFICATE REQUEST");
}

/* First block that wanted() accepts; MALFORMED when there is none. */
static int
find_block(const char *pem, size_t n, const char *what,
    bool (*wanted)(const char *), struct block *b, struct sc_error *e)
{
	bool public = false;
	BIO *bio;
	int r;

	memset(b, 0, sizeof *b);
	if (n > SC_MAX_PEM_FILE)
		return sc_fail(e, SC_ERR_TOO_LARGE, "%s: too large", what);
	bio = BIO_new_mem_buf(pem, (int)n);
	if (bio == NULL)
		return sc_fail_nomem(e);
	for (;;) {
		if (PEM_read_bio(
			bio, &b->label, &b->header, &b->der, &b->len) != 1) {
			ERR_clear_error();
			r = public
			    ? sc_fail(e, SC_ERR_MALFORMED,
				  "error decoding %s: it holds a public key, "
				  "not a private one",
				  what)
			    : sc_fail(e, SC_ERR_MALFORMED,
				  "error decoding %s: not a valid PEM encoded "
				  "key",
				  what);
			break;
		}
		if (wanted(b->label)) {
			r = 0;
			break;
		}
		/* Who asked for a public one has it by now. */
		public = public || is_public_label(b->label);
		block_clear(b);
	}
	BIO_free(bio);
	return r;
}

/* --- passwords -------------------------------------------------------- */

int
sc_key_ask_password(const char *what, sc_password_fn *fn, void *arg, char **pw,
    struct sc_error *e)
{
	int r;

	*pw = NULL;
	if (fn == NULL)
		return sc_fail(
		    e, SC_ERR_UNAUTHENTICATED, "%s needs a password", what);
	r = fn(arg, what, pw, e);
	if (r == 0 && *pw == NULL)
		r = sc_fail(
		    e, SC_ERR_UNAUTHENTICATED, "%s needs a password", what);
	return r;
}

static int
give_password(char *buf, int size, int rw, void *arg)
{
	const char *pw = arg;
	size_t n = strlen(pw);

	(void)rw;
	if (n > (size_t)size)
		return -1;
	memcpy(buf, pw, n);
	return (int)n;
}

int
sc_key_wrong_password(const char *what, struct sc_error *e)
{
	ERR_clear_error();
	return sc_fail_client(e, SC_ERR_UNAUTHENTICATED,
	    "error decrypting %s: wrong password", what);
}

/* Undo Proc-Type/DEK-Info (RFC 1421 4.6.1); *encrypted says it was there. */
static int
decrypt_legacy(struct block *b, const char *what, sc_password_fn *fn, void *arg,
    bool *encrypted, struct sc_error *e)
{
	EVP_CIPHER_INFO info;
	EVP_CIPHER *have;
	char *pw = NULL;
	int r;

	*encrypted = false;
	if (PEM_get_EVP_CIPHER_INFO(b->header, &info) != 1)
		return sc_ossl_fail(e, SC_ERR_UNSUPPORTED, what);
	if (info.cipher == NULL)
		return 0;
	*encrypted = true;
	have = EVP_CIPHER_fetch(NULL, EVP_CIPHER_get0_name(info.cipher), NULL);
	if (have == NULL) {
		ERR_clear_error();
		return sc_fail(e, SC_ERR_UNSUPPORTED,
		    "%s: encryption with %s is not supported", what,
		    EVP_CIPHER_get0_name(info.cipher));
	}
	EVP_CIPHER_free(have);
	r = sc_key_ask_password(what, fn, arg, &pw, e);
	if (r == 0 &&
	    PEM_do_header(&info, b->der, &b->len, give_password, pw) != 1)
		r = sc_key_wrong_password(what, e);
	sc_free_secret(pw);
	return r;
}

/* --- reading ---------------------------------------------------------- */

static int
from_pkcs8(PKCS8_PRIV_KEY_INFO *info, EVP_PKEY **pkey, const char *what,
    struct sc_error *e)
{
	*pkey = EVP_PKCS82PKEY(info);
	if (*pkey == NULL)
		return sc_ossl_fail(e, SC_ERR_MALFORMED, what);
	return 0;
}

static int
read_plain_pkcs8(
    struct block *b, const char *what, EVP_PKEY **pkey, struct sc_error *e)
{
	const uint8_t *p = b->der;
	PKCS8_PRIV_KEY_INFO *info;
	int r;

	info = d2i_PKCS8_PRIV_KEY_INFO(NULL, &p, b->len);
	if (info == NULL || p != b->der + b->len)
		r = sc_ossl_fail(e, SC_ERR_MALFORMED, what);
	else
		r = from_pkcs8(info, pkey, what, e);
	PKCS8_PRIV_KEY_INFO_free(info);
	return r;
}

static int
read_encrypted_pkcs8(struct block *b, const char *what, sc_password_fn *fn,
    void *arg, EVP_PKEY **pkey, struct sc_error *e)
{
	const uint8_t *p = b->der;
	PKCS8_PRIV_KEY_INFO *info = NULL;
	X509_SIG *sig;
	char *pw = NULL;
	int r;

	sig = d2i_X509_SIG(NULL, &p, b->len);
	if (sig == NULL || p != b->der + b->len) {
		r = sc_ossl_fail(e, SC_ERR_MALFORMED, what);
		goto out;
	}
	r = sc_key_ask_password(what, fn, arg, &pw, e);
	if (r != 0)
		goto out;
	info = PKCS8_decrypt(sig, pw, (int)strlen(pw));
	r = info == NULL ? sc_key_wrong_password(what, e)
			 : from_pkcs8(info, pkey, what, e);
out:
	X509_SIG_free(sig);
	PKCS8_PRIV_KEY_INFO_free(info);
	sc_free_secret(pw);
	return r;
}

static int
read_traditional(struct block *b, int type, const char *what,
    sc_password_fn *fn, void *arg, EVP_PKEY **pkey, struct sc_error *e)
{
	const uint8_t *p;
	bool encrypted;
	int r;

	r = decrypt_legacy(b, what, fn, arg, &encrypted, e);
	if (r != 0)
		return r;
	p = b->der;
	*pkey = d2i_PrivateKey(type, NULL, &p, b->len);
	if (*pkey != NULL && p == b->der + b->len)
		return 0;
	/* One wrong password in 256 leaves padding that looks right. */
	if (encrypted)
		return sc_key_wrong_password(what, e);
	return sc_ossl_fail(e, SC_ERR_MALFORMED, what);
}

int
sc_key_from_pem(const char *pem, size_t n, const char *what, sc_password_fn *fn,
    void *arg, struct sc_key **out, struct sc_error *e)
{
	struct block b;
	EVP_PKEY *pkey = NULL;
	int r;

	*out = NULL;
	r = find_block(pem, n, what, is_private_label, &b, e);
	if (r != 0)
		return r;
	if (sc_streq(b.label, "OPENSSH PRIVATE KEY"))
		r = sc_key_from_openssh(
		    b.der, (size_t)b.len, what, fn, arg, out, e);
	else if (sc_streq(b.label, "EC PRIVATE KEY"))
		r = read_traditional(&b, EVP_PKEY_EC, what, fn, arg, &pkey, e);
	else if (sc_streq(b.label, "RSA PRIVATE KEY"))
		r = read_traditional(&b, EVP_PKEY_RSA, what, fn, arg, &pkey, e);
	else if (sc_streq(b.label, "PRIVATE KEY"))
		r = read_plain_pkcs8(&b, what, &pkey, e);
	else if (sc_streq(b.label, "ENCRYPTED PRIVATE KEY"))
		r = read_encrypted_pkcs8(&b, what, fn, arg, &pkey, e);
	else
		r = sc_fail(e, SC_ERR_UNSUPPORTED,
		    "%s: key of type %s is not supported", what, b.label);
	if (r == 0 && pkey != NULL) {
		r = sc_key_from_evp(pkey, out, e);
		pkey = NULL; /* transferred */
		if (r != 0)
			sc_error_prefix(e, "%s", what);
	}
	EVP_PKEY_free(pkey);
	block_clear(&b);
	return r;
}

/* The SubjectPublicKeyInfo inside a certificate or request. */
static int
enclosed_spki(const struct block *b, const char *what, struct sc_key **out,
    struct sc_error *e)
{
	const uint8_t *p = b->der;
	X509 *cert = NULL;
	X509_REQ *req = NULL;
	X509_PUBKEY *pub = NULL;
	uint8_t *spki = NULL;
	int r, len = -1;

	if (sc_streq(b->label, "CERTIFICATE")) {
		cert = d2i_X509(NULL, &p, b->len);
		if (cert != NULL)
			pub = X509_get_X509_PUBKEY(cert);
	} else {
		req = d2i_X509_REQ(NULL, &p, b->len);
		if (req != NULL)
			pub = X509_REQ_get_X509_PUBKEY(req);
	}
	if (pub != NULL && p == b->der + b->len)
		len = i2d_X509_PUBKEY(pub, &spki);
	if (len <= 0)
		r = sc_ossl_fail(e, SC_ERR_MALFORMED, what);
	else
		r = sc_key_from_spki(spki, (size_t)len, out, e);
	OPENSSL_free(spki);
	X509_free(cert);
	X509_REQ_free(req);
	return r;
}

int
sc_key_public_from_pem(const char *pem, size_t n, const char *what,
    struct sc_key **out, struct sc_error *e)
{
	struct block b;
	int r;

	*out = NULL;
	r = find_block(pem, n, what, is_public_label, &b, e);
	if (r != 0)
		return r;
	if (sc_streq(b.label, "PUBLIC KEY"))
		r = sc_key_from_spki(b.der, (size_t)b.len, out, e);
	else
		r = enclosed_spki(&b, what, out, e);
	block_clear(&b);
	return r;
}

/* --- writing ---------------------------------------------------------- */

/* Contents of a memory BIO, malloc'ed. */
static int
take(BIO *bio, char **pem)
{
	char *data = NULL;
	long n = BIO_get_mem_data(bio, &data);

	if (n <= 0)
		return SC_ERR_NOMEM;
	*pem = sc_strndup(data, (size_t)n);
	sc_wipe(data, (size_t)n);
	return *pem != NULL ? 0 : SC_ERR_NOMEM;
}

static int
write_traditional(BIO *bio, const struct sc_key *k, const char *password)
{
	/* Not called const in OpenSSL, but only read. */
	unsigned char *pw = (unsigned char *)(uintptr_t)password;
	int n = password != NULL ? (int)strlen(password) : 0;

	return PEM_write_bio_PrivateKey_traditional(bio, k->pkey,
	    password != NULL ? EVP_aes_256_cbc() : NULL, pw, n, NULL, NULL);
}

/* PBES2 (RFC 8018) spelled out: OpenSSL's own default is 2048 rounds. */
static int
write_pbes2(BIO *bio, const struct sc_key *k, const char *password)
{
	PKCS8_PRIV_KEY_INFO *info = EVP_PKEY2PKCS8(k->pkey);
	X509_ALGOR *pbe;
	X509_SIG *sig = NULL;
	int ok;

	/* a NULL salt is made here, of PBES2_SALT random octets */
	pbe = PKCS5_pbe2_set_iv(EVP_aes_256_cbc(), PBES2_ROUNDS, NULL,
	    PBES2_SALT, NULL, NID_hmacWithSHA256);
	if (info != NULL && pbe != NULL)
		sig =
		    PKCS8_set0_pbe(password, (int)strlen(password), info, pbe);
	if (sig == NULL)
		X509_ALGOR_free(pbe);
	ok = sig != NULL && PEM_write_bio_PKCS8(bio, sig) == 1;
	X509_SIG_free(sig);
	PKCS8_PRIV_KEY_INFO_free(info);
	return ok;
}

static int
write_pem(const struct sc_key *k, const char *password, bool pkcs8, char **pem,
    struct sc_error *e)
{
	BIO *bio;
	int ok, r = 0;

	*pem = NULL;
	if (!k->is_private)
		return sc_fail(e, SC_ERR_MALFORMED, "not a private key");
	if (password != NULL && *password == '\0')
		return sc_fail(
		    e, SC_ERR_MALFORMED, "password must not be empty");
	bio = BIO_new(BIO_s_secmem());
	if (bio == NULL)
		return sc_fail_nomem(e);
	if (!pkcs8)
		ok = write_traditional(bio, k, password);
	else if (password != NULL)
		ok = write_pbes2(bio, k, password);
	else
		ok = PEM_write_bio_PKCS8PrivateKey(
		    bio, k->pkey, NULL, NULL, 0, NULL, NULL);
	if (ok != 1)
		r = sc_ossl_fail(e, SC_ERR_CRYPTO, "writing private key");
	else if (take(bio, pem) != 0)
		r = sc_fail_nomem(e);
	BIO_free(bio);
	return r;
}

int
sc_key_to_pem(const struct sc_key *k, const char *password, char **pem,
    struct sc_error *e)
{
	return write_pem(k, password, k->type == SC_KEY_ED25519, pem, e);
}

int
sc_key_to_pkcs8_pem(const struct sc_key *k, const char *password, char **pem,
    struct sc_error *e)
{
	return write_pem(k, password, true, pem, e);
}

int
sc_key_public_to_pem(const struct sc_key *k, char **pem)
{
	BIO *bio = BIO_new(BIO_s_mem());
	int r;

	*pem = NULL;
	if (bio == NULL)
		return SC_ERR_NOMEM;
	if (PEM_write_bio(bio, "PUBLIC KEY", "", k->spki, (long)k->spki_len) <=
	    0) {
		ERR_clear_error();
		r = SC_ERR_CRYPTO;
	} else
		r = take(bio, pem);
	BIO_free(bio);
	return r;
}
