/*
 * The X.509 certificate that goes with an SSH certificate (its identity): for
 * the same token and as long, with the names that the token has and at most
 * one URI of its own, urn:uuid:..., that tells machines apart.
 */
#ifndef SC_AUTHORITY_IDENTITY_H
#define SC_AUTHORITY_IDENTITY_H

#include <stdint.h>

#include "authority/sign.h"
#include "authority/sign_internal.h"
#include "provisioner/grant.h"

struct sc_authority;
struct sc_cert;
struct sc_error;
struct sc_ssh_cert;
struct sc_token;

struct sc_identity { /* zero-initialise; clear when done */
	struct sc_sign_request rq;
	struct sc_grant grant; /* spends nothing: the SSH certificate does */
	struct sc_issued made; /* cert NULL: none was asked for */
};
void sc_identity_clear(struct sc_identity *i);

/*
 * Make it, with nothing stored; the errors of sc_authority_sign.  It ends
 * with ssh, and no later than the issuing certificate.
 */
int sc_identity_make(struct sc_authority *ca, const struct sc_sign_request *rq,
    const struct sc_token *token, const struct sc_ssh_cert *ssh, int64_t now,
    struct sc_identity *out, struct sc_error *e);
/* Record it, before it is handed out; 0 when there is none. */
int sc_identity_record(struct sc_authority *ca, const struct sc_identity *i,
    int64_t now, struct sc_error *e);

#endif
