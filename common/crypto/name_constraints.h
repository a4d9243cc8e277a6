/*
 * Name constraints (RFC 5280 section 4.2.1.10) of the certificates that
 * issue, for names that are to be certified.
 *
 * What has two readings is taken as the one that refuses: a constraint on
 * mail addresses or URIs without a leading dot permits this host only, and
 * excludes all hosts below it as well.
 */
#ifndef SC_CRYPTO_NAME_CONSTRAINTS_H
#define SC_CRYPTO_NAME_CONSTRAINTS_H

#include <stddef.h>
#include <stdint.h>

struct sc_certs;
struct sc_error;
struct sc_sans;

struct sc_name_constraints;

/*
 * Of issuers' first certificate, of those above it and of the root among
 * roots that the last of these names.  *out is NULL when none of them has any.
 * MALFORMED for an extension that cannot be read, UNSUPPORTED for constraints
 * on kinds of names that cannot be checked.
 */
int sc_name_constraints_new(const struct sc_certs *issuers,
    const struct sc_certs *roots, struct sc_name_constraints **out,
    struct sc_error *e);
void sc_name_constraints_free(struct sc_name_constraints *c);

/*
 * Every certificate's constraints must permit every name, and the subject
 * (DER) as a directory name.  A common name that looks like a host's counts
 * as one when there are no DNS names.  FORBIDDEN with the reference's words
 * as the whole client text, e.g. `DNS name "x" is not permitted by any
 * constraint`.
 */
int sc_name_constraints_check(const struct sc_name_constraints *c,
    const struct sc_sans *names, const char *common_name,
    const uint8_t *subject, size_t n, struct sc_error *e);

#endif
