/*
 * Downloads that are judged by a signature in them, so that http will do:
 * revocation lists, OCSP responses, certificates of issuers.
 */
#ifndef SC_CLIENT_FETCH_H
#define SC_CLIENT_FETCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sc_error;

struct sc_fetch { /* everything borrowed */
	const char *url; /* http or https */
	const char *roots; /* for https, a list; NULL = those of the system */
	const uint8_t *post; /* NULL: GET */
	size_t post_len;
	const char *post_type;
	size_t max; /* bytes of the answer */
};
/* *out is malloc'ed, NUL behind it.  IO unless the answer is a 200. */
int sc_fetch(
    const struct sc_fetch *q, char **out, size_t *n, struct sc_error *e);
bool sc_fetch_is_url(const char *s);

#endif
