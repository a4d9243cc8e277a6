#include "config.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/encode.h"
#include "base/err.h"
#include "base/json_check.h"
#include "base/limits.h"
#include "base/mem.h"

/* A member name; of an object that is still open. */
struct name {
	const char *p; /* decoded; borrowed from the text, or owned */
	size_t n;
	size_t at; /* where it stands in the text */
	char *owned;
};

struct checker {
	const char *s;
	size_t n;
	size_t at;
	unsigned depth;
	struct name *names; /* a stack: inner objects pop theirs */
	size_t nnames;
	size_t room;
	struct sc_error *e;
};

static int value(struct checker *c);

static int
fail_at(struct checker *c, int code, size_t at, const char *what)
{
	size_t i, line = 1, column = 1;

	for (i = 0; i < at && i < c->n; i++) {
		column++;
		if (c->s[i] == '\n') {
			line++;
			column = 1;
		}
	}
	return sc_fail(c->e, code, "invalid JSON: line %zu column %zu: %s",
	    line, column, what);
}

static int
bad(struct checker *c, const char *what)
{
	return fail_at(c, SC_ERR_MALFORMED, c->at,
	    c->at >= c->n ? "unexpected end" : what);
}

/* The next character, '\0' at the end (a NUL in the text fits nowhere). */
static char
peek(const struct checker *c)
{
	return c->at < c->n ? c->s[c->at] : '\0';
}

static void
skip_space(struct checker *c)
{
	while (c->at < c->n && c->s[c->at] != '\0' &&
	    strchr(" \t\r\n", c->s[c->at]) != NULL)
		c->at++;
}

/* The four digits of a \u escape; -1 if they are not there. */
static int32_t
get_hex4(struct checker *c)
{
	int32_t v = 0;
	int i, d;

	for (i = 0; i < 4; i++) {
		d = sc_hex_digit(peek(c));
		if (d < 0)
			return -1;
		v = v << 4 | d;
		c->at++;
	}
	return v;
}

static void
put_utf8(struct sc_buf *out, uint32_t v)
{
	if (v < 0x80) {
		(void)sc_buf_put_u8(out, (uint8_t)v);
		return;
	}
	if (v < 0x800) {
		(void)sc_buf_put_u8(out, (uint8_t)(0xc0 | v >> 6));
	} else if (v < 0x10000) {
		(void)sc_buf_put_u8(out, (uint8_t)(0xe0 | v >> 12));
		(void)sc_buf_put_u8(out, (uint8_t)(0x80 | (v >> 6 & 0x3f)));
	} else {
		(void)sc_buf_put_u8(out, (uint8_t)(0xf0 | v >> 18));
		(void)sc_buf_put_u8(out, (uint8_t)(0x80 | (v >> 12 & 0x3f)));
		(void)sc_buf_put_u8(out, (uint8_t)(0x80 | (v >> 6 & 0x3f)));
	}
	(void)sc_buf_put_u8(out, (uint8_t)(0x80 | (v & 0x3f)));
}

/* Behind "\u".  Surrogates only as a pair, in order; no U+0000. */
static int
unicode_escape(struct checker *c, struct sc_buf *out)
{
	int32_t v, low;

	v = get_hex4(c);
	if (v < 0)
		return bad(c, "\\u needs four hex digits");
	if (v == 0)
		return bad(c, "NUL in a string");
	if (v >= 0xdc00 && v <= 0xdfff)
		return bad(c, "lone surrogate");
	if (v >= 0xd800 && v <= 0xdbff) {
		if (peek(c) != '\\' || c->n - c->at < 2 ||
		    c->s[c->at + 1] != 'u')
			return bad(c, "lone surrogate");
		c->at += 2;
		low = get_hex4(c);
		if (low < 0xdc00 || low > 0xdfff)
			return bad(c, "lone surrogate");
		v = 0x10000 + ((v - 0xd800) << 10 | (low - 0xdc00));
	}
	if (out != NULL)
		put_utf8(out, (uint32_t)v);
	return 0;
}

/* Behind a backslash. */
static int
escape(struct checker *c, struct sc_buf *out)
{
	static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
	const char *p;
	char k;

	k = peek(c);
	if (k == 'u') {
		c->at++;
		return unicode_escape(c, out);
	}
	p = k == '\0' ? NULL : strchr(from, k);
	if (p == NULL)
		return bad(c, "unknown escape");
	c->at++;
	if (out != NULL)
		(void)sc_buf_putc(out, to[p - from]);
	return 0;
}

/* How many characters from the current one on stand for themselves in ASCII. */
static size_t
plain_run(const struct checker *c)
{
	const unsigned char *p = (const unsigned char *)c->s + c->at;
	size_t i, n = c->n - c->at;

	for (i = 0; i < n; i++)
		if (p[i] < ' ' || p[i] >= 0x80 || p[i] == '"' || p[i] == '\\')
			break;
	return i;
}

/*
 * At the opening quote.  out (NULL = only check) gets the decoded text;
 * *escaped tells whether it differs from the spelling.
 */
static int
string(struct checker *c, struct sc_buf *out, bool *escaped)
{
	size_t n;
	int r;

	*escaped = false;
	for (c->at++; peek(c) != '"'; c->at += n) {
		if (c->at >= c->n)
			return bad(c, "unexpected end");
		n = 0;
		if (c->s[c->at] == '\\') {
			*escaped = true;
			c->at++;
			r = escape(c, out);
			if (r != 0)
				return r;
			continue;
		}
		if ((unsigned char)c->s[c->at] < ' ')
			return bad(c, "control character in a string");
		if ((n = plain_run(c)) == 0)
			n = sc_utf8_sequence(c->s + c->at, c->n - c->at);
		if (n == 0)
			return fail_at(c, SC_ERR_MALFORMED, c->at, "not UTF-8");
		if (out != NULL)
			(void)sc_buf_put(out, c->s + c->at, n);
	}
	c->at++;
	return 0;
}

static int
digits(struct checker *c)
{
	size_t start = c->at;

	while (peek(c) >= '0' && peek(c) <= '9') {
		/* Stop early: the whole number is measured by the caller. */
		if (c->at - start > SC_MAX_JSON_NUMBER)
			return fail_at(
			    c, SC_ERR_MALFORMED, start, "number too long");
		c->at++;
	}
	return c->at > start ? 0 : bad(c, "digit expected");
}

static int
number(struct checker *c)
{
	size_t start = c->at;
	int r;

	if (peek(c) == '-')
		c->at++;
	if (peek(c) == '0')
		c->at++;
	else if ((r = digits(c)) != 0)
		return r;
	if (peek(c) == '.') {
		c->at++;
		if ((r = digits(c)) != 0)
			return r;
	}
	if (peek(c) == 'e' || peek(c) == 'E') {
		c->at++;
		if (peek(c) == '+' || peek(c) == '-')
			c->at++;
		if ((r = digits(c)) != 0)
			return r;
	}
	if (c->at - start > SC_MAX_JSON_NUMBER)
		return fail_at(c, SC_ERR_MALFORMED, start, "number too long");
	return 0;
}

static int
word(struct checker *c, const char *w)
{
	size_t n = strlen(w);

	if (c->n - c->at < n || strncmp(c->s + c->at, w, n) != 0)
		return bad(c, "unknown word");
	c->at += n;
	return 0;
}

static int
push_name(struct checker *c, const struct name *name)
{
	struct name *p;
	size_t room;

	if (c->nnames == c->room) {
		room = c->room == 0 ? 16 : c->room * 2;
		p = sc_reallocarray(c->names, room, sizeof(*p));
		if (p == NULL)
			return sc_fail_nomem(c->e);
		c->names = p;
		c->room = room;
	}
	c->names[c->nnames++] = *name;
	return 0;
}

static void
pop_names(struct checker *c, size_t first)
{
	while (c->nnames > first)
		free(c->names[--c->nnames].owned);
}

/* Decode the name that stands at text position from. */
static int
decode_name(struct checker *c, size_t from, struct name *name)
{
	struct checker again = *c;
	struct sc_buf *b;
	bool escaped;

	b = sc_buf_new(c->at - from);
	again.at = from;
	if (b == NULL || string(&again, b, &escaped) != 0 ||
	    sc_buf_error(b) != 0) {
		sc_buf_free(b);
		return sc_fail_nomem(c->e);
	}
	name->owned = sc_buf_steal(b, &name->n);
	name->p = name->owned;
	return 0;
}

static int
member_name(struct checker *c)
{
	struct name name = {NULL, 0, c->at, NULL};
	bool escaped;
	int r;

	if (peek(c) != '"')
		return bad(c, "member name expected");
	r = string(c, NULL, &escaped);
	if (r != 0)
		return r;
	name.p = c->s + name.at + 1;
	name.n = c->at - name.at - 2;
	if (escaped && (r = decode_name(c, name.at, &name)) != 0)
		return r;
	r = push_name(c, &name);
	if (r != 0)
		free(name.owned);
	return r;
}

static int
compare_names(const void *va, const void *vb)
{
	const struct name *a = va, *b = vb;

	if (a->n != b->n)
		return a->n < b->n ? -1 : 1;
	return memcmp(a->p, b->p, a->n);
}

/*
 * Sorted rather than hashed: no choice of names makes this slow.
 */
static int
check_names(struct checker *c, size_t first)
{
	struct name *v;
	size_t i, n = c->nnames - first, at;

	if (n < 2)
		return 0;
	v = c->names + first;
	qsort(v, n, sizeof(*v), compare_names);
	for (i = 1; i < n; i++) {
		if (compare_names(&v[i - 1], &v[i]) != 0)
			continue;
		at = v[i].at > v[i - 1].at ? v[i].at : v[i - 1].at;
		return fail_at(c, SC_ERR_MALFORMED, at, "duplicate member");
	}
	return 0;
}

static int
member(struct checker *c)
{
	int r;

	r = member_name(c);
	if (r != 0)
		return r;
	skip_space(c);
	if (peek(c) != ':')
		return bad(c, "':' expected");
	c->at++;
	return value(c);
}

/* The items of an array or object, from behind its opening bracket. */
static int
items(struct checker *c, char close, int (*item)(struct checker *))
{
	int r;

	skip_space(c);
	if (peek(c) == close) {
		c->at++;
		return 0;
	}
	for (;;) {
		skip_space(c);
		r = item(c);
		if (r != 0)
			return r;
		skip_space(c);
		if (peek(c) == close) {
			c->at++;
			return 0;
		}
		if (peek(c) != ',')
			return bad(c, "',' or closing bracket expected");
		c->at++;
	}
}

static int
container(struct checker *c)
{
	size_t first = c->nnames;
	int r;

	if (c->depth >= SC_MAX_JSON_DEPTH)
		return fail_at(c, SC_ERR_TOO_LARGE, c->at, "nested too deep");
	c->depth++;
	if (c->s[c->at++] == '[') {
		r = items(c, ']', value);
	} else {
		r = items(c, '}', member);
		if (r == 0)
			r = check_names(c, first);
		pop_names(c, first);
	}
	c->depth--;
	return r;
}

static int
value(struct checker *c)
{
	bool escaped;

	skip_space(c);
	switch (peek(c)) {
	case '{':
	case '[':
		return container(c);
	case '"':
		return string(c, NULL, &escaped);
	case 't':
		return word(c, "true");
	case 'f':
		return word(c, "false");
	case 'n':
		return word(c, "null");
	case '-':
	case '0':
	case '1':
	case '2':
	case '3':
	case '4':
	case '5':
	case '6':
	case '7':
	case '8':
	case '9':
		return number(c);
	default:
		return bad(c, "value expected");
	}
}

int
sc_json_check(const char *s, size_t n, int first_only, size_t *start,
    size_t *end, struct sc_error *e)
{
	struct checker c = {s, n, 0, 0, NULL, 0, 0, e};
	int r;

	skip_space(&c);
	*start = c.at;
	r = value(&c);
	*end = c.at;
	if (r == 0 && !first_only) {
		skip_space(&c);
		if (c.at < c.n)
			r = bad(&c, "text behind the value");
	}
	pop_names(&c, 0);
	free(c.names);
	return r;
}
