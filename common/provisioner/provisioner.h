/*
 * Provisioners: who may ask for certificates, and how each kind of
 * credential is checked.  One file per type; a type is a const table.
 */
#ifndef SC_PROVISIONER_PROVISIONER_H
#define SC_PROVISIONER_PROVISIONER_H

#include <stdbool.h>
#include <stdint.h>

#include "config/claims.h"
#include "crypto/cert.h"
#include "crypto/nebula.h"
#include "provisioner/audience.h"
#include "provisioner/grant.h"
#include "provisioner/instance.h"
#include "provisioner/token.h"

struct json_object;
struct sc_error;
struct sc_cert_template;
struct sc_jwk;
struct sc_jwks;
struct sc_key;
struct sc_policy;
struct sc_provisioner;
struct sc_ssh_grant;
struct sc_webhooks;

/* Leeway on exp, nbf and iat, seconds. */
#define SC_TOKEN_LEEWAY 60

struct sc_provisioner_type {
	const char *name; /* as written by the reference */
	int number; /* in the provisioner extension */
	const char *id_prefix; /* token identifier is prefix + name */
	bool token_flow; /* false: ACME and SCEP */
	/* Read the type's own members; sets p->id when id_prefix is NULL. */
	int (*init)(struct sc_provisioner *p, struct sc_error *e);
	/* NULL: this type cannot do it (401). */
	int (*authorize_sign)(const struct sc_provisioner *p,
	    const struct sc_audiences *aud, const struct sc_token *t,
	    int64_t now, struct sc_grant *out, struct sc_error *e);
	/* Likewise; the grant's subject is the serial number's text. */
	int (*authorize_revoke)(const struct sc_provisioner *p,
	    const struct sc_audiences *aud, const struct sc_token *t,
	    int64_t now, struct sc_grant *out, struct sc_error *e);
	/* Likewise, of SSH certificates. */
	int (*authorize_ssh_sign)(const struct sc_provisioner *p,
	    const struct sc_audiences *aud, const struct sc_token *t,
	    int64_t now, struct sc_ssh_grant *out, struct sc_error *e);
	/* authorize_sign for tokens that ask for an SSH certificate too. */
	int (*authorize_identity)(const struct sc_provisioner *p,
	    const struct sc_audiences *aud, const struct sc_token *t,
	    int64_t now, struct sc_grant *out, struct sc_error *e);
	int (*authorize_ssh_revoke)(const struct sc_provisioner *p,
	    const struct sc_audiences *aud, const struct sc_token *t,
	    int64_t now, struct sc_grant *out, struct sc_error *e);
	/*
	 * X.509 certificates of provisioners without a template of their own;
	 * NULL: the built-in one, of what is granted.
	 */
	const char *x509_template;
	/* Likewise, of those who may ask for any names (from_request). */
	const char *admin_template;
	/* Its tokens are checked by the authority, which has the keys. */
	bool ssh_pop;
};
extern const struct sc_provisioner_type sc_provisioner_jwk;
extern const struct sc_provisioner_type sc_provisioner_x5c;
extern const struct sc_provisioner_type sc_provisioner_k8ssa;
extern const struct sc_provisioner_type sc_provisioner_azure;
extern const struct sc_provisioner_type sc_provisioner_gcp;
extern const struct sc_provisioner_type sc_provisioner_oidc;
/* What they use for those who may ask for any names. */
extern const char sc_admin_x509_template[];
extern const struct sc_provisioner_type sc_provisioner_aws;
extern const struct sc_provisioner_type sc_provisioner_nebula;
/* The token identifier of the one K8sSA provisioner. */
#define SC_ID_K8SSA "k8ssa/k8sSA-default"
/* By the name in ca.json, in any case; NULL: unknown. */
const struct sc_provisioner_type *sc_provisioner_type_find(const char *name);
/*
 * For init: the member that holds PEM text in base64.  *out malloc'ed, a NUL
 * behind it.  MALFORMED, also when there is none.
 */
int sc_provisioner_pem(const struct sc_provisioner *p, const char *member,
    char **out, size_t *n, struct sc_error *e);
/* Sets p->id of types that do not do it in init. */
int sc_provisioner_default_id(struct sc_provisioner *p, struct sc_error *e);
/* Sets templates of the type where options.x509 has none of its own. */
int sc_provisioner_type_templates(struct sc_provisioner *p, struct sc_error *e);

/* Filled at start, constant afterwards. */
struct sc_provisioner {
	const struct sc_provisioner_type *type;
	char *name;
	char *id; /* token identifier, unique within the CA */
	struct sc_claims claims;
	struct json_object *raw; /* as in ca.json, borrowed from the config */
	const char *steppath; /* of relative files, borrowed for init; NULL */
	char *disabled; /* why it failed to initialise, or NULL */
	/* options.x509.policy and options.ssh.policy; NULL: no rules. */
	struct sc_policy *policy;
	/* options.x509 and options.ssh; NULL: the built-in templates. */
	struct sc_cert_template *x509_template, *ssh_template;
	/* That of the type, where options.x509 has none of its own. */
	struct sc_cert_template *admin_template;
	struct sc_webhooks *webhooks; /* options.webhooks; NULL: none */
	/* JWK */
	struct sc_jwk *jwk;
	const char *jwk_algs[2]; /* the alg its JWK names; [0] NULL = any */
	const char *encrypted_key; /* borrowed from raw; NULL when absent */
	/* X5C */
	struct sc_certs roots;
	/* K8sSA, AWS */
	struct sc_key **keys;
	size_t keys_n;
	/* AWS, GCP, Azure */
	struct sc_instance instance;
	/* GCP */
	struct sc_strlist service_accounts, project_ids;
	bool no_ssh_user, no_ssh_host;
	/* Azure */
	struct sc_strlist resource_groups, subscription_ids, object_ids;
	const char *audience; /* borrowed from raw, or static */
	/* OIDC, GCP, Azure; has a state of its own. */
	struct sc_jwks *jwks;
	/* OIDC */
	struct sc_strlist admins, domains, groups;
	/* AWS */
	struct sc_strlist accounts;
	/* Nebula */
	struct sc_nebula_roots nebula_roots;
};

struct sc_provisioners;
/*
 * list is authority.provisioners (may be NULL; borrowed, must outlive the
 * result); files that it names are relative to steppath.  A provisioner that cannot be initialised is kept, disabled;
 * two of one name or token identifier are MALFORMED.
 */
int sc_provisioners_new(struct json_object *list,
    const struct sc_claims *authority_claims,
    const struct sc_strlist *dns_names, const char *steppath,
    struct sc_provisioners **out, struct sc_error *e);
void sc_provisioners_free(struct sc_provisioners *ps);
size_t sc_provisioners_count(const struct sc_provisioners *ps);
const struct sc_provisioner *sc_provisioners_at(
    const struct sc_provisioners *ps, size_t i);
/* The JWK provisioner with this kid, or NULL. */
const struct sc_provisioner *sc_provisioners_by_kid(
    const struct sc_provisioners *ps, const char *kid);
/* The provisioner with this token identifier, or name; or NULL. */
const struct sc_provisioner *sc_provisioners_by_id(
    const struct sc_provisioners *ps, const char *id);
const struct sc_provisioner *sc_provisioners_by_name(
    const struct sc_provisioners *ps, const char *name);
/* True when one of the token's audiences is op of this CA. */
bool sc_provisioners_audience(const struct sc_provisioners *ps,
    enum sc_operation op, const struct sc_token *t);
/* Likewise, with the token identifier of p as its fragment. */
bool sc_provisioners_audience_for(const struct sc_provisioners *ps,
    const struct sc_provisioner *p, enum sc_operation op,
    const struct sc_token *t);
/* UNAUTHENTICATED with client text when p failed to initialise. */
int sc_provisioner_check_enabled(
    const struct sc_provisioner *p, struct sc_error *e);
/* Types in ca.json that are unknown and therefore skipped; "" when none. */
const char *sc_provisioners_skipped(const struct sc_provisioners *ps);

/*
 * Find the token's provisioner and let it judge the token for X.509 signing
 * at time now.  UNAUTHENTICATED, EXPIRED, or MALFORMED ("token flow is not
 * supported").  Clear *out in any case.
 */
int sc_provisioners_authorize_sign(const struct sc_provisioners *ps,
    const struct sc_token *t, int64_t now, struct sc_grant *out,
    struct sc_error *e);
/*
 * The same for revoking the X.509 certificate whose decimal serial number is
 * the grant's subject, whoever it was issued by.
 */
int sc_provisioners_authorize_revoke(const struct sc_provisioners *ps,
    const struct sc_token *t, int64_t now, struct sc_grant *out,
    struct sc_error *e);
/*
 * The same for SSH certificates, where the provisioner's claim enableSSHCA
 * allows them.
 */
int sc_provisioners_authorize_ssh_sign(const struct sc_provisioners *ps,
    const struct sc_token *t, int64_t now, struct sc_ssh_grant *out,
    struct sc_error *e);
/*
 * For the X.509 certificate that goes with an SSH certificate (its identity),
 * granted by the same token.
 */
int sc_provisioners_authorize_identity(const struct sc_provisioners *ps,
    const struct sc_token *t, int64_t now, struct sc_grant *out,
    struct sc_error *e);
int sc_provisioners_authorize_ssh_revoke(const struct sc_provisioners *ps,
    const struct sc_token *t, int64_t now, struct sc_grant *out,
    struct sc_error *e);
/*
 * The provisioner that a token names, not disabled; borrowed.  Nothing of
 * the token is verified.  UNAUTHENTICATED or MALFORMED, as above.
 */
int sc_provisioners_find(const struct sc_provisioners *ps,
    const struct sc_token *t, const struct sc_provisioner **out,
    struct sc_error *e);

#endif
