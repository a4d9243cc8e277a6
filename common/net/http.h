/*
 * HTTPS requests over libcurl: TLS 1.2 and up, no redirects, bounded in size
 * and time.  A proxy is taken from the environment as libcurl does, which
 * never looks at HTTP_PROXY: in CGI that is a header of the request.
 */
#ifndef SC_NET_HTTP_H
#define SC_NET_HTTP_H

#include <stdbool.h>
#include <stddef.h>

struct sc_error;

struct sc_http_header {
	const char *name, *value;
};

struct sc_http_request { /* everything borrowed */
	const char *method; /* "GET" or "POST" */
	const char *url; /* https only, unless plain */
	const char *server; /* what messages call it; NULL: url */
	const char *request_id; /* X-Request-Id; NULL: a new one */
	const char *body; /* JSON, unless body_type; NULL for none */
	size_t body_len; /* with body_type; else it is a string */
	const char *body_type;
	const char *bearer; /* Authorization: Bearer; NULL for none */
	const char *basic_user, *basic_password; /* likewise Basic */
	const struct sc_http_header *headers; /* more of them */
	size_t headers_n;
	const char *roots_pem; /* who may vouch for the server */
	/*
	 * Those that the system trusts, too: SSL_CERT_FILE and SSL_CERT_DIR of
	 * the environment where they are set, as for OpenSSL and Go.
	 */
	bool system_roots;
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
	/* Headers; NULL when absent. */
	char *server, *location, *request_id, *cache_control;
};
void sc_http_response_clear(struct sc_http_response *r);

/*
 * Load libcurl, which programs that ask nobody do not carry: sc_http_send
 * does it by itself, a program that is about to lock itself in does it before.
 * UNSUPPORTED when it is not there.
 */
int sc_http_load(struct sc_error *e);
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
