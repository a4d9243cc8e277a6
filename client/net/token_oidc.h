/*
 * Tokens of OIDC provisioners: the ID token of whoever signs in at the
 * identity provider that ca.json names.
 */
#ifndef SC_CLIENT_TOKEN_OIDC_H
#define SC_CLIENT_TOKEN_OIDC_H

#include <stdbool.h>

#include "base/mem.h"

struct json_object;
struct sc_args;
struct sc_error;

/*
 * p is the provisioner as in ca.json.  With --console no browser is opened
 * here.  *out: sc_free_secret.  As sc_oauth_sign_in.
 */
int sc_oidc_token(const struct sc_args *a, struct json_object *p, char **out,
    struct sc_error *e);
/* Are these the claims of such a token? */
bool sc_oidc_is_token(struct json_object *claims);
/*
 * Is subject the claim email?  Then the certificate is the person's: its
 * common name is the claim sub (borrowed), and to *names are added the email
 * and a URI of issuer and sub.  Else NULL.
 */
const char *sc_oidc_person(
    struct json_object *claims, const char *subject, struct sc_strlist *names);

#endif
