/*
 * Signing in at an identity provider: OAuth 2.0 (RFC 6749) and OpenID Connect
 * as an application that keeps no secret (RFC 8252), always with PKCE
 * (RFC 7636); from a terminal alone by the device grant (RFC 8628).
 *
 * All but the person's browser speaks https only, and trusts whom the system
 * trusts (SSL_CERT_FILE).
 */
#ifndef SC_CLIENT_OAUTH_H
#define SC_CLIENT_OAUTH_H

#include "base/mem.h"

struct json_object;
struct sc_error;

enum sc_oauth_flow {
	SC_OAUTH_BROWSER, /* on this machine; it comes back to a port here */
	SC_OAUTH_CONSOLE, /* device when the provider has it, else OOB */
	SC_OAUTH_DEVICE,
	SC_OAUTH_OOB /* the person types the code that the provider shows */
};

struct sc_oauth { /* everything borrowed; NULL = absent */
	enum sc_oauth_flow flow;
	/* Where OpenID Connect discovery is, with or without its well-known
	 * path; or the endpoints themselves. */
	const char *provider;
	const char *authorization_endpoint, *device_endpoint, *token_endpoint;
	const char *client_id, *client_secret;
	const struct sc_strlist *scopes; /* empty or NULL: openid email */
	const struct sc_strlist *params; /* KEY=VALUE for the first request */
	const char *prompt, *login_hint;
	const char *listen; /* HOST:PORT; NULL: a free port of 127.0.0.1 */
	const char *listen_url; /* how the browser gets there */
	const char *redirect_url; /* where it is sent in the end */
};

/*
 * *out is what the token endpoint answered (RFC 6749 section 5.1), and its
 * id_token carries the nonce that was sent; the caller puts it.  FORBIDDEN:
 * the provider or the person refused; IO: nobody came within two minutes, or
 * the provider cannot be reached; MALFORMED: it answers what it must not.
 */
int sc_oauth_sign_in(
    const struct sc_oauth *q, struct json_object **out, struct sc_error *e);

#endif
