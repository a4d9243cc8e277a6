/*
 * The signature algorithms of RFC 7518 section 3 and RFC 8037 that are
 * supported, and raw JWS signatures with them.
 */
#ifndef SC_CRYPTO_JWS_ALG_H
#define SC_CRYPTO_JWS_ALG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sc_key;
struct sc_error;
struct sc_jws_alg;

/* Exact, case-sensitive; NULL when unknown (none and HMAC are). */
const struct sc_jws_alg *sc_jws_alg_by_name(const char *name);
/* ES256 fits P-256 only and so on. */
bool sc_jws_alg_fits(const struct sc_jws_alg *a, const struct sc_key *key);
const char *sc_jws_alg_name(const struct sc_jws_alg *a);
/* The key must fit.  *sig malloc'ed. */
int sc_jws_alg_sign(const struct sc_jws_alg *a, const struct sc_key *key,
    const void *p, size_t n, uint8_t **sig, size_t *len, struct sc_error *e);
/* The key must fit.  0, or UNAUTHENTICATED. */
int sc_jws_alg_verify(const struct sc_jws_alg *a, const struct sc_key *key,
    const void *p, size_t n, const uint8_t *sig, size_t len,
    struct sc_error *e);

#endif
