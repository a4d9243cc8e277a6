/*
 * Certificates that a token brings along in its header (x5c of RFC 7515
 * section 4.1.6, and x5cInsecure of renew tokens).
 */
#ifndef SC_PROVISIONER_TOKEN_CHAIN_H
#define SC_PROVISIONER_TOKEN_CHAIN_H

#include <stdint.h>

#include "crypto/cert.h"

struct sc_error;
struct sc_token;

/*
 * The header's list of 1 to SC_MAX_CHAIN certificates, leaf first, in
 * standard base64.  *chain is empty; clear it in any case.  UNAUTHENTICATED or
 * NOMEM.
 */
int sc_token_chain(const struct sc_token *t, const char *header,
    struct sc_certs *chain, struct sc_error *e);
/*
 * The token's signature is by the key of chain's leaf, which has a path over
 * the rest of it to roots at now and may speak for itself
 * (sc_cert_is_client_leaf).  UNAUTHENTICATED.
 */
int sc_token_verify_chain(const struct sc_token *t,
    const struct sc_certs *chain, const struct sc_certs *roots, int64_t now,
    struct sc_error *e);
/* Only the signature. */
int sc_token_verify_leaf(
    const struct sc_token *t, const struct sc_cert *leaf, struct sc_error *e);

#endif
