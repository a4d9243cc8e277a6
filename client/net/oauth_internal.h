/*
 * One sign-in under way: what oauth.c and the flows share.
 */
#ifndef SC_CLIENT_OAUTH_INTERNAL_H
#define SC_CLIENT_OAUTH_INTERNAL_H

#include "client/net/oauth.h"

struct sc_buf;

/* Tokens are small, even those with hundreds of groups. */
#define SC_OAUTH_ANSWER_MAX (256 * 1024)
#define SC_OAUTH_URL_MAX (16 * 1024)

struct sc_oauth_run {
	const struct sc_oauth *q;
	char *authorization_endpoint, *device_endpoint, *token_endpoint;
	char *scope;
	char *state, *nonce, *verifier; /* of this sign-in only */
	char *redirect_uri;
};

/* The URL to send the person to; redirect_uri is set.  malloc'ed. */
int sc_oauth_url(const struct sc_oauth_run *o, char **out, struct sc_error *e);
/* The fields that say who we are. */
void sc_oauth_put_client(const struct sc_oauth_run *o, struct sc_buf *form);
/*
 * POST a form; the answer is an object (the caller puts it), of status 200
 * or, with what is wrong in its member error, of another.
 */
int sc_oauth_post(const char *url, const struct sc_buf *form,
    struct json_object **out, struct sc_error *e);
/* "" or the member error of an answer. */
const char *sc_oauth_error(struct json_object *answer);
/* FORBIDDEN with what the provider says. */
int sc_oauth_refused(
    const char *what, struct json_object *answer, struct sc_error *e);
/* The tokens for the code that the browser brought. */
int sc_oauth_exchange(const struct sc_oauth_run *o, const char *code,
    struct json_object **out, struct sc_error *e);

/* The flows. */
int sc_oauth_browser(
    struct sc_oauth_run *o, struct json_object **out, struct sc_error *e);
int sc_oauth_oob(
    struct sc_oauth_run *o, struct json_object **out, struct sc_error *e);
int sc_oauth_device(
    const struct sc_oauth_run *o, struct json_object **out, struct sc_error *e);

#endif
