/*
 * Certificate revocation lists (RFC 5280 section 5), version 2: complete
 * lists of one issuer, built in memory.
 */
#ifndef SC_CRYPTO_CRL_H
#define SC_CRYPTO_CRL_H

#include <stddef.h>
#include <stdint.h>

struct sc_error;
struct sc_issuer;
struct sc_crl; /* a list in the making */

#define SC_CRL_MAX (128 * 1024 * 1024) /* bytes of DER */

/* CRLReason, section 5.3.1. */
enum sc_crl_reason {
	SC_REASON_UNSPECIFIED = 0,
	SC_REASON_UNUSED = 7,
	SC_REASON_REMOVE_FROM_CRL = 8,
	SC_REASON_LAST = 10
};

struct sc_crl *sc_crl_new(void); /* NULL when out of memory */
void sc_crl_free(struct sc_crl *c); /* NULL is fine */
/*
 * Append an entry; serial is a big-endian magnitude.  The reason is left out
 * when it is unspecified, unused, or removeFromCRL, which in a complete list
 * would make relying parties accept the certificate.  An error (TOO_LARGE,
 * NOMEM, MALFORMED for a time outside of the years 1950 to 9999) ends it.
 */
int sc_crl_add(struct sc_crl *c, const uint8_t *serial, size_t n,
    int64_t revoked_at, int reason, struct sc_error *e);
size_t sc_crl_count(const struct sc_crl *c);

struct sc_crl_head {
	uint64_t number;
	int64_t this_update, next_update;
	/*
	 * The name of the list: the extension issuingDistributionPoint
	 * (critical) with this URI and no restriction; NULL leaves it out.
	 */
	const char *url;
};
/*
 * Finish and sign with the natural algorithm of the issuer's key: authority
 * key identifier, CRL number, issuing distribution point.  *der is malloc'ed.
 * c is used up (to be freed all the same).
 */
int sc_crl_sign(struct sc_crl *c, const struct sc_crl_head *head,
    const struct sc_issuer *issuer, uint8_t **der, size_t *n,
    struct sc_error *e);

#endif
