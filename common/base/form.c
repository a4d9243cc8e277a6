#include "config.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/encode.h"
#include "base/form.h"
#include "base/mem.h"

/* Shared by path segments and fields, which differ in '+'. */
static char *
decode(const char *s, size_t n, bool plus)
{
	char *out = malloc(n + 1);
	size_t i, w = 0;
	int hi, lo;

	if (out == NULL)
		return NULL;
	for (i = 0; i < n; i++) {
		if (s[i] == '%') {
			if (n - i < 3 || (hi = sc_hex_digit(s[i + 1])) < 0 ||
			    (lo = sc_hex_digit(s[i + 2])) < 0 ||
			    (hi == 0 && lo == 0))
				goto bad;
			out[w++] = (char)(hi << 4 | lo);
			i += 2;
		} else {
			out[w++] = plus && s[i] == '+' ? ' ' : s[i];
		}
	}
	out[w] = '\0';
	if (sc_utf8_valid(out, w))
		return out;
bad:
	free(out);
	return NULL;
}

char *
sc_percent_decode(const char *s, size_t n)
{
	return decode(s, n, false);
}

char *
sc_form_get(const char *form, const char *name)
{
	const char *p = form, *eq;
	size_t n, len = strlen(name);

	for (;; p += n + 1) {
		n = strcspn(p, "&");
		eq = memchr(p, '=', n);
		if ((eq != NULL ? (size_t)(eq - p) : n) == len &&
		    strncmp(p, name, len) == 0)
			return eq != NULL ? decode(eq + 1, n - len - 1, true)
					  : sc_strdup("");
		if (p[n] == '\0')
			return NULL;
	}
}

static bool
unreserved(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' ||
	    c == '~';
}

void
sc_percent_put(struct sc_buf *b, const char *s)
{
	for (; *s != '\0'; s++)
		if (unreserved(*s))
			(void)sc_buf_putc(b, *s);
		else
			(void)sc_buf_putf(b, "%%%02X", (unsigned char)*s);
}

void
sc_form_put(struct sc_buf *b, const char *name, const char *value)
{
	if (sc_buf_len(b) > 0)
		(void)sc_buf_putc(b, '&');
	sc_percent_put(b, name);
	(void)sc_buf_putc(b, '=');
	sc_percent_put(b, value);
}
