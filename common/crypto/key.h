/*
 * Asymmetric keys: one opaque type for private and public keys, their PEM
 * forms, strength rules, raw signatures.
 */
#ifndef SC_CRYPTO_KEY_H
#define SC_CRYPTO_KEY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sc_key;
struct sc_error;
struct sc_buf;
struct evp_pkey_st; /* EVP_PKEY; only common/crypto looks inside */

enum sc_key_type {
	SC_KEY_EC,
	SC_KEY_RSA,
	SC_KEY_ED25519
};
enum sc_hash {
	SC_SHA256,
	SC_SHA384,
	SC_SHA512,
	SC_SHA1 /* ids only */
};

/*
 * kty "EC" with curve "P-256", "P-384", "P-521"; "RSA" with bits; "OKP"
 * with "Ed25519".  NULL curve = the default of the kty; bits 0 = 2048.
 */
int sc_key_generate(const char *kty, const char *curve, unsigned bits,
    struct sc_key **out, struct sc_error *e);
void sc_key_free(struct sc_key *k); /* wipes; NULL is fine */
struct sc_key *sc_key_dup(const struct sc_key *k); /* shares, counted */
/* Take over one reference of pkey; refuses other key types (UNSUPPORTED). */
int sc_key_from_evp(
    struct evp_pkey_st *pkey, struct sc_key **out, struct sc_error *e);
/* Borrowed; NULL when there is no memory for it. */
struct evp_pkey_st *sc_key_evp(const struct sc_key *k);

enum sc_key_type sc_key_type(const struct sc_key *k);
bool sc_key_is_private(const struct sc_key *k);
unsigned sc_key_bits(const struct sc_key *k); /* 256/384/521, RSA modulus */
const char *sc_key_curve(const struct sc_key *k); /* "P-256"; NULL for RSA */
/* "ECDSA P-256", "RSA 2048", "Ed25519". */
void sc_key_describe(const struct sc_key *k, char *out, size_t n);
/* Same public part. */
bool sc_key_same_public(const struct sc_key *a, const struct sc_key *b);
/*
 * Refuse keys nobody should certify: RSA under 2048 or over 8192 bits
 * (FORBIDDEN with the reference's text for the lower bound), even modulus,
 * e < 3 or even or over 2^32, ROCA fingerprint, P-224 and unnamed curves, a
 * point not on the curve.  MALFORMED/UNSUPPORTED/FORBIDDEN.
 */
int sc_key_check_strength(const struct sc_key *k, struct sc_error *e);

/*
 * SubjectPublicKeyInfo DER (RFC 5280 4.1.2.7): exact consumption, named
 * curves only.
 */
int sc_key_from_spki(
    const uint8_t *der, size_t n, struct sc_key **out, struct sc_error *e);
int sc_key_to_spki(const struct sc_key *k, uint8_t **der, size_t *n);
/* SHA-1 over the subjectPublicKey BIT STRING contents (RFC 5280 4.2.1.2). */
int sc_key_ski(const struct sc_key *k, uint8_t out[20]);

/*
 * Asks for a password, only called when the key is encrypted.  *pw is
 * malloc'ed; released with sc_free_secret.
 */
typedef int sc_password_fn(
    void *arg, const char *what, char **pw, struct sc_error *e);
/*
 * The private key in PEM text: EC/RSA PRIVATE KEY (plain and with
 * Proc-Type/DEK-Info), PRIVATE KEY, ENCRYPTED PRIVATE KEY, OPENSSH PRIVATE
 * KEY (plain and encrypted).  Takes the first private key block.  fn may be
 * NULL (then an encrypted key is UNAUTHENTICATED "needs a password").  Wrong
 * password: UNAUTHENTICATED.  what names the source in messages.
 */
int sc_key_from_pem(const char *pem, size_t n, const char *what,
    sc_password_fn *fn, void *arg, struct sc_key **out, struct sc_error *e);
/* PUBLIC KEY, or the key of a CERTIFICATE / CERTIFICATE REQUEST block. */
int sc_key_public_from_pem(const char *pem, size_t n, const char *what,
    struct sc_key **out, struct sc_error *e);
/*
 * Private key as step writes it: EC -> EC PRIVATE KEY, RSA -> RSA PRIVATE
 * KEY, Ed25519 -> PRIVATE KEY; with a password EC and RSA get legacy
 * AES-256-CBC headers, Ed25519 ENCRYPTED PRIVATE KEY (PBES2, 600000
 * rounds of HMAC-SHA256, AES-256-CBC).  *pem malloc'ed, wipe when done.
 */
int sc_key_to_pem(const struct sc_key *k, const char *password, char **pem,
    struct sc_error *e);
/*
 * Always PRIVATE KEY, or with a password ENCRYPTED PRIVATE KEY as above.
 */
int sc_key_to_pkcs8_pem(const struct sc_key *k, const char *password,
    char **pem, struct sc_error *e);
int sc_key_public_to_pem(const struct sc_key *k, char **pem);
/* OpenSSH public key line without comment or LF: "ecdsa-sha2-nistp256 AAAA". */
int sc_key_to_ssh_line(const struct sc_key *k, char **line);

/* Digest of n bytes; out has room for 64; *outlen 20, 32, 48 or 64. */
int sc_digest(
    enum sc_hash h, const void *p, size_t n, uint8_t out[64], size_t *outlen);
/* CRYPTO: there is no SHA-256; NOMEM. */
int sc_sha256(const void *p, size_t n, uint8_t out[32]);
/* RFC 2104; the key may be empty.  CRYPTO. */
int sc_hmac_sha256(
    const void *key, size_t key_len, const void *p, size_t n, uint8_t out[32]);

#endif
