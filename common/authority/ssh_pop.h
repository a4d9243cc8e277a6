/*
 * The SSHPOP provisioner: an SSH certificate of this authority speaks for
 * itself (tokens.md section 8 of the wire contract).
 *
 * A token is signed by the certified key and carries the certificate in its
 * header.  It is good for renewing, rekeying and revoking that certificate.
 */
#ifndef SC_AUTHORITY_SSH_POP_H
#define SC_AUTHORITY_SSH_POP_H

#include <stdint.h>

#include "provisioner/audience.h"

struct sc_authority;
struct sc_error;
struct sc_provisioner;
struct sc_sign_info;
struct sc_ssh_cert;
struct sc_token;

struct sc_ssh_pop { /* zero-initialise; clear when done */
	struct sc_token *token;
	struct sc_ssh_cert *cert;
	const struct sc_provisioner *provisioner;
};
void sc_ssh_pop_clear(struct sc_ssh_pop *p);

/*
 * Judge a token for op: the certificate was signed by one of the authority's
 * keys for its type, the token by the certificate's key; issuer, times and
 * audience of the token are right, and its subject is the certificate's
 * serial number (FORBIDDEN).  Nothing is said yet about the certificate's own
 * times and its revocation.  UNAUTHENTICATED, EXPIRED, MALFORMED.
 */
int sc_ssh_pop_open(struct sc_authority *ca, struct sc_token *token,
    enum sc_operation op, int64_t now, struct sc_ssh_pop *out,
    struct sc_error *e);
/* Does this token name a provisioner of this type? */
int sc_ssh_pop_is(const struct sc_authority *ca, const struct sc_token *token);
/* REVOKED, or what the store says. */
int sc_ssh_check_revoked(struct sc_authority *ca,
    const struct sc_ssh_cert *cert, struct sc_error *e);

#endif
