/*
 * Issuing and revoking without the CA's servers: this program opens the
 * authority's key and store itself (--offline), also beside running ones.
 */
#ifndef SC_CLIENT_CA_OFFLINE_H
#define SC_CLIENT_CA_OFFLINE_H

struct sc_args;
struct sc_certs;
struct sc_error;
struct sc_issue;
struct sc_revoke_request;
struct sc_ssh_cert;
struct sc_ssh_request;

/*
 * What sc_issue_sign does through a CA.  The certificate is recorded as the
 * handlers would record it.  Uses --ca-config, and for the key's password
 * --password-file, ca.json, or the terminal, in this order.
 */
int sc_offline_sign(const struct sc_args *a, const struct sc_issue *q,
    struct sc_certs *chain, struct sc_error *e);

/*
 * POST /revoke likewise; no key of the authority is opened.  The request's id
 * and peer are filled in here.
 */
int sc_offline_revoke(const struct sc_args *a,
    const struct sc_revoke_request *q, struct sc_error *e);
/*
 * The same for SSH: sc_ssh_request_sign with the authority's SSH keys, and
 * POST /ssh/revoke.
 */
int sc_offline_ssh_sign(const struct sc_args *a, const struct sc_ssh_request *q,
    struct sc_ssh_cert **out, struct sc_ssh_cert **add_user,
    struct sc_error *e);
int sc_offline_ssh_revoke(const struct sc_args *a,
    const struct sc_revoke_request *q, struct sc_error *e);

#endif
