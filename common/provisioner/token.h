/*
 * A one-time token (tokens.md of the wire contract; RFC 7519) as received:
 * claims read, nothing verified.
 */
#ifndef SC_PROVISIONER_TOKEN_H
#define SC_PROVISIONER_TOKEN_H

#include <stdint.h>

#include "base/mem.h"

struct json_object;
struct sc_error;
struct sc_jws;

struct sc_token {
	struct sc_jws *jws;
	const char *iss, *sub; /* borrowed from jws; "" when absent */
	struct sc_strlist aud;
	int64_t exp; /* 0 when absent */
	/* One-time id: jti, else the hex SHA-256 of what is signed. */
	char *id;
};

/*
 * UNAUTHENTICATED for anything that is not one well-formed token, whatever
 * the cause (the detail is in the log text), NOMEM.
 */
int sc_token_parse(const char *text, struct sc_token **out, struct sc_error *e);
void sc_token_free(struct sc_token *t);
/* The claims object; never NULL. */
struct json_object *sc_token_claims(const struct sc_token *t);
/* A claim that is a string; NULL when absent, or of another type. */
const char *sc_token_text(const struct sc_token *t, const char *name);
/* The hex SHA-256 of what is signed, whatever the token's jti; malloc'ed. */
int sc_token_hash(const struct sc_token *t, char **out, struct sc_error *e);

#endif
