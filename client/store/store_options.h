/*
 * What the commands of `stepc store` share: which store, its texts, and the
 * progress of long work.
 */
#ifndef SC_CLIENT_STORE_OPTIONS_H
#define SC_CLIENT_STORE_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "client/command.h"
#include "store/survey.h"

struct sc_args;
struct sc_config;
struct sc_error;
struct sc_store;

/* --store, --ca-config */
extern const struct sc_opt sc_options_store[];
/* The configuration that --ca-config tells, or the default one. */
int sc_store_config(
    const struct sc_args *a, struct sc_config **out, struct sc_error *e);
/* The folder that these flags tell; malloc'ed. */
int sc_store_folder(const struct sc_args *a, char **out, struct sc_error *e);

/*
 * A serial number as people write it: decimal, or hexadecimal with 0x, with
 * colons, or with letters in it.  Digits alone are decimal; with as_hex they
 * are taken for hexadecimal.  MALFORMED.
 */
#define SC_STORE_SERIAL_MAX 40
struct sc_store_number {
	uint8_t v[SC_STORE_SERIAL_MAX];
	size_t n;
	bool digits; /* it could be the other base as well */
};
int sc_store_number_parse(
    const char *text, bool as_hex, struct sc_store_number *out);

/* "1.4 GiB"; out of at least SC_STORE_SIZE_MAX bytes. */
#define SC_STORE_SIZE_MAX 48
void sc_store_size_format(uint64_t n, char out[SC_STORE_SIZE_MAX]);
/* "1,234,567" */
#define SC_STORE_COUNT_MAX 32
void sc_store_count_format(uint64_t n, char out[SC_STORE_COUNT_MAX]);
/* "in 3 days", "2 hours ago" */
void sc_store_distance_format(
    int64_t t, int64_t now, char out[SC_STORE_SIZE_MAX]);
/* RFC 5280 5.3.1: "keyCompromise"; never NULL. */
const char *sc_store_reason(int code);

/*
 * A line on stderr that tells how far a long work is, only when stderr is a
 * terminal and the work takes longer than half a second.
 */
struct sc_progress {
	const char *what; /* "reading"; borrowed */
	bool on;
	bool shown;
	uint64_t next_look;
	int64_t next; /* when to show it, monotonic */
};
/* talks: stdout is busy with rows, a terminal of its own is needed. */
void sc_progress_start(struct sc_progress *p, const char *what, bool talks);
void sc_progress_step(struct sc_progress *p, uint64_t done, uint64_t total);
/* Take the line away, for now or for good. */
void sc_progress_hide(struct sc_progress *p);
void sc_progress_end(struct sc_progress *p);
/* A sc_store_progress_fn. */
void sc_progress_watch(
    void *arg, const char *step, uint64_t done, uint64_t total);

#endif
