/*
 * The pieces of asking a webhook, for the files of this folder only.
 */
#ifndef SC_AUTHORITY_WEBHOOK_INTERNAL_H
#define SC_AUTHORITY_WEBHOOK_INTERNAL_H

#include <stdint.h>

struct json_object;
struct sc_authority;
struct sc_buf;
struct sc_csr;
struct sc_error;
struct sc_grant;
struct sc_key;
struct sc_leaf;
struct sc_ssh_cert;
struct sc_ssh_sign_request;
struct sc_webhook;

/* --- webhook_body.c: what is told to a webhook, JSON appended to out ----- */

int sc_webhook_body_x509_request(struct sc_buf *out, const struct sc_grant *g,
    const struct sc_csr *csr, struct sc_error *e);
int sc_webhook_body_x509(struct sc_buf *out, const struct sc_grant *g,
    const struct sc_leaf *l, const struct sc_key *key, struct sc_error *e);
int sc_webhook_body_ssh_request(struct sc_buf *out, const struct sc_grant *g,
    const struct sc_ssh_sign_request *rq, struct sc_error *e);
int sc_webhook_body_ssh(struct sc_buf *out, const struct sc_grant *g,
    const struct sc_ssh_cert *c, struct sc_error *e);

/* --- webhook_call.c ------------------------------------------------------ */

struct sc_webhook_call {
	const struct sc_webhook *webhook;
	const char *url, *body, *request_id;
	const char *roots_pem; /* may be trusted, beside the system's */
	int64_t until; /* monotonic */
};
/*
 * POST it, a second time after a network failure or a 5xx.  *data is what an
 * answer that allows has, a new reference, or NULL.  FORBIDDEN with client
 * text for anything else; NOMEM.
 */
int sc_webhook_call(const struct sc_webhook_call *c, struct json_object **data,
    struct sc_error *e);

#endif
