/*
 * HTTPS requests over libcurl: TLS 1.2 and up, no redirects, bounded in size
 * and time.
 */
#ifndef SC_CLIENT_HTTP_H
#define SC_CLIENT_HTTP_H

#include <stdbool.h>
#include <stddef.h>

struct sc_error;

struct sc_http_request { /* everything borrowed */
	const char *method; /* "GET" or "POST" */
	const char *url; /* https only, unless plain */
	const char *body; /* JSON, unless body_type; NULL for none */
	size_t body_len; /* with body_type; else it is a string */
	const char *body_type;
	const char *bearer; /* Authorization: Bearer; NULL for none */
	const char *roots_pem; /* who may vouch for the server */
	const char *roots_from; /* where they come from, for messages */
	const char *client_cert, *client_key; /* PEM text, or NULL */
	/*
	 * Take any certificate.  Only for a download whose contents the
	 * caller checks against a fingerprint.
	 */
	bool insecure;
	bool plain; /* http as well: for what is signed in itself */
	size_t max; /* bytes of the answer; 0 = SC_MAX_RESPONSE */
	long timeout; /* seconds for all of it; 0 = 30 */
};

struct sc_http_response { /* zero-initialise; clear when done */
	long status;
	char *body; /* NUL behind it */
	size_t body_len;
	char *server, *location, *request_id; /* headers; NULL when absent */
};
void sc_http_response_clear(struct sc_http_response *r);

/*
 * 0 when there was an answer, whatever its status.  IO: no connection, or no
 * whole answer in time.  UNAUTHENTICATED: TLS; the message says which check
 * failed.  TOO_LARGE: more than max.
 */
int sc_http_send(const struct sc_http_request *q, struct sc_http_response *out,
    struct sc_error *e);
/*
 * Asked about once a second while a request is under way; true gives it up,
 * which is IO.  NULL, the start, asks nobody.
 */
void sc_http_set_stop(bool (*stop)(void));

#endif
