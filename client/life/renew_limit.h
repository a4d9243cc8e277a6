/*
 * needs-renewal: --expires-in as a share of the life or as a time left, and
 * the exit status that answers.
 */
#ifndef SC_CLIENT_RENEW_LIMIT_H
#define SC_CLIENT_RENEW_LIMIT_H

#include <stdbool.h>
#include <stdint.h>

#include "client/command.h"
#include "client/life/renew_schedule.h"

struct sc_args;
struct sc_error;

/* Exit statuses. */
enum {
	SC_RENEW_NEEDED = 0,
	SC_RENEW_NOT_NEEDED = 1,
	SC_RENEW_NO_FILE = 2,
	SC_RENEW_FAILED = 255
};

extern const struct sc_opt sc_options_renew_limit[]; /* --expires-in */

struct sc_renew_limit {
	bool is_percent;
	int64_t percent, left; /* the latter in nanoseconds */
};
/* MALFORMED. */
int sc_renew_limit_read(
    const struct sc_args *a, struct sc_renew_limit *l, struct sc_error *e);
bool sc_renew_limit_reached(const struct sc_renew_limit *l,
    const struct sc_renew_life *life, int64_t now);
/* The exit status; says it, too, with --verbose. */
int sc_renew_limit_tell(const struct sc_args *a, bool needed);

#endif
