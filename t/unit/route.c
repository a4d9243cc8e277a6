#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "tap.h"
#include "web/request.h"
#include "web/route.h"

static const struct sc_route table[] = {
    {SC_POST, "/sign", 10, NULL},
    {SC_GET, "/roots", 0, NULL},
    {SC_GET, "/root/{sha}", 0, NULL},
    {SC_GET, "/p/{kid}/key", 0, NULL},
    {SC_GET, "/two/{a}/{b}", 0, NULL},
    {SC_GET, "/rest/{*}", 0, NULL},
};

static enum sc_route_result
find(const char *method, const char *path, struct sc_request *rq,
    const struct sc_route **out)
{
	char copy[512];
	enum sc_route_result r;

	memcpy(copy, path, strlen(path) + 1);
	rq->method = method;
	rq->path = copy;
	r = sc_route_find(table, sizeof(table) / sizeof(table[0]), rq, out);
	rq->path = NULL;
	return r;
}

static void
one_canonical_form(void)
{
	static const struct {
		const char *path;
		int found; /* index in the table, or -1 */
	} cases[] = {
	    {"/sign", 0},
	    {"/1.0/sign", 0},
	    {"/1.0//sign", -1},
	    {"/1.0/1.0/sign", -1},
	    {"/2.0/sign", -1},
	    {"/1.0sign", -1},
	    {"//sign", -1},
	    {"/sign/", -1},
	    {"/sign//", -1},
	    {"/SIGN", -1},
	    {"/Sign", -1},
	    {"/%73ign", -1},
	    {"/1.0/%73ign", -1},
	    {"/1%2e0/sign", -1},
	    {"/1.0%2fsign", -1},
	    {"/1.0/../1.0/sign", -1},
	    {"/./sign", -1},
	    {"/sign/.", -1},
	    {"/x/../sign", -1},
	    {"/sign;x", -1},
	    {"/sign%00", -1},
	    {"/sign%20", -1},
	    {"/signs", -1},
	    {"/sig", -1},
	    {"/sign/x", -1},
	    {"/", -1},
	    {"/1.0", -1},
	    {"/1.0/", -1},
	    {"/roots", 1},
	};
	const struct sc_route *out;
	struct sc_request rq = {0};
	enum sc_route_result r;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		tap_context("%s", cases[i].path);
		r = find(cases[i].found == 0 ? "POST" : "GET", cases[i].path,
		    &rq, &out);
		if (cases[i].found < 0) {
			tap_int(r, SC_ROUTE_UNKNOWN);
			tap_ok(out == NULL);
		} else {
			tap_int(r, SC_ROUTE_FOUND);
			tap_ok(out == &table[cases[i].found]);
		}
		sc_request_clear(&rq);
	}
	tap_context("%s", "");
}

static void
segments(void)
{
	static const struct {
		const char *path, *a, *b; /* NULL, NULL: unknown */
	} cases[] = {
	    {"/root/ab", "ab", NULL},
	    {"/1.0/root/ab", "ab", NULL},
	    {"/root/a%2Fb", "a/b", NULL},
	    {"/root/%2e%2e", "..", NULL},
	    {"/root/%252e", "%2e", NULL},
	    {"/root/a+b", "a+b", NULL},
	    {"/root/", NULL, NULL},
	    {"/root", NULL, NULL},
	    {"/root/a/", NULL, NULL},
	    {"/root/%00", NULL, NULL},
	    {"/root/%ff", NULL, NULL},
	    {"/root/%4", NULL, NULL},
	    {"/p/k/key", "k", NULL},
	    {"/p//key", NULL, NULL},
	    {"/p/k/keys", NULL, NULL},
	    {"/two/x/y", "x", "y"},
	    {"/two/x", NULL, NULL},
	    {"/two/x/y/z", NULL, NULL},
	    {"/two/x/%4", NULL, NULL},
	    {"/rest/a", "a", NULL},
	    {"/1.0/rest/a//b/", "a//b/", NULL},
	    {"/rest//", "/", NULL},
	    {"/rest/%2F+%zz%00", "%2F+%zz%00", NULL},
	    {"/rest/", NULL, NULL},
	    {"/rest", NULL, NULL},
	};
	const struct sc_route *out;
	struct sc_request rq = {0};
	enum sc_route_result r;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		tap_context("%s", cases[i].path);
		r = find("GET", cases[i].path, &rq, &out);
		if (cases[i].a == NULL) {
			tap_int(r, SC_ROUTE_UNKNOWN);
			tap_ok(rq.params[0] == NULL && rq.params[1] == NULL);
		} else {
			tap_int(r, SC_ROUTE_FOUND);
			tap_str(rq.params[0], cases[i].a);
			if (cases[i].b != NULL)
				tap_str(rq.params[1], cases[i].b);
			else
				tap_ok(rq.params[1] == NULL);
		}
		sc_request_clear(&rq);
	}
	tap_context("%s", "");
}

static void
methods(void)
{
	static char endless[40001];
	const struct {
		const char *method;
		int get, post;
	} cases[] = {
	    {"GET", SC_ROUTE_FOUND, SC_ROUTE_WRONG_METHOD},
	    {"HEAD", SC_ROUTE_FOUND, SC_ROUTE_WRONG_METHOD},
	    {"POST", SC_ROUTE_WRONG_METHOD, SC_ROUTE_FOUND},
	    {"OPTIONS", SC_ROUTE_WRONG_METHOD, SC_ROUTE_WRONG_METHOD},
	    {"PUT", SC_ROUTE_WRONG_METHOD, SC_ROUTE_WRONG_METHOD},
	    {"TRACE", SC_ROUTE_WRONG_METHOD, SC_ROUTE_WRONG_METHOD},
	    {"get", SC_ROUTE_WRONG_METHOD, SC_ROUTE_WRONG_METHOD},
	    {"post", SC_ROUTE_WRONG_METHOD, SC_ROUTE_WRONG_METHOD},
	    {"POST ", SC_ROUTE_WRONG_METHOD, SC_ROUTE_WRONG_METHOD},
	    {"", SC_ROUTE_WRONG_METHOD, SC_ROUTE_WRONG_METHOD},
	    {endless, SC_ROUTE_WRONG_METHOD, SC_ROUTE_WRONG_METHOD},
	};
	const struct sc_route *out;
	struct sc_request rq = {0};
	size_t i;

	memset(endless, 'P', sizeof(endless) - 1);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		tap_context("%.20s", cases[i].method);
		tap_int(
		    find(cases[i].method, "/roots", &rq, &out), cases[i].get);
		tap_ok(out == &table[1]);
		tap_int(
		    find(cases[i].method, "/sign", &rq, &out), cases[i].post);
		tap_ok(out == &table[0]);
		tap_int(
		    find(cases[i].method, "/x", &rq, &out), SC_ROUTE_UNKNOWN);
	}
	tap_context("%s", "");
}

TAP_MAIN(TAP_NAMED("F5 one canonical form", one_canonical_form),
    TAP_TEST(segments), TAP_NAMED("F4 methods", methods))
