/*
 * Contexts to sign and to verify digests with, kept with their keys: making
 * one anew costs a good part of an ECDSA operation.  Inside common/crypto.
 */
#ifndef SC_CRYPTO_KEY_CTX_H
#define SC_CRYPTO_KEY_CTX_H

#include <stdbool.h>
#include <stdint.h>

#include <openssl/types.h>

#include "crypto/key.h"

struct sc_curve;

/*
 * For EVP_PKEY_sign and EVP_PKEY_verify of digests of that hash, with keys of
 * EC and RSA; pss is for RSA.  Borrowed until the next call of either for any
 * key, and not longer than k lives.  NULL: no memory, or not for this key
 * (libcrypto's error queue may say why).
 */
EVP_PKEY_CTX *sc_key_signer(
    const struct sc_key *k, enum sc_hash hash, bool pss);
EVP_PKEY_CTX *sc_key_verifier(
    const struct sc_key *k, enum sc_hash hash, bool pss);

/* point is 04 || x || y; false also for want of memory. */
bool sc_ec_on_curve(const struct sc_curve *c, const uint8_t *point);

#endif
