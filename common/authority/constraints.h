/*
 * Name constraints of the issuing certificates, held against a certificate
 * before it is signed: later, whoever verifies it would refuse it.
 */
#ifndef SC_AUTHORITY_CONSTRAINTS_H
#define SC_AUTHORITY_CONSTRAINTS_H

struct sc_authority;
struct sc_cert_plan;
struct sc_error;
struct sc_sans;

/*
 * The plan's subject, these names and this common name.  FORBIDDEN with
 * client text.
 */
int sc_authority_check_constraints(const struct sc_authority *ca,
    const struct sc_cert_plan *plan, const struct sc_sans *names,
    const char *common_name, struct sc_error *e);

#endif
