/*
 * JSON Web Signatures (RFC 7515, 7518, 8037) and JWT claims checks.
 *
 * The verifier's policy, never the token, chooses the algorithm: the caller
 * names the algorithms it allows for a key, and the header's alg must equal
 * one of them.  alg none, HMAC, unknown crit, b64, zip, duplicate members,
 * several signatures and unprotected headers are refused when parsing.
 */
#ifndef SC_CRYPTO_JWS_H
#define SC_CRYPTO_JWS_H

#include <stddef.h>
#include <stdint.h>

struct json_object;
struct sc_key;
struct sc_error;

struct sc_jws {
	struct json_object *header; /* protected header */
	struct json_object *payload; /* JSON object, NULL when not JSON */
	const char *alg; /* borrowed from header */
	const char *kid; /* borrowed; NULL when absent */
	char *signing_input; /* "header.payload" as received */
	size_t signing_input_len;
	uint8_t *raw_payload;
	size_t raw_payload_len;
	uint8_t *signature;
	size_t signature_len;
};

/*
 * Compact form, or JSON serialisation (flattened, or general with exactly one
 * signature) without an unprotected header.  At most SC_MAX_JWS bytes.
 * Nothing is verified.  MALFORMED / TOO_LARGE / NOMEM.
 */
int sc_jws_parse(
    const char *s, size_t n, struct sc_jws **out, struct sc_error *e);
/*
 * The same for tokens, of which some have an algorithm that no sc_key has:
 * HS256 (of instances of AWS), XEdDSA (of hosts of Nebula).  sc_jws_verify
 * refuses them all the same.
 */
int sc_jws_parse_token(
    const char *s, size_t n, struct sc_jws **out, struct sc_error *e);
void sc_jws_free(struct sc_jws *j);

/*
 * allowed is NULL-terminated.  ECDSA signatures are r||s of the exact size
 * with 0 < r,s < n; EdDSA 64 bytes; RSA the modulus size.  The algorithm must
 * also fit the key (ES256 with P-256 only...).  UNAUTHENTICATED on any
 * mismatch.
 */
int sc_jws_verify(const struct sc_jws *j, const struct sc_key *key,
    const char *const *allowed, struct sc_error *e);
/*
 * HS256 (RFC 7518 section 3.2) and nothing else, with a secret of at least 32
 * bytes.  UNAUTHENTICATED.
 */
int sc_jws_verify_hs256(const struct sc_jws *j, const uint8_t *secret, size_t n,
    struct sc_error *e);
/* XEdDSA and nothing else, with u, a public key of X25519 (xeddsa.h). */
int sc_jws_verify_xeddsa(
    const struct sc_jws *j, const uint8_t u[32], struct sc_error *e);
/*
 * The algorithms a key may use: "ES256" | "ES384" | "ES512" | "EdDSA", or all
 * six of RSA.  Static, NULL-terminated.
 */
const char *const *sc_jws_algs_for_key(const struct sc_key *key);

/*
 * Compact token over header (alg is set from alg) and payload; both are
 * written with members sorted by name when sort is non-zero.  *out malloc'ed.
 */
int sc_jws_sign(struct json_object *header, struct json_object *payload,
    const char *alg, const struct sc_key *key, int sort, char **out,
    struct sc_error *e);
/* The same over n bytes of any kind. */
int sc_jws_sign_bytes(struct json_object *header, const void *p, size_t n,
    const char *alg, const struct sc_key *key, int sort, char **out,
    struct sc_error *e);

/*
 * NumericDate claim: integer or float (truncated).  *present 0 when absent.
 * Strings, 1e400, negative or beyond year 9999 are MALFORMED.
 */
int sc_jwt_get_time(struct json_object *claims, const char *name, int *present,
    int64_t *out, struct sc_error *e);
/*
 * exp, nbf, iat against now with leeway seconds, as the reference: reject if
 * now+leeway < nbf, now-leeway > exp, now+leeway < iat.  EXPIRED or
 * UNAUTHENTICATED with a client text saying which claim, and how far off.
 */
int sc_jwt_check_times(struct json_object *claims, int64_t now, int64_t leeway,
    struct sc_error *e);

#endif
