/*
 * The token with which a certificate's key asks for its renewal where the
 * certificate itself does not get through (tokens.md section 13 of the wire
 * contract): a JWT whose header x5cInsecure holds the chain of the key that
 * signed it.
 */
#ifndef SC_AUTHORITY_RENEW_TOKEN_H
#define SC_AUTHORITY_RENEW_TOKEN_H

#include <stdint.h>

#include "provisioner/audience.h"

struct sc_authority;
struct sc_cert;
struct sc_error;
struct sc_provisioner;
struct sc_token;

/*
 * The token in text, signed by *leaf (a new reference), a leaf of this CA at
 * now or, when it has expired, at its last second.  UNAUTHENTICATED or NOMEM.
 */
int sc_renew_token_open(struct sc_authority *ca, const char *text, int64_t now,
    struct sc_token **out, struct sc_cert **leaf, struct sc_error *e);
/*
 * Its claims: sub is the leaf's common name (any when it has none), times
 * with the leeway of all tokens, aud is op of this CA, iss is the client's
 * name or that of the provisioner p.  UNAUTHENTICATED or EXPIRED with the
 * reference's client text.
 */
int sc_renew_token_check(const struct sc_authority *ca,
    const struct sc_token *t, const struct sc_cert *leaf,
    const struct sc_provisioner *p, enum sc_operation op, int64_t now,
    struct sc_error *e);

#endif
