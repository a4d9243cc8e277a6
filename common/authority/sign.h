/*
 * Issuing X.509 leaves: credential -> grant -> certificate -> record.
 */
#ifndef SC_AUTHORITY_SIGN_H
#define SC_AUTHORITY_SIGN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"

struct json_object;
struct sc_authority;
struct sc_buf;
struct sc_cert;
struct sc_csr;
struct sc_error;

struct sc_sign_request {
	const struct sc_csr *csr; /* self-signature already verified */
	const char *ott;
	struct sc_timespec not_before, not_after;
	struct json_object *template_data; /* borrowed; NULL: none */
	const char *request_id; /* for the record */
	const char *peer; /* likewise, may be "" */
	/*
	 * Asked for by whoever holds the authority's key: then no policy
	 * counts for the authority's own names (dnsNames), so that its web
	 * server gets a certificate.
	 */
	bool own_names;
};

/* Who asked and what was issued: for the log line, filled as far as known. */
struct sc_sign_info {
	char provisioner[128];
	char subject[256];
	char serial[64];
};

/*
 * Everything http-api.md 5.8 checks after the CSR's own signature, in its
 * order.  Returns 0 only when token use and certificate are durably recorded
 * in one commit; on any failure nothing is stored.  *out is a new reference.
 */
int sc_authority_sign(struct sc_authority *ca, const struct sc_sign_request *rq,
    int64_t now, struct sc_cert **out, struct sc_sign_info *info,
    struct sc_error *e);

/* The /sign response document for an issued leaf, appended to out. */
int sc_authority_sign_json(struct sc_authority *ca, const struct sc_cert *leaf,
    struct sc_buf *out, struct sc_error *e);

#endif
