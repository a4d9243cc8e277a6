/*
 * Tokens of JWK and X5C provisioners, as the reference's client makes them.
 */
#ifndef SC_CLIENT_TOKEN_H
#define SC_CLIENT_TOKEN_H

#include <stdint.h>

struct json_object;
struct sc_certs;
struct sc_error;
struct sc_jwk;
struct sc_strlist;

#define SC_TOKEN_SECONDS 300

struct sc_token_plan { /* everything borrowed; NULL = absent */
	const struct sc_jwk *key; /* private */
	const char *kid; /* instead of the key's own */
	const char *issuer, *subject, *audience;
	const char *root_sha;
	const struct sc_strlist *sans;
	struct json_object *user; /* claim user */
	struct json_object *step; /* claim step, for SSH */
	const char *cnf; /* x5rt#S256 */
	/* The chain of the key that signs, and the header it goes to. */
	const struct sc_certs *chain;
	const char *chain_header; /* "x5c" or "x5cInsecure" */
	/* Header sshpop: the SSH certificate of that key, in base64. */
	const char *sshpop;
	int64_t not_before, not_after;
};
/* *out malloc'ed; wipe with sc_free_secret. */
int sc_token_make(
    const struct sc_token_plan *t, char **out, struct sc_error *e);

/* The claims of a token, nothing verified; the caller puts them. */
int sc_token_read_claims(
    const char *token, struct json_object **out, struct sc_error *e);

#endif
