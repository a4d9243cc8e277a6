/*
 * ca.json: read once, constant afterwards.
 */
#ifndef SC_CONFIG_CA_JSON_H
#define SC_CONFIG_CA_JSON_H

#include <stdbool.h>
#include <stdint.h>

#include "base/mem.h"
#include "config/claims.h"
#include "config/crl.h"
#include "config/ocsp.h"
#include "config/ssh.h"
#include "config/ssh_templates.h"
#include "crypto/name.h"

struct json_object;
struct sc_error;
struct sc_policy;

/* All strings are owned, "" when the member is absent; paths are absolute. */
struct sc_config {
	char *path; /* of ca.json itself */
	char *steppath; /* base for relative paths */
	struct json_object *raw;
	struct sc_strlist roots;
	struct sc_strlist federated_roots;
	char *crt;
	char *key;
	char *address;
	struct sc_strlist dns_names;
	char *password; /* wiped on free */
	char *common_name;
	char *store_dir;
	char *trace_header; /* legacy request id header */
	struct sc_claims claims;
	struct sc_name subject_template; /* authority.template */
	int64_t backdate; /* nanoseconds */
	struct sc_config_crl crl;
	struct sc_config_ocsp ocsp;
	struct sc_config_ssh ssh;
	struct sc_config_ssh_templates ssh_templates;

	struct sc_policy *policy; /* authority.policy; NULL: no rules */
	struct json_object *provisioners; /* array in raw, or NULL */
	struct json_object *tls; /* complete tlsOptions object */
	/* Members that are present but have no effect yet, as paths. */
	struct sc_strlist unsupported;
};

/*
 * path of ca.json.  NOT_FOUND, FORBIDDEN, MALFORMED ("FILE: authority.claims.
 * maxTLSCertDuration: ..." or "FILE: invalid JSON: line 3 column 7: ...").
 */
int sc_config_load(
    const char *path, struct sc_config **out, struct sc_error *e);
void sc_config_free(struct sc_config *c);

/*
 * $STEPPATH, else $HOME/.step (home from the environment, else passwd).
 * malloc'ed, absolute; NULL when out of memory or there is no home.
 */
char *sc_steppath(void);
/*
 * Where the authority's files live: $STEPPATH, or authorities/NAME below it
 * when a current context says so.  malloc'ed.
 */
char *sc_steppath_authority(void);

#endif
