/*
 * The strict check of a JSON text that sc_json_parse makes before json-c
 * sees it: RFC 8259 grammar, UTF-8, no NUL in strings, no lone surrogates,
 * depth and number length bounded, no two members of one name in an object
 * (names compared after their escapes are decoded).
 */
#ifndef SC_BASE_JSON_CHECK_H
#define SC_BASE_JSON_CHECK_H

#include <stddef.h>

struct sc_error;

/*
 * Check the value that s[0..n) holds; *start and *end are where it lies.
 * With first_only, what follows it is not looked at.  Time is O(n log n)
 * whatever the text, memory O(n).  MALFORMED, TOO_LARGE (depth) or NOMEM.
 */
int sc_json_check(const char *s, size_t n, int first_only, size_t *start,
    size_t *end, struct sc_error *e);

#endif
