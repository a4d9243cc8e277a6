/*
 * Renewing SSH host certificates, with the same key or with another one; the
 * old certificate is the credential (ssh_pop.h).
 *
 * The new one has the type, key id, principals, options and extensions of the
 * old one, a new serial number, and as long a life from now on.  A revoked
 * certificate is never renewed; one that has expired only where its
 * provisioner allows that and the store knows it, and then not with another
 * key.  The claims' bounds are applied to another key only, as in the
 * reference.  Users' certificates are issued anew, never renewed.
 */
#ifndef SC_AUTHORITY_SSH_RENEW_H
#define SC_AUTHORITY_SSH_RENEW_H

#include <stdint.h>

struct sc_authority;
struct sc_error;
struct sc_sign_info;
struct sc_ssh_issued;
struct sc_ssh_key;

struct sc_ssh_renew_request {
	const char *ott;
	const struct sc_ssh_key *key; /* NULL: keep the old one */
	const char *request_id, *peer;
};
/*
 * 0 only when the token's use and the certificate are durably recorded in
 * one commit.  UNSUPPORTED (no host key), UNAUTHENTICATED, EXPIRED, REVOKED,
 * REPLAYED, FORBIDDEN (the key, the token's subject), MALFORMED (not a host's
 * certificate).
 */
int sc_authority_ssh_renew(struct sc_authority *ca,
    const struct sc_ssh_renew_request *rq, int64_t now,
    struct sc_ssh_issued *out, struct sc_sign_info *info, struct sc_error *e);

#endif
