#include "config.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/log.h"
#include "base/mem.h"
#include "web/response.h"
#include "web/serve.h"

static int
not_found(struct sc_response *rs)
{
	return sc_response_text(
	    rs, 404, "text/plain; charset=utf-8", "404 page not found\n");
}

static int
wrong_method(struct sc_response *rs, const struct sc_route *route)
{
	(void)sc_response_text(rs, 405, NULL, "");
	return sc_response_header(
	    rs, "Allow", route->method == SC_POST ? "POST" : "GET, HEAD");
}

/* The matched handler behind its limits. */
static int
run(const struct sc_service *s, struct sc_request *rq, sc_read_fn *read,
    void *arg, struct sc_response *rs, struct sc_log_line *log,
    struct sc_error *e)
{
	const struct sc_route *route;
	int r;

	switch (sc_route_find(s->routes, s->routes_n, rq, &route)) {
	case SC_ROUTE_UNKNOWN:
		return not_found(rs);
	case SC_ROUTE_WRONG_METHOD:
		return wrong_method(rs, route);
	default:
		break;
	}
	if ((r = sc_request_read_body(rq, route->max_body, read, arg, e)) != 0)
		return r;
	return route->fn(s->ca, rq, rs, log, e);
}

static void
log_end(struct sc_log_line *l, const struct sc_request *rq,
    const struct sc_response *rs, const struct sc_error *e, int64_t started)
{
	sc_log_str(l, "request", rq->id);
	sc_log_str(l, "method", rq->method);
	sc_log_str(l, "path", rq->path != NULL ? rq->path : "");
	sc_log_str(l, "peer", rq->peer);
	sc_log_int(l, "status", rs->status);
	sc_log_int(l, "us", (sc_clock_monotonic() - started) / 1000);
	if (e->code != 0)
		sc_log_error(l, e);
	sc_log_end(l);
}

int
sc_serve(const struct sc_service *s, sc_param_fn *param, sc_read_fn *read,
    void *arg, struct sc_buf *out, struct sc_file_part *rest)
{
	int64_t started = sc_clock_monotonic();
	struct sc_error e = SC_ERROR_INIT;
	struct sc_request rq;
	struct sc_response rs;
	struct sc_log_line log;
	int r, init;

	*rest = (struct sc_file_part){.fd = -1};
	sc_log_begin(&log, SC_LOG_INFO, "request");
	if ((r = sc_response_init(&rs)) != 0)
		(void)sc_fail_nomem(&e);
	if ((init = sc_request_init(&rq, param, arg, s->trace_header, &e)) != 0)
		r = init;
	/* Nothing is done that could not be answered. */
	if (r == 0)
		r = run(s, &rq, read, arg, &rs, &log, &e);
	if (r == 0 && (r = sc_buf_error(rs.body)) != 0)
		r = sc_fail(&e, r == SC_ERR_NOMEM ? r : SC_ERR_INTERNAL,
		    "cannot build the response: %s", sc_err_text(r));
	if (r != 0)
		(void)sc_response_error(&rs, &e);
	r = sc_response_format(&rs, rq.id, sc_streq(rq.method, "HEAD"), out);
	log_end(&log, &rq, &rs, &e, started);
	if (r == 0 && !sc_streq(rq.method, "HEAD")) {
		*rest = rs.file;
		rs.file.fd = -1; /* transferred */
	}
	sc_request_clear(&rq);
	sc_response_clear(&rs);
	return r;
}
