/*
 * The certificates that a TLS server shows.
 */
#ifndef SC_CLIENT_TLS_PEEK_H
#define SC_CLIENT_TLS_PEEK_H

#include "client/net/cert_source.h"

/* Default port of an address ("443"), NULL when it is no address. */
const char *sc_tls_peek_port(const char *url);
/*
 * Connect, shake hands, collect the served chain (leaf first), hang up.  The
 * chain is verified unless tls->insecure.  IO (connection), UNAUTHENTICATED
 * (what TLS says of the server).
 */
int sc_tls_peek(const char *url, const struct sc_cert_source_tls *tls,
    struct sc_certs *out, struct sc_error *e);

#endif
