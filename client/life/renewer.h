/*
 * One request to renew or rekey a certificate.
 */
#ifndef SC_CLIENT_RENEWER_H
#define SC_CLIENT_RENEWER_H

#include <stdbool.h>

#include "crypto/cert.h"

struct sc_ca;
struct sc_error;
struct sc_key;
struct sc_pair;

/*
 * How the CA learns who asks: by the client certificate of TLS, or by a token
 * signed with the certificate's key, which needs nothing of what is between us
 * and the CA.  An expired certificate always needs the token.  When something
 * on the way has swallowed the client certificate, the token is used instead;
 * that is told on stderr the first time, and kept to once it has worked.
 */
struct sc_renew_way {
	bool token;
	bool told;
};

/*
 * With key NULL: renew, POST /renew.  With key: POST /rekey, the certificate
 * is for that key; its token is bound to the request.  The answer is checked:
 * for this key, with the names of the old one, chained to the CA's roots.
 * Appends to chain.  The message of an error that is not the CA's own starts
 * with "error renewing certificate: " or "error rekeying certificate: ".
 */
int sc_renewer_ask(struct sc_ca *ca, struct sc_renew_way *way,
    const struct sc_pair *old, const struct sc_key *key, struct sc_certs *chain,
    struct sc_error *e);

#endif
