/*
 * One request in memory, made from CGI parameters (RFC 3875) and a body.
 *
 * Identity comes only from parameters that the web server sets; nothing that
 * a client can name (HTTP_*) is looked at for it.
 */
#ifndef SC_WEB_REQUEST_H
#define SC_WEB_REQUEST_H

#include <stddef.h>
#include <stdint.h>

#include "base/limits.h"

struct sc_error;

/* A parameter by name; NULL when absent.  Borrowed until the request ends. */
typedef const char *sc_param_fn(void *arg, const char *name);
/* Up to n bytes of the body into p; how many, 0 at its end. */
typedef size_t sc_read_fn(void *arg, void *p, size_t n);

#define SC_MAX_PATH_PARAMS 2

struct sc_request {
	const char *method; /* "" when absent */
	char *path; /* raw, up to '?' */
	char *query; /* raw, without '?'; "" when absent */
	uint8_t *body; /* NUL behind it; NULL until read */
	size_t body_len;
	int64_t content_length; /* 0 when absent */
	char id[SC_MAX_REQUEST_ID + 1];
	const char *peer; /* REMOTE_ADDR, "" when absent */
	const char *authorization; /* NULL when absent */
	const char *if_none_match; /* "" when absent */
	/* What the web server says of the TLS client; NULL when absent. */
	const char *client_cert, *client_verify;
	/* Decoded {segments} of the matched route, in order; owned. */
	char *params[SC_MAX_PATH_PARAMS];
};

/*
 * trace_header names the legacy header whose value serves as request id when
 * X-Request-Id is absent ("" = X-Smallstep-Id).  The id is always set, also
 * on failure.  MALFORMED (no usable REQUEST_URI, bad CONTENT_LENGTH), NOMEM.
 */
int sc_request_init(struct sc_request *rq, sc_param_fn *param, void *arg,
    const char *trace_header, struct sc_error *e);
/*
 * Read the announced body of at most max bytes.  TOO_LARGE before anything
 * is read; MALFORMED when it ends early.
 */
int sc_request_read_body(struct sc_request *rq, size_t max, sc_read_fn *fn,
    void *arg, struct sc_error *e);
void sc_request_clear(struct sc_request *rq);

/* A query parameter, as sc_form_get has it. */
char *sc_request_query(const struct sc_request *rq, const char *name);

#endif
