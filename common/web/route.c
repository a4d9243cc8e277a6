#include "config.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/form.h"
#include "base/mem.h"
#include "web/request.h"
#include "web/route.h"

static void
clear_params(struct sc_request *rq)
{
	size_t i;

	for (i = 0; i < SC_MAX_PATH_PARAMS; i++) {
		free(rq->params[i]);
		rq->params[i] = NULL;
	}
}

static bool
take_rest(const char *path, struct sc_request *rq, size_t k)
{
	if (path[0] == '\0' || k == SC_MAX_PATH_PARAMS)
		return false;
	return (rq->params[k] = sc_strdup(path)) != NULL;
}

/* Segment by segment; both start behind a '/'. */
static bool
match(const char *pattern, const char *path, struct sc_request *rq)
{
	size_t np, n, k = 0;

	for (;;) {
		if (sc_streq(pattern, "{*}"))
			return take_rest(path, rq, k);
		np = strcspn(pattern, "/");
		n = strcspn(path, "/");
		if (pattern[0] == '{') {
			if (n == 0 || k == SC_MAX_PATH_PARAMS ||
			    (rq->params[k++] = sc_percent_decode(path, n)) ==
				NULL)
				return false;
		} else if (np != n || memcmp(pattern, path, n) != 0) {
			return false;
		}
		pattern += np;
		path += n;
		if (*pattern == '\0' || *path == '\0')
			return *pattern == *path;
		pattern++;
		path++;
	}
}

static bool
method_fits(const struct sc_route *r, const char *method)
{
	if (r->method == SC_POST)
		return sc_streq(method, "POST");
	return sc_streq(method, "GET") || sc_streq(method, "HEAD");
}

enum sc_route_result
sc_route_find(const struct sc_route *table, size_t n, struct sc_request *rq,
    const struct sc_route **out)
{
	const char *path = rq->path;
	size_t i;

	*out = NULL;
	if (sc_has_prefix(path, "/1.0/"))
		path += 4;
	for (i = 0; i < n; i++) {
		clear_params(rq);
		if (!match(table[i].pattern + 1, path + 1, rq))
			continue;
		*out = &table[i];
		if (method_fits(&table[i], rq->method))
			return SC_ROUTE_FOUND;
	}
	clear_params(rq);
	return *out != NULL ? SC_ROUTE_WRONG_METHOD : SC_ROUTE_UNKNOWN;
}
