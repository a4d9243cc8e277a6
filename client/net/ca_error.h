/*
 * Reading an answer: is it the CA's, and what does it say?
 */
#ifndef SC_CLIENT_CA_ERROR_H
#define SC_CLIENT_CA_ERROR_H

#include <stdbool.h>

struct json_object;
struct sc_error;
struct sc_http_response;

/*
 * *out is the object of a 2xx answer.  An error answer of the CA gives its
 * message, then the request id in a line of its own; the code is what the
 * status means (UNAUTHENTICATED for 401...).  Everything else, redirects and
 * pages of proxies, is described: it did not come from the CA.
 */
int sc_ca_answer(const char *url, const struct sc_http_response *p,
    struct json_object **out, struct sc_error *e);
/* Is e such an error answer of the CA, in its own words? */
bool sc_ca_refused(const struct sc_error *e);
/*
 * Did our client certificate not reach the CA?  Then the CA says so, or the
 * web server in front of it did not take it, in HTTP or in TLS.
 */
bool sc_ca_lost_cert(const struct sc_error *e);
/*
 * What went wrong as one line, to be told within another sentence; borrowed
 * from e.
 */
const char *sc_ca_words(struct sc_error *e);

#endif
