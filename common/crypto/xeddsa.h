/*
 * XEdDSA (Signal's specification of that name, section 2): signatures with
 * the keys of X25519, as tokens have them under the algorithm "XEdDSA".
 */
#ifndef SC_CRYPTO_XEDDSA_H
#define SC_CRYPTO_XEDDSA_H

#include <stdint.h>

struct sc_error;
struct sc_key;

/*
 * The Ed25519 key that verifies what the owner of u, the public key of
 * X25519, signs: y = (u - 1) / (u + 1), the sign of x being 0.  MALFORMED
 * when u is not below 2^255 - 19, or has no such key.
 */
int sc_xeddsa_key(const uint8_t u[32], struct sc_key **out, struct sc_error *e);

#endif
