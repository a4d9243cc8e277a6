/*
 * What every handler program shares: options, start-up, the request loop.
 */
#ifndef SC_HANDLERS_MAIN_H
#define SC_HANDLERS_MAIN_H

#include <stddef.h>

#include "web/route.h"

/* Each program defines exactly one of these. */
struct sc_program {
	const char *name;
	unsigned needs; /* SC_NEED_* of authority/authority.h */
	const struct sc_route *routes;
	size_t routes_n;
	/*
	 * Something to look after besides requests, NULL when there is
	 * nothing: called at start, after each request, and at least every
	 * tick seconds.  A failure is logged.
	 */
	int (*housekeeping)(struct sc_authority *ca, struct sc_error *e);
	int tick;
};
extern const struct sc_program sc_program;

#endif
