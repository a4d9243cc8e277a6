/*
 * Values of extensions of certificates (RFC 5280 section 4.2), as they stand
 * inside the OCTET STRING.  Each is malloc'ed; MALFORMED names the text that
 * cannot be in it, NOMEM.
 */
#ifndef SC_CRYPTO_EXTENSIONS_H
#define SC_CRYPTO_EXTENSIONS_H

#include <stddef.h>
#include <stdint.h>

#include "base/mem.h"

struct sc_error;

#define SC_OID_ACCESS_INFO "1.3.6.1.5.5.7.1.1"
#define SC_OID_POLICIES "2.5.29.32"
#define SC_OID_NAME_CONSTRAINTS "2.5.29.30"
#define SC_OID_CRL_POINTS "2.5.29.31"

/* authorityInfoAccess: responders, then where the issuer's certificate is. */
int sc_ext_access_info(const struct sc_strlist *ocsp,
    const struct sc_strlist *issuers, uint8_t **der, size_t *n,
    struct sc_error *e);
/* cRLDistributionPoints, one for each URL. */
int sc_ext_crl_points(const struct sc_strlist *urls, uint8_t **der, size_t *n,
    struct sc_error *e);
/* certificatePolicies without qualifiers, from dotted OIDs. */
int sc_ext_policies(const struct sc_strlist *oids, uint8_t **der, size_t *n,
    struct sc_error *e);

/* Texts as they are; IP ranges as address/length (RFC 4632, 4291). */
struct sc_ext_subtrees { /* zero-initialise; clear when done */
	struct sc_strlist dns, ip, email, uri;
};
void sc_ext_subtrees_clear(struct sc_ext_subtrees *s);
/* nameConstraints; either may be empty. */
int sc_ext_name_constraints(const struct sc_ext_subtrees *permitted,
    const struct sc_ext_subtrees *excluded, uint8_t **der, size_t *n,
    struct sc_error *e);

#endif
