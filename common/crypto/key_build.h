/*
 * Keys from their numbers, and what common/crypto may know about the inside
 * of a key.
 */
#ifndef SC_CRYPTO_KEY_BUILD_H
#define SC_CRYPTO_KEY_BUILD_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "crypto/key.h"

struct sc_error;

#define SC_EC_MAX 66 /* octets of a P-521 coordinate */

struct sc_curve {
	const char *name; /* "P-256" */
	const char *nist; /* SSH name, "nistp256" */
	const char *alg; /* JWS algorithm */
	unsigned bits;
	size_t bytes; /* of a coordinate and of a scalar */
	const uint8_t *spki; /* SPKI up to and without the point */
	size_t spki_len;
	const uint8_t *order; /* of the base point, bytes long */
};
/* NULL for curves that are not P-256, P-384, P-521. */
const struct sc_curve *sc_curve_by_name(const char *name);

/* See key_ctx.h; hash and pss are those of ctx. */
struct sc_key_ctx {
	struct evp_pkey_ctx_st *ctx;
	enum sc_hash hash;
	bool pss;
};

struct sc_key {
	atomic_uint refs;
	/* NULL: an EC public key whose libcrypto form nobody has asked for. */
	struct evp_pkey_st *pkey;
	struct sc_key_ctx signer, verifier;
	bool verified_once;
	enum sc_key_type type;
	bool is_private;
	unsigned bits;
	const struct sc_curve *curve; /* EC only */
	/* The encoded public key, which is also the key's identity. */
	uint8_t *spki;
	size_t spki_len;
	size_t pub_off; /* contents of subjectPublicKey inside spki */
};

/*
 * The parts of a key that are no part of its value (the count, what is kept to
 * be quicker the next time) may change while the key is const.
 */
struct sc_key *sc_key_unconst(const struct sc_key *k);

/* An EC key without a point, to be given one; NULL on failure. */
struct evp_pkey_st *sc_ec_empty(const struct sc_curve *c);
/* With that point, which is on the curve; NULL on failure. */
struct evp_pkey_st *sc_ec_public(
    const struct sc_curve *c, const uint8_t *point);

/* A big-endian unsigned number, borrowed. */
struct sc_num {
	const uint8_t *p;
	size_t n;
};

/* -1, 0, 1; a and b are n octets.  Not for secrets. */
int sc_num_cmp(const uint8_t *a, const uint8_t *b, size_t n);
bool sc_num_is_zero(const uint8_t *p, size_t n);

/*
 * point is 04 || x || y of the curve's size and must be on the curve; d may
 * be NULL, else curve->bytes octets with 0 < d < order that belong to point.
 * MALFORMED.
 */
int sc_key_from_ec(const struct sc_curve *c, const uint8_t *point,
    size_t point_len, const uint8_t *d, struct sc_key **out,
    struct sc_error *e);
/* seed may be NULL; otherwise it must yield pub.  MALFORMED. */
int sc_key_from_ed25519(const uint8_t pub[32], const uint8_t *seed,
    struct sc_key **out, struct sc_error *e);

struct sc_rsa_numbers {
	struct sc_num n, e; /* always */
	struct sc_num d, p, q, dp, dq, qi; /* all of them, or none */
};
/*
 * The numbers are checked to form one key, not to form a strong one.  dp and
 * dq may be left out (OpenSSH's format has none): they are computed.
 * MALFORMED.
 */
int sc_key_from_rsa(
    const struct sc_rsa_numbers *r, struct sc_key **out, struct sc_error *e);

/* The password of an encrypted key file, from fn: see sc_key_from_pem. */
int sc_key_ask_password(const char *what, sc_password_fn *fn, void *arg,
    char **pw, struct sc_error *e);
/* UNAUTHENTICATED, with its message. */
int sc_key_wrong_password(const char *what, struct sc_error *e);

#endif
