/*
 * Memory and strings: overflow-checked allocation, wiping, constant-time
 * comparison.
 */
#ifndef SC_BASE_MEM_H
#define SC_BASE_MEM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* reallocarray(3) semantics. */
void *sc_reallocarray(void *p, size_t n, size_t size);
/* Overwrite n bytes in a way the compiler keeps, then free.  NULL is fine. */
void sc_freezero(void *p, size_t n);
/* Likewise for a NUL-terminated string. */
void sc_free_secret(char *s);
void sc_wipe(void *p, size_t n);
/* strdup/strndup; NULL when out of memory or s is NULL. */
char *sc_strdup(const char *s);
char *sc_strndup(const char *s, size_t n);
/* malloc'ed printf; NULL when out of memory. */
char *sc_asprintf(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* True when a and b are the same n bytes; time depends only on n. */
bool sc_eq_ct(const void *a, const void *b, size_t n);
/* String equality; NULL equals only NULL.  Not for secrets. */
bool sc_streq(const char *a, const char *b);
/* ASCII case-insensitive equality, locale-free. */
bool sc_strcaseeq(const char *a, const char *b);
bool sc_has_prefix(const char *s, const char *prefix);
bool sc_has_suffix(const char *s, const char *suffix);

/*
 * Decimal integer in [min, max], no blanks, no '+', nothing after it.
 * 0 or SC_ERR_MALFORMED.
 */
int sc_strtonum(const char *s, int64_t min, int64_t max, int64_t *out);

/* True when s[0..n) is valid UTF-8 (RFC 3629, no surrogates, no overlong). */
bool sc_utf8_valid(const void *s, size_t n);
/* Length (1-4) of the valid sequence at s[0..n), 0 when there is none. */
size_t sc_utf8_sequence(const void *s, size_t n);
/* Put '?' for control characters (LF too) and what is no UTF-8, in place. */
void sc_text_clean(char *s);

/* A growing list of owned strings.  Zero-initialise; clear when done. */
struct sc_strlist {
	char **v;
	size_t n;
};
int sc_strlist_add(struct sc_strlist *l, const char *s); /* copies */
bool sc_strlist_has(const struct sc_strlist *l, const char *s);
void sc_strlist_clear(struct sc_strlist *l);

#endif
