/*
 * Route tables.
 *
 * A pattern such as "/root/{sha}" is matched against the raw path of
 * REQUEST_URI, at the root and below /1.0.  There is one canonical form:
 * literal segments are compared byte for byte, so percent-encoding, double
 * slashes, dot segments, trailing slashes and other cases do not match; a
 * {segment} is percent-decoded once and must not be empty.  "{*}" at the end
 * takes what is left, slashes included, as it was sent; it may not be empty
 * either.  Everything that does not match is 404.
 */
#ifndef SC_WEB_ROUTE_H
#define SC_WEB_ROUTE_H

#include <stddef.h>

struct sc_authority;
struct sc_error;
struct sc_log_line;
struct sc_request;
struct sc_response;

enum sc_method {
	SC_GET,
	SC_POST
};

/*
 * Fills the response and returns 0, or an error that the caller turns into
 * the error document.  May add fields to the request's log line.
 */
typedef int sc_handler_fn(struct sc_authority *ca, const struct sc_request *rq,
    struct sc_response *rs, struct sc_log_line *log, struct sc_error *e);

struct sc_route {
	enum sc_method method; /* GET also answers HEAD */
	const char *pattern;
	size_t max_body;
	sc_handler_fn *fn;
};

enum sc_route_result {
	SC_ROUTE_FOUND,
	SC_ROUTE_UNKNOWN, /* 404 */
	SC_ROUTE_WRONG_METHOD /* 405; *out is the route that has the path */
};
/* Sets rq->params when found. */
enum sc_route_result sc_route_find(const struct sc_route *table, size_t n,
    struct sc_request *rq, const struct sc_route **out);

#endif
