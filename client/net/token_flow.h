/*
 * From flags to a token: choose the provisioner, open its key, sign.
 */
#ifndef SC_CLIENT_TOKEN_FLOW_H
#define SC_CLIENT_TOKEN_FLOW_H

#include <stdbool.h>
#include <stdint.h>

struct json_object;
struct sc_args;
struct sc_ca;
struct sc_error;
struct sc_strlist;

enum sc_token_kind {
	SC_TOKEN_SIGN,
	SC_TOKEN_REVOKE,
	SC_TOKEN_SSH_SIGN,
	SC_TOKEN_SSH_REVOKE
};
struct sc_token_request { /* everything borrowed; NULL = absent */
	enum sc_token_kind kind;
	const char *subject;
	const struct sc_strlist *sans; /* SC_TOKEN_SIGN: empty = subject */
	const char *cnf; /* x5rt#S256 */
	struct json_object *user, *step;
	int64_t not_before, not_after; /* both 0: from now for 5 minutes */
};
/*
 * With the provisioners and keys of the CA, or with those of ca.json and
 * --key when ca is NULL (--offline).  The flags used are those of
 * sc_options_provisioner, sc_options_offline and sc_options_ca, and --key
 * where the command has it.  *out: sc_free_secret.
 */
int sc_token_flow(const struct sc_args *a, struct sc_ca *ca,
    const struct sc_token_request *q, char **out, struct sc_error *e);

/*
 * Does a token with these claims name its bearer only, and not what it is
 * for (a service account of Kubernetes, somebody who signed in)?
 */
bool sc_token_names_bearer(struct json_object *claims);

/* --set-file, then --set over it; the caller puts *out, an object. */
int sc_token_user_data(
    const struct sc_args *a, struct json_object **out, struct sc_error *e);

/*
 * The path of an operation: "/1.0/sign", or "/sign" (offline, with ca.json).
 */
const char *sc_token_path(enum sc_token_kind kind, int prefixed);

#endif
