/*
 * What a provisioner makes of a valid credential: everything that may be
 * issued for it.  Nothing downstream looks at the credential again.
 */
#ifndef SC_PROVISIONER_GRANT_H
#define SC_PROVISIONER_GRANT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/mem.h"
#include "config/claims.h"
#include "crypto/san.h"

struct json_object;
struct sc_cert;
struct sc_cert_template;
struct sc_nebula_cert;
struct sc_policy;
struct sc_webhooks;

struct sc_grant { /* zero-initialise; clear when done */
	char *subject; /* common name of the certificate */
	struct sc_sans sans; /* its names, exactly */
	/*
	 * Common names a request may carry; none: only the subject.  An empty
	 * CN always passes.
	 */
	struct sc_strlist request_cns;
	/* The names are those of the request, whatever they are ... */
	bool from_request;
	bool any_cn; /* ... and so is its common name */
	bool some_dns; /* a request may name a part of the DNS names, */
	bool some_ips; /* of the IP addresses */
	/* What a request names does not count: it is not even compared. */
	bool request_ignored;
	char *csr_fingerprint; /* base64url SHA-256 bound by cnf, or NULL */
	struct sc_claims claims;
	const struct sc_policy *policy; /* the provisioner's, or NULL */
	/*
	 * The provisioner's template of what is granted, or NULL, and then the
	 * token's claims for it (counted).
	 */
	const struct sc_cert_template *template;
	struct json_object *token;
	/* Who is asked about it, or NULL; then there is a template. */
	const struct sc_webhooks *webhooks;
	char *principal; /* for them, who was authorised; or NULL */
	/*
	 * The certificate that vouches for what is granted (counted), or
	 * NULL: none of it outlives the certificate.
	 */
	struct sc_cert *credential;
	struct sc_nebula_cert *nebula; /* likewise, of Nebula, owned */

	/* The provisioner extension; type 0 means none. */
	int ext_type;
	char *ext_credential_id; /* of X.509 grants; "" when it has none */
	struct sc_strlist ext_pairs; /* k1, v1, k2, v2 ... */

	/* For the record. */
	char *provisioner_id, *provisioner_name;
	const char *provisioner_type; /* static */
	char *spend_id; /* one-time id, NULL = reusable */
	int64_t spend_expires; /* 0 = never */
};
void sc_grant_clear(struct sc_grant *g);
/* The period of what vouches; false when nothing does. */
bool sc_grant_period(
    const struct sc_grant *g, int64_t *not_before, int64_t *not_after);

#endif
