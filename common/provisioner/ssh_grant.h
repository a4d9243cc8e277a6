/*
 * What a valid credential allows of SSH certificates.
 */
#ifndef SC_PROVISIONER_SSH_GRANT_H
#define SC_PROVISIONER_SSH_GRANT_H

#include <stdbool.h>

#include "base/clock.h"
#include "base/mem.h"
#include "crypto/ssh_cert.h"
#include "provisioner/grant.h"

struct sc_error;
struct sc_token;

struct sc_ssh_grant { /* zero-initialise; clear when done */
	/*
	 * What the request asks for, set before a token is judged, for tokens
	 * that are good for either; NULL or "": it does not say.
	 */
	const char *requested_type;
	enum sc_ssh_cert_type type;
	char *key_id;
	struct sc_strlist principals; /* all of them go into the certificate */
	/*
	 * But the principals of a request that names some go into it instead.
	 * They are of those above, or whatever they are, and then a request
	 * must name some.
	 */
	bool some_principals, any_principals;
	struct sc_timespec after, before;
	/* Subject, claims, provisioner, one-time id; no names. */
	struct sc_grant common;
};
void sc_ssh_grant_clear(struct sc_ssh_grant *g);

/*
 * From the claim step.ssh of tokens that have one (JWK, X5C): type user,
 * key id and principal the token's subject unless it says otherwise.
 * UNAUTHENTICATED without the claim, or when it is not of its form.
 */
int sc_ssh_grant_claims(
    struct sc_ssh_grant *g, const struct sc_token *t, struct sc_error *e);

#endif
