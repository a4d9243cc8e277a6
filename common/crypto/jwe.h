/*
 * Password-encrypted JWE (RFC 7516; PBES2 of RFC 7518 section 4.8): the
 * encryptedKey of a provisioner and encrypted JWK files.
 */
#ifndef SC_CRYPTO_JWE_H
#define SC_CRYPTO_JWE_H

#include <stddef.h>
#include <stdint.h>

struct sc_error;

/*
 * PBES2-HS256+A128KW, A256GCM, p2c 600000, 16-byte p2s, cty as given (may be
 * NULL).  compact non-zero: compact form; else flattened JSON indented by two
 * blanks.  *out malloc'ed.
 */
int sc_jwe_encrypt(const char *password, const char *cty, const void *p,
    size_t n, int compact, char **out, struct sc_error *e);
/*
 * Compact or JSON (flattened, or one recipient).  alg PBES2-HS256+A128KW,
 * HS384+A192KW, HS512+A256KW; enc A128/192/256GCM, A128CBC-HS256,
 * A192CBC-HS384, A256CBC-HS512; p2c 1..1,000,000 (else refused before any
 * work).  Wrong password or altered data: UNAUTHENTICATED.  *out malloc'ed
 * with a NUL behind it; wipe with sc_freezero.
 */
int sc_jwe_decrypt(const char *s, size_t n, const char *password, uint8_t **out,
    size_t *outlen, struct sc_error *e);

#endif
