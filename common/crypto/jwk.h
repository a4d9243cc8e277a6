/*
 * JSON Web Keys (RFC 7517, 7518 section 6, 8037) and thumbprints (RFC 7638).
 */
#ifndef SC_CRYPTO_JWK_H
#define SC_CRYPTO_JWK_H

#include <stddef.h>

struct json_object;
struct sc_key;
struct sc_error;

/* alg that a key uses unless its JWK says PS*: "ES256", "RS256", "EdDSA"... */
struct sc_jwk {
	struct sc_key *key;
	char *kid; /* as given, else the thumbprint */
	char *alg; /* as given, else the default of the key */
	char *use; /* "" when absent */
};
/*
 * Strict: members by exact name, canonical base64url, coordinates of the
 * curve's size and on the curve, RSA 2048-8192 bits with odd modulus and sane
 * e (T31); a private member makes a private key whose public part must match.
 * An alg that does not fit the key is MALFORMED.  kty oct is UNSUPPORTED.
 */
int sc_jwk_parse(
    struct json_object *obj, struct sc_jwk **out, struct sc_error *e);
int sc_jwk_parse_text(
    const char *s, size_t n, struct sc_jwk **out, struct sc_error *e);
void sc_jwk_free(struct sc_jwk *j);
/* A key wrapped with its default alg, use "sig" and thumbprint kid. */
int sc_jwk_from_key(
    struct sc_key *key /* counted */, struct sc_jwk **out, struct sc_error *e);
/*
 * New object: use, kty, kid, crv, alg, x, y (, d) in this order (RSA: use,
 * kty, kid, alg, n, e (, d, p, q, dp, dq, qi)).
 */
int sc_jwk_format(const struct sc_jwk *j, int with_private,
    struct json_object **out, struct sc_error *e);
/* base64url SHA-256 thumbprint, malloc'ed. */
int sc_jwk_thumbprint(const struct sc_key *k, char **out, struct sc_error *e);
/* Default JWS alg of a key: static string. */
const char *sc_jwk_default_alg(const struct sc_key *k);

#endif
