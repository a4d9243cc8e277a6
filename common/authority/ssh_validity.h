/*
 * From when to when an SSH certificate is valid (ssh.md section 3 of the
 * wire contract).
 */
#ifndef SC_AUTHORITY_SSH_VALIDITY_H
#define SC_AUTHORITY_SSH_VALIDITY_H

#include <stdint.h>

#include "base/clock.h"
#include "crypto/ssh_cert.h"

struct sc_claims;
struct sc_error;

/* What the request and what the token say. */
struct sc_ssh_times {
	struct sc_timespec after, before;
};
/*
 * FORBIDDEN when both say something and not the same; MALFORMED when the end
 * is before the beginning or in the past.  Durations count from now; what
 * nobody says is now, less the backdate, and the claims' default.  FORBIDDEN
 * beyond end, that of the credential (INT64_MAX: none), where a default is cut.
 */
int sc_ssh_validity(const struct sc_ssh_times *request,
    const struct sc_ssh_times *token, const struct sc_claims *claims,
    int64_t backdate, int64_t end, int64_t now, struct sc_ssh_cert *c,
    struct sc_error *e);
/* The bounds of the claims, which a certificate's type selects: FORBIDDEN. */
int sc_ssh_check_duration(const struct sc_ssh_cert *c,
    const struct sc_claims *claims, int64_t backdate, struct sc_error *e);

#endif
