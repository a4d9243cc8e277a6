#include "config.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"

void *
sc_reallocarray(void *p, size_t n, size_t size)
{
	size_t total;

	/* Not left to libc: the sanitizers take an overflow for a bug. */
	if (__builtin_mul_overflow(n, size, &total))
		return NULL;
	return realloc(p, total);
}

void
sc_wipe(void *p, size_t n)
{
	if (p != NULL && n > 0)
		explicit_bzero(p, n);
}

void
sc_freezero(void *p, size_t n)
{
	sc_wipe(p, n);
	free(p);
}

void
sc_free_secret(char *s)
{
	if (s != NULL)
		sc_freezero(s, strlen(s));
}

char *
sc_strdup(const char *s)
{
	return s == NULL ? NULL : strdup(s);
}

char *
sc_strndup(const char *s, size_t n)
{
	return s == NULL ? NULL : strndup(s, n);
}

char *
sc_asprintf(const char *fmt, ...)
{
	va_list ap;
	char *s = NULL;
	int r;

	va_start(ap, fmt);
	r = vasprintf(&s, fmt, ap);
	va_end(ap);
	return r < 0 ? NULL : s;
}

bool
sc_eq_ct(const void *a, const void *b, size_t n)
{
	/* volatile keeps the compiler from leaving the loop early. */
	const volatile unsigned char *x = a, *y = b;
	unsigned char diff = 0;
	size_t i;

	for (i = 0; i < n; i++)
		diff |= x[i] ^ y[i];
	return diff == 0;
}

bool
sc_streq(const char *a, const char *b)
{
	if (a == NULL || b == NULL)
		return a == b;
	return strcmp(a, b) == 0;
}

static char
lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

bool
sc_strcaseeq(const char *a, const char *b)
{
	if (a == NULL || b == NULL)
		return a == b;
	while (*a != '\0' && lower(*a) == lower(*b)) {
		a++;
		b++;
	}
	return lower(*a) == lower(*b);
}

bool
sc_has_prefix(const char *s, const char *prefix)
{
	return strncmp(s, prefix, strlen(prefix)) == 0;
}

bool
sc_has_suffix(const char *s, const char *suffix)
{
	size_t n = strlen(s), m = strlen(suffix);

	return n >= m && strcmp(s + n - m, suffix) == 0;
}

int
sc_strtonum(const char *s, int64_t min, int64_t max, int64_t *out)
{
	bool neg;
	int64_t v = 0;
	int d;

	if (s == NULL)
		return SC_ERR_MALFORMED;
	neg = *s == '-';
	if (neg)
		s++;
	if (*s == '\0')
		return SC_ERR_MALFORMED;
	for (; *s != '\0'; s++) {
		if (*s < '0' || *s > '9')
			return SC_ERR_MALFORMED;
		d = neg ? -(*s - '0') : *s - '0';
		if (__builtin_mul_overflow(v, 10, &v) ||
		    __builtin_add_overflow(v, d, &v))
			return SC_ERR_MALFORMED;
	}
	if (v < min || v > max)
		return SC_ERR_MALFORMED;
	*out = v;
	return 0;
}

/*
 * Length of the sequence that starts with byte c, and the range its second
 * byte must be in: that range is what excludes overlong forms, surrogates and
 * values above U+10FFFF (RFC 3629 section 4).
 */
static size_t
utf8_lead(unsigned char c, unsigned char *lo, unsigned char *hi)
{
	*lo = 0x80;
	*hi = 0xbf;
	if (c < 0x80)
		return 1;
	if (c >= 0xc2 && c <= 0xdf)
		return 2;
	if (c >= 0xe0 && c <= 0xef) {
		if (c == 0xe0)
			*lo = 0xa0;
		if (c == 0xed)
			*hi = 0x9f;
		return 3;
	}
	if (c >= 0xf0 && c <= 0xf4) {
		if (c == 0xf0)
			*lo = 0x90;
		if (c == 0xf4)
			*hi = 0x8f;
		return 4;
	}
	return 0;
}

size_t
sc_utf8_sequence(const void *s, size_t n)
{
	const unsigned char *p = s;
	unsigned char lo, hi;
	size_t len, i;

	if (n == 0)
		return 0;
	len = utf8_lead(p[0], &lo, &hi);
	if (len == 0 || len > n)
		return 0;
	if (len > 1 && (p[1] < lo || p[1] > hi))
		return 0;
	for (i = 2; i < len; i++) {
		if (p[i] < 0x80 || p[i] > 0xbf)
			return 0;
	}
	return len;
}

void
sc_text_clean(char *s)
{
	size_t left = strlen(s), n;

	while (left > 0) {
		n = sc_utf8_sequence(s, left);
		/* C0, DEL, and C1 in its two-byte form. */
		if (n == 0 || (unsigned char)s[0] < 0x20 || s[0] == 0x7f) {
			*s = '?';
			n = 1;
		} else if (n == 2 && (unsigned char)s[0] == 0xc2 &&
		    (unsigned char)s[1] < 0xa0)
			s[0] = s[1] = '?';
		s += n;
		left -= n;
	}
}

bool
sc_utf8_valid(const void *s, size_t n)
{
	const unsigned char *p = s;
	size_t len;

	while (n > 0) {
		len = sc_utf8_sequence(p, n);
		if (len == 0)
			return false;
		p += len;
		n -= len;
	}
	return true;
}

int
sc_strlist_add(struct sc_strlist *l, const char *s)
{
	char **v, *copy;

	copy = sc_strdup(s);
	if (copy == NULL)
		return SC_ERR_NOMEM;
	/* Room doubles whenever the count is a power of two. */
	if ((l->n & (l->n - 1)) == 0) {
		v = sc_reallocarray(l->v, l->n == 0 ? 1 : l->n * 2, sizeof(*v));
		if (v == NULL) {
			free(copy);
			return SC_ERR_NOMEM;
		}
		l->v = v;
	}
	l->v[l->n++] = copy;
	return 0;
}

bool
sc_strlist_has(const struct sc_strlist *l, const char *s)
{
	size_t i;

	for (i = 0; i < l->n; i++) {
		if (sc_streq(l->v[i], s))
			return true;
	}
	return false;
}

void
sc_strlist_clear(struct sc_strlist *l)
{
	size_t i;

	for (i = 0; i < l->n; i++)
		free(l->v[i]);
	free(l->v);
	l->v = NULL;
	l->n = 0;
}
