/*
 * JWE (RFC 7516, 7518): encrypted with a password, as the encryptedKey of a
 * provisioner and encrypted JWK files are, or for the holder of a key.
 */
#ifndef SC_CRYPTO_JWE_H
#define SC_CRYPTO_JWE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sc_error;
struct sc_key;

#define SC_JWE_MAX_CONTENT (512 * 1024) /* that is encrypted, bytes */

/*
 * PBES2-HS256+A128KW, A256GCM, p2c 600000, 16-byte p2s, cty as given (may be
 * NULL).  compact non-zero: compact form; else flattened JSON indented by two
 * blanks.  *out malloc'ed.
 */
int sc_jwe_encrypt(const char *password, const char *cty, const void *p,
    size_t n, int compact, char **out, struct sc_error *e);

struct sc_jwe_to { /* everything borrowed; NULL = absent */
	const struct sc_key *key; /* public, or else ... */
	const char *password;
	/*
	 * RSA-OAEP-256 or RSA-OAEP; ECDH-ES, alone or with +A128KW, +A192KW or
	 * +A256KW; with a password PBES2-...  The first is the default.
	 */
	const char *alg;
	const char *enc; /* A256GCM; see sc_jwe_decrypt */
	const char *kid, *typ, *cty;
};
/* Likewise.  UNSUPPORTED, MALFORMED (alg and key), TOO_LARGE. */
int sc_jwe_encrypt_to(const struct sc_jwe_to *to, const void *p, size_t n,
    int compact, char **out, struct sc_error *e);

/*
 * Compact or JSON (flattened, or one recipient).  alg PBES2-HS256+A128KW,
 * HS384+A192KW, HS512+A256KW; enc A128/192/256GCM, A128CBC-HS256,
 * A192CBC-HS384, A256CBC-HS512; p2c 1..1,000,000 (else refused before any
 * work).  Wrong password or altered data: UNAUTHENTICATED.  *out malloc'ed
 * with a NUL behind it; wipe with sc_freezero.
 */
int sc_jwe_decrypt(const char *s, size_t n, const char *password, uint8_t **out,
    size_t *outlen, struct sc_error *e);
/*
 * Likewise with a private key, by the algorithms of sc_jwe_to that fit it; alg
 * is the only one that is accepted, NULL: any of them.
 */
int sc_jwe_decrypt_key(const char *s, size_t n, const struct sc_key *key,
    const char *alg, uint8_t **out, size_t *outlen, struct sc_error *e);
/* Is it to be decrypted with a password?  Errors of its form. */
int sc_jwe_needs_password(
    const char *s, size_t n, bool *out, struct sc_error *e);

#endif
