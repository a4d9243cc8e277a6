#include "config.h"

#include <string.h>

#include "base/buf.h"
#include "base/encode.h"
#include "base/mem.h"
#include "template/internal.h"

#define RUNE_BAD 0xfffd

size_t
sc_tpl_put_rune(char out[4], uint32_t r)
{
	unsigned char *o = (unsigned char *)out;

	if (r > 0x10ffff || (r >= 0xd800 && r <= 0xdfff))
		r = RUNE_BAD;
	if (r < 0x80) {
		o[0] = (unsigned char)r;
		return 1;
	}
	if (r < 0x800) {
		o[0] = (unsigned char)(0xc0 | r >> 6);
		o[1] = (unsigned char)(0x80 | (r & 0x3f));
		return 2;
	}
	if (r < 0x10000) {
		o[0] = (unsigned char)(0xe0 | r >> 12);
		o[1] = (unsigned char)(0x80 | (r >> 6 & 0x3f));
		o[2] = (unsigned char)(0x80 | (r & 0x3f));
		return 3;
	}
	o[0] = (unsigned char)(0xf0 | r >> 18);
	o[1] = (unsigned char)(0x80 | (r >> 12 & 0x3f));
	o[2] = (unsigned char)(0x80 | (r >> 6 & 0x3f));
	o[3] = (unsigned char)(0x80 | (r & 0x3f));
	return 4;
}

uint32_t
sc_tpl_rune(const char *s, size_t n, size_t *len)
{
	static const unsigned char mask[5] = {0, 0x7f, 0x1f, 0x0f, 0x07};
	const unsigned char *p = (const unsigned char *)s;
	size_t i, m = sc_utf8_sequence(s, n);
	uint32_t r;

	if (m == 0) {
		*len = 1;
		return RUNE_BAD;
	}
	*len = m;
	r = p[0] & mask[m];
	for (i = 1; i < m; i++)
		r = r << 6 | (p[i] & 0x3f);
	return r;
}

/* The digits of \ooo, \xhh, \uhhhh, \Uhhhhhhhh. */
static bool
digits(const char *s, size_t n, size_t count, unsigned base, uint32_t *out)
{
	size_t i;
	int v;

	*out = 0;
	if (n < count)
		return false;
	for (i = 0; i < count; i++) {
		v = sc_hex_digit(s[i]);
		if (v < 0 || (unsigned)v >= base)
			return false;
		*out = *out * base + (unsigned)v;
	}
	return true;
}

static bool
put_number(const char *s, size_t n, size_t count, unsigned base, bool rune,
    struct sc_buf *out)
{
	uint32_t v;
	char utf8[4];

	if (!digits(s, n, count, base, &v))
		return false;
	if (!rune) {
		(void)sc_buf_put_u8(out, (uint8_t)v);
		return v <= 255;
	}
	if (v > 0x10ffff || (v >= 0xd800 && v <= 0xdfff))
		return false;
	(void)sc_buf_put(out, utf8, sc_tpl_put_rune(utf8, v));
	return true;
}

/* What follows a backslash; *used counts its characters. */
static bool
put_escape(
    const char *s, size_t n, char quote, size_t *used, struct sc_buf *out)
{
	static const char from[] = "abfnrtv\\", to[] = "\a\b\f\n\r\t\v\\";
	const char *p;

	*used = 1;
	if (n == 0)
		return false;
	if (s[0] == quote)
		return sc_buf_putc(out, quote) == 0;
	if (s[0] != '\0' && (p = strchr(from, s[0])) != NULL)
		return sc_buf_putc(out, to[p - from]) == 0;
	switch (s[0]) {
	case 'x':
		*used = 3;
		return put_number(s + 1, n - 1, 2, 16, false, out);
	case 'u':
		*used = 5;
		return put_number(s + 1, n - 1, 4, 16, true, out);
	case 'U':
		*used = 9;
		return put_number(s + 1, n - 1, 8, 16, true, out);
	default:
		*used = 3;
		return put_number(s, n, 3, 8, false, out);
	}
}

bool
sc_tpl_unquote(const char *s, size_t n, struct sc_buf *out)
{
	char quote = s[0];
	size_t i, used;

	s++;
	n -= 2;
	if (quote == '`') {
		for (i = 0; i < n; i++)
			if (s[i] != '\r')
				(void)sc_buf_putc(out, s[i]);
		return true;
	}
	for (i = 0; i < n; i++) {
		if (s[i] != '\\') {
			(void)sc_buf_putc(out, s[i]);
			continue;
		}
		if (!put_escape(s + i + 1, n - i - 1, quote, &used, out))
			return false;
		i += used;
	}
	return true;
}

static bool
printable(uint32_t r)
{
	return r >= 0x20 && r != 0x7f && (r < 0x80 || r > 0xa0) && r != 0xad &&
	    r != 0x2028 && r != 0x2029 && r != 0xfeff &&
	    !(r >= 0x2000 && r <= 0x200f) && !(r >= 0xe000 && r <= 0xf8ff);
}

static void
quote_rune(struct sc_buf *out, uint32_t r)
{
	static const char from[] = "\a\b\f\n\r\t\v\\\"", to[] = "abfnrtv\\\"";
	const char *p = r > 0 && r < 0x80 ? strchr(from, (int)r) : NULL;

	if (p != NULL)
		(void)sc_buf_putf(out, "\\%c", to[p - from]);
	else if (r < 0x80)
		(void)sc_buf_putf(out, "\\x%02x", (unsigned)r);
	else if (r < 0x10000)
		(void)sc_buf_putf(out, "\\u%04x", (unsigned)r);
	else
		(void)sc_buf_putf(out, "\\U%08x", (unsigned)r);
}

void
sc_tpl_quote(struct sc_buf *out, const char *s, size_t n)
{
	size_t i, len;
	uint32_t r;

	(void)sc_buf_putc(out, '"');
	for (i = 0; i < n; i += len) {
		r = sc_tpl_rune(s + i, n - i, &len);
		if (r == RUNE_BAD && len == 1)
			(void)sc_buf_putf(
			    out, "\\x%02x", (unsigned)(unsigned char)s[i]);
		else if (printable(r) && r != '"' && r != '\\')
			(void)sc_buf_put(out, s + i, len);
		else
			quote_rune(out, r);
	}
	(void)sc_buf_putc(out, '"');
}
