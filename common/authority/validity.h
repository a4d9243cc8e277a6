/*
 * The validity period of a leaf (x509.md section 4 of the wire contract).
 */
#ifndef SC_AUTHORITY_VALIDITY_H
#define SC_AUTHORITY_VALIDITY_H

#include <stdint.h>

#include "base/clock.h"

struct sc_claims;
struct sc_error;

struct sc_validity {
	int64_t not_before, not_after; /* seconds */
};

/*
 * Resolve what was asked (either may be unset) at time now, backdate
 * nanoseconds being taken off a defaulted notBefore, and hold it against the
 * claims.  issuer_end bounds it: a defaulted notAfter is cut there, one that
 * was asked for beyond it is FORBIDDEN.  So does the period of the credential
 * (NULL: has none), before whose begin nothing may be asked for either.  MALFORMED (400) or FORBIDDEN (403)
 * with the reference's client text; a claim's text also says where the bound
 * is set.
 */
int sc_validity_resolve(const struct sc_timespec *not_before,
    const struct sc_timespec *not_after, const struct sc_claims *claims,
    int64_t backdate, int64_t issuer_end, const struct sc_validity *credential,
    int64_t now, struct sc_validity *out, struct sc_error *e);

#endif
