/*
 * The pieces of issuing an X.509 leaf, for the files of this folder only.
 */
#ifndef SC_AUTHORITY_SIGN_INTERNAL_H
#define SC_AUTHORITY_SIGN_INTERNAL_H

#include <stdint.h>

#include "crypto/san.h"

struct sc_authority;
struct sc_buf;
struct sc_cert;
struct sc_error;
struct sc_grant;
struct sc_sign_request;
struct sc_validity;

/* What was made, and its names of the kinds that rules know. */
struct sc_issued { /* clear when done */
	struct sc_cert *cert;
	struct sc_sans names;
};
void sc_issued_clear(struct sc_issued *i);

/*
 * Check the request and make the certificate, with nothing stored.  v NULL:
 * for the request's times, within the grant's claims.
 */
int sc_sign_build(struct sc_authority *ca, const struct sc_sign_request *rq,
    const struct sc_grant *g, const struct sc_validity *v, int64_t now,
    struct sc_issued *out, struct sc_error *e);
/* Spend the grant's one-time id and record the certificate in one commit. */
int sc_sign_record(struct sc_authority *ca, const struct sc_sign_request *rq,
    const struct sc_grant *g, const struct sc_issued *made, int64_t now,
    struct sc_error *e);
/* A certificate as a JSON string; NOMEM, or what out says. */
int sc_sign_put_pem(struct sc_buf *out, const struct sc_cert *c);

#endif
