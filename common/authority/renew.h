/*
 * Renewing X.509 leaves, with the same key or with another one: the old
 * certificate is the credential, shown in TLS or in a token.
 *
 * The rules, in the order in which they are applied (x509.md section 9 of the
 * wire contract; ours where it leaves the choice):
 *
 *  - a revoked certificate is never renewed;
 *  - its provisioner must be there and allow renewal (disableRenewal).  It is
 *    the one of the store's record, else the one that the certificate's
 *    provisioner extension names; a certificate with neither is not renewed;
 *  - not before its time, and after it only with a token and where its
 *    provisioner allows (allowRenewalAfterExpiry);
 *  - a certificate that the store does not know (issued by another instance,
 *    or since the backup that was restored) is renewed like any other while
 *    it is valid, unless its provisioner says no (disableRenewalOfUnknown): a
 *    store that lost certificates lost revocations, too.  When it has expired
 *    it is not: its revocation may have been forgotten with it;
 *  - how early and how often does not matter, and the old certificate stays
 *    as valid as it was, also after a rekey: revoke it where it must not be
 *    used again.  Each record names the certificate it replaces.
 *
 * The new one has the subject, names, key usages and all other extensions of
 * the old one, byte for byte and in order; AKI of the current issuer, a new
 * serial number, and as long a life from now on, cut where the issuer's ends.
 * Claims on durations, policies and templates are not applied again.
 */
#ifndef SC_AUTHORITY_RENEW_H
#define SC_AUTHORITY_RENEW_H

#include <stdint.h>

#include "provisioner/audience.h"

struct sc_authority;
struct sc_cert;
struct sc_csr;
struct sc_error;
struct sc_provisioner;
struct sc_sign_info;

/* What a request shows; members are NULL when absent. */
struct sc_renew_credential {
	const char *client_cert, *client_verify; /* as in client_cert.h */
	const char *authorization; /* "Bearer TOKEN" */
};

/* What may be renewed; zero-initialise, clear when done. */
struct sc_renewal {
	struct sc_cert *old;
	const struct sc_provisioner *provisioner;
	char *spend_id; /* of the token; NULL for a certificate */
	int64_t spend_expires;
	char *csr_fingerprint; /* the token's cnf; NULL when absent */
};
void sc_renewal_clear(struct sc_renewal *g);

/*
 * Judge the credential for op, SC_OP_RENEW or SC_OP_REKEY, at time now.  A
 * client certificate wins; only without one is the token looked at.
 * UNAUTHENTICATED, EXPIRED, REVOKED, MALFORMED (the client certificate is
 * unreadable), REPLAYED, or the store's errors.  Nothing is stored.
 */
int sc_authority_renewal(struct sc_authority *ca,
    const struct sc_renew_credential *c, enum sc_operation op, int64_t now,
    struct sc_renewal *out, struct sc_sign_info *info, struct sc_error *e);

/*
 * Issue for it.  csr is NULL to keep the key, else a request whose signature
 * is verified and of which only the key is used: it must be strong enough,
 * not the old one, nobody's of the authority (FORBIDDEN).  0 only when token
 * use and certificate are durably recorded in one commit; *out is a new
 * reference.
 */
int sc_authority_renew(struct sc_authority *ca, const struct sc_renewal *g,
    const struct sc_csr *csr, const char *request_id, const char *peer,
    int64_t now, struct sc_cert **out, struct sc_sign_info *info,
    struct sc_error *e);

#endif
