/*
 * Signature algorithms of certificates and requests (RFC 5758, 8017, 8410).
 */
#ifndef SC_CRYPTO_SIG_ALG_H
#define SC_CRYPTO_SIG_ALG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "crypto/key.h"

struct sc_buf;
struct sc_error;

struct sc_sig_alg {
	const char *name; /* "ECDSA-SHA256" */
	enum sc_key_type type;
	enum sc_hash hash; /* unused for Ed25519 */
	bool pss;
	const uint8_t *der; /* whole AlgorithmIdentifier */
	size_t der_len;
};

/* By the AlgorithmIdentifier's exact encoding; NULL when not supported. */
const struct sc_sig_alg *sc_sig_alg_by_der(const uint8_t *der, size_t n);
/* By its name, whatever its case; NULL when not supported. */
const struct sc_sig_alg *sc_sig_alg_by_name(const char *name);
/* What a key signs with when nothing else is asked for. */
const struct sc_sig_alg *sc_sig_alg_default(const struct sc_key *k);

/* PKCS#1 v1.5 with SC_SHA256, SC_SHA384 or SC_SHA512; NULL for others. */
const struct sc_sig_alg *sc_sig_alg_rsa(enum sc_hash hash);

#define SC_SIG_MAX 1024 /* bytes of a signature: RSA 8192 */
/* The bare signature over tbs; sig has room for SC_SIG_MAX. */
int sc_sig_make(const struct sc_sig_alg *alg, const struct sc_key *k,
    const uint8_t *tbs, size_t n, uint8_t *sig, size_t *len,
    struct sc_error *e);
/* Append the BIT STRING of the signature over tbs. */
int sc_sig_put(struct sc_buf *b, const struct sc_sig_alg *alg,
    const struct sc_key *k, const uint8_t *tbs, size_t n, struct sc_error *e);
/* UNAUTHENTICATED when it does not verify or alg does not fit the key. */
int sc_sig_verify(const struct sc_sig_alg *alg, const struct sc_key *k,
    const uint8_t *tbs, size_t n, const uint8_t *sig, size_t sig_len,
    struct sc_error *e);

#endif
