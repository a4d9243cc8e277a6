/*
 * POST /ssh/sign and what belongs to it: the claim of the token, and the
 * checks of what comes back.
 */
#ifndef SC_CLIENT_SSH_REQUEST_H
#define SC_CLIENT_SSH_REQUEST_H

#include "base/mem.h"

struct json_object;
struct sc_ca;
struct sc_error;
struct sc_ssh_cert;
struct sc_ssh_key;

struct sc_ssh_request { /* everything borrowed; NULL = absent */
	const struct sc_ssh_key *key;
	int host; /* else of a user */
	const char *key_id;
	const struct sc_strlist *principals;
	const char *valid_after, *valid_before; /* checked; sent as they are */
	const char *token;
	struct json_object *template_data;
	/* For the certificate that makes the user's account on a host. */
	const struct sc_ssh_key *add_user_key;
};

/*
 * The principals of a user's certificate when none are named: "j.doe@work"
 * to jdoe, j.doe, j.doe@work.  Appends.  NOMEM.
 */
int sc_ssh_user_principals(const char *subject, struct sc_strlist *out);
/* The claim "step" of a token for q; the caller puts it; NULL: no memory. */
struct json_object *sc_ssh_claim(const struct sc_ssh_request *q);
/*
 * Ask the CA.  The certificate is of the key and the type asked for and its
 * signature verifies, else UNAUTHENTICATED.  *add_user is NULL unless a key
 * for it was sent and the CA makes such certificates.
 */
int sc_ssh_request_sign(struct sc_ca *ca, const struct sc_ssh_request *q,
    struct sc_ssh_cert **out, struct sc_ssh_cert **add_user,
    struct sc_error *e);
/* The certificate in a member (crt) of an answer, checked likewise. */
int sc_ssh_answer(struct json_object *answer, const char *member,
    const struct sc_ssh_key *key, int host, struct sc_ssh_cert **out,
    struct sc_error *e);

#endif
