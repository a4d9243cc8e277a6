/*
 * Percent-encoding (RFC 3986 section 2.1) and the fields of queries and forms
 * (application/x-www-form-urlencoded).
 */
#ifndef SC_BASE_FORM_H
#define SC_BASE_FORM_H

#include <stddef.h>

struct sc_buf;

/*
 * Percent-decode n bytes once; NULL for broken escapes, NUL, invalid UTF-8 or
 * no memory.
 */
char *sc_percent_decode(const char *s, size_t n);
/* Append s with all but the unreserved characters encoded. */
void sc_percent_put(struct sc_buf *b, const char *s);
/*
 * First value of a field, percent-decoded ('+' is a blank); malloc'ed; NULL
 * when absent (or out of memory).
 */
char *sc_form_get(const char *form, const char *name);
/*
 * Append NAME=VALUE, with '&' in front when there is something in b, both
 * encoded.  Errors are b's.
 */
void sc_form_put(struct sc_buf *b, const char *name, const char *value);

#endif
