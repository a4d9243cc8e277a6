/*
 * Asking a provisioner's webhooks about one certificate: enriching ones
 * before its template, authorizing ones before it is signed (x509.md sections
 * 1 and 8.6, ssh.md section 5 of the wire contract).  A renewal asks nobody.
 *
 * What a webhook does not allow is not issued: neither is anything stored,
 * nor is the token's one-time id spent.  An id that is spent already reaches
 * no webhook.
 */
#ifndef SC_AUTHORITY_WEBHOOKS_H
#define SC_AUTHORITY_WEBHOOKS_H

#include <stdint.h>

struct sc_authority;
struct sc_csr;
struct sc_error;
struct sc_grant;
struct sc_key;
struct sc_leaf;
struct sc_ssh_cert;
struct sc_ssh_sign_request;
struct sc_tpl_data;

struct sc_hooks { /* of one certificate; clear when done */
	struct sc_authority *ca;
	const struct sc_grant *grant;
	unsigned certs; /* SC_WEBHOOK_X509 or SC_WEBHOOK_SSH */
	const char *request_id; /* passed on; may be NULL */
	struct sc_tpl_data *data; /* see sc_hooks_data */
	int64_t until; /* when all have to be done, monotonic; 0: not begun */
};
/* Everything is borrowed. */
void sc_hooks_init(struct sc_hooks *h, struct sc_authority *ca,
    const struct sc_grant *g, unsigned certs, const char *request_id);
void sc_hooks_clear(struct sc_hooks *h);
/*
 * The variables of the certificate's template, which are those of the
 * webhooks' URLs as well; made when first asked for, then owned by h.  NULL:
 * out of memory.
 */
struct sc_tpl_data *sc_hooks_data(struct sc_hooks *h);

/*
 * Ask enriching webhooks: their data are variables .Webhooks.NAME afterwards.
 * FORBIDDEN when one does not allow the request or does not answer as it
 * should within SC_WEBHOOK_SECONDS, or all of them within
 * SC_WEBHOOKS_SECONDS; REPLAYED.
 */
int sc_hooks_enrich_x509(
    struct sc_hooks *h, const struct sc_csr *csr, struct sc_error *e);
int sc_hooks_enrich_ssh(struct sc_hooks *h,
    const struct sc_ssh_sign_request *rq, struct sc_error *e);
/* Show authorizing webhooks what is about to be signed; likewise. */
int sc_hooks_authorize_x509(struct sc_hooks *h, const struct sc_leaf *l,
    const struct sc_key *key, struct sc_error *e);
int sc_hooks_authorize_ssh(
    struct sc_hooks *h, const struct sc_ssh_cert *c, struct sc_error *e);

#endif
