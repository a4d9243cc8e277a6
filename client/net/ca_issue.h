/*
 * POST /sign, and the checks of what comes back.
 */
#ifndef SC_CLIENT_CA_ISSUE_H
#define SC_CLIENT_CA_ISSUE_H

struct json_object;
struct sc_ca;
struct sc_certs;
struct sc_csr;
struct sc_error;

struct sc_issue { /* everything borrowed; NULL = absent */
	const struct sc_csr *csr;
	const char *csr_pem;
	const char *token;
	const char *not_before, *not_after; /* checked; sent as they are */
	struct json_object *template_data;
};
/* Appends the chain, leaf first, after sc_issue_check. */
int sc_issue_sign(struct sc_ca *ca, const struct sc_issue *q,
    struct sc_certs *chain, struct sc_error *e);
/*
 * sc_issue_check, but for the names that the provisioner of q's token decides
 * on whatever is asked for: one with a template, or of type OIDC. Then they
 * are told on stderr.  provisioners: as in ca.json.
 */
int sc_issue_check_granted(const struct sc_certs *chain,
    const struct sc_issue *q, const struct sc_certs *roots,
    struct json_object *provisioners, struct sc_error *e);
/*
 * Is this the certificate that was asked for?  The key and the names are
 * those of the request, and the chain leads to a root that we trust.
 * UNAUTHENTICATED; the message says which check failed.
 */
int sc_issue_check(const struct sc_certs *chain, const struct sc_csr *csr,
    const struct sc_certs *roots, struct sc_error *e);
/* All of chain to file, 0600; nobody is asked. */
int sc_issue_save(
    const struct sc_certs *chain, const char *file, struct sc_error *e);

#endif
