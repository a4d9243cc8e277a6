/*
 * A new SSH certificate from the CA: principals, token, request.
 */
#ifndef SC_CLIENT_SSH_ISSUE_H
#define SC_CLIENT_SSH_ISSUE_H

#include <stdbool.h>

#include "base/mem.h"
#include "client/command.h"

struct json_object;
struct sc_args;
struct sc_ca;
struct sc_error;
struct sc_ssh_cert;
struct sc_ssh_key;

/* --principal, --not-before, --not-after, --token. */
extern const struct sc_opt sc_options_ssh_issue[];

struct sc_ssh_issue { /* zero-initialise; clear when done */
	const struct sc_args *a;
	const char *key_id; /* borrowed */
	int host;
	bool offline; /* --offline */
	/* Where --not-before is not given; borrowed, or NULL. */
	const char *valid_after;
	struct sc_strlist names;
	struct sc_ca *ca;
	char *token;
	struct json_object *user, *step;
	struct sc_ssh_key *pub; /* to be certified; owned */
	struct sc_ssh_cert *cert; /* what came */
	/* --add-user: owned; the certificate is NULL when there came none. */
	struct sc_ssh_key *add_user_pub;
	struct sc_ssh_cert *add_user_cert;
};
void sc_ssh_issue_clear(struct sc_ssh_issue *j);
/*
 * --principal into j->names, each checked; without, otherwise(key_id) gives
 * them.  MALFORMED.
 */
int sc_ssh_issue_names(struct sc_ssh_issue *j,
    int (*otherwise)(const char *key_id, struct sc_strlist *out),
    struct sc_error *e);
/*
 * The token and the CA: those of --token, or made by a provisioner; offline
 * there is no CA.
 */
int sc_ssh_issue_token(struct sc_ssh_issue *j, struct sc_error *e);
/* Ask the CA, and tell which; offline sign here. */
int sc_ssh_issue_request(struct sc_ssh_issue *j, struct sc_error *e);

#endif
