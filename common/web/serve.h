/*
 * From a request's parameters to the bytes of its response: routing, limits,
 * the handler, the error document, one log line.
 */
#ifndef SC_WEB_SERVE_H
#define SC_WEB_SERVE_H

#include "web/request.h"
#include "web/response.h"
#include "web/route.h"

struct sc_authority;
struct sc_buf;

struct sc_service {
	const struct sc_route *routes;
	size_t routes_n;
	struct sc_authority *ca; /* may be NULL in tests */
	const char *trace_header;
	int tick; /* most seconds between two calls of idle; 0: no limit */
};

/*
 * Appends the CGI response to out; never fails without an answer but for
 * SC_ERR_NOMEM and SC_ERR_TOO_LARGE of out itself.  What of the response is
 * in a file goes into *rest, to be sent after out and closed by the caller.
 */
int sc_serve(const struct sc_service *s, sc_param_fn *param, sc_read_fn *read,
    void *arg, struct sc_buf *out, struct sc_file_part *rest);

#endif
