/*
 * Holding a certification request against a grant (x509.md section 2 of the
 * wire contract).
 */
#ifndef SC_AUTHORITY_REQUEST_CHECK_H
#define SC_AUTHORITY_REQUEST_CHECK_H

struct sc_csr;
struct sc_error;
struct sc_grant;

/*
 * In the reference's order: bound fingerprint, common name, key, names by
 * kind.  A kind of name that the request does not carry passes; one that it
 * carries must be exactly the grant's.  Names of kinds that only a template
 * could grant are refused when the provisioner has none.  Where the grant is
 * from_request, names are not looked at; where it has any_cn, the common name
 * is not; where it has request_ignored, neither; where it has some_dns or
 * some_ips, a part of those will do.  FORBIDDEN or MALFORMED with client text.
 */
int sc_request_check(
    const struct sc_csr *csr, const struct sc_grant *grant, struct sc_error *e);
/*
 * The first of these alone: a token's claim cnf, base64url of the SHA-256 of
 * the one request it is good for.  NULL: any.
 */
int sc_request_check_fingerprint(
    const struct sc_csr *csr, const char *fingerprint, struct sc_error *e);

#endif
