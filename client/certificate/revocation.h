/*
 * Has a certificate been revoked?  By a revocation list (RFC 5280 section
 * 6.3, complete lists of the issuer itself only) or an OCSP responder (RFC
 * 6960).
 */
#ifndef SC_CLIENT_REVOCATION_H
#define SC_CLIENT_REVOCATION_H

struct sc_cert;
struct sc_error;

struct sc_revocation { /* everything borrowed */
	const struct sc_cert *cert;
	const struct sc_cert *issuer; /* has signed cert */
	const char *roots; /* of https servers; NULL = those of the system */
};
/*
 * 0: not revoked.  FORBIDDEN: revoked, or not known to the responder; nobody
 * else is to be asked.  Anything else: url has no answer that counts, because
 * there is none, or it is not signed by the issuer, or not of today.
 */
int sc_revocation_crl(
    const struct sc_revocation *q, const char *url, struct sc_error *e);
int sc_revocation_ocsp(
    const struct sc_revocation *q, const char *url, struct sc_error *e);

#endif
