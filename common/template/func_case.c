/* sprig's functions that change the case of letters. */
#include "config.h"

#include <string.h>

#include "base/buf.h"
#include "template/internal.h"

/* Latin, Greek and Cyrillic: the scripts in which names are mostly written. */
static uint32_t
lower_rune(uint32_t r)
{
	if (r >= 'A' && r <= 'Z')
		return r + 32;
	if (r < 0x80)
		return r;
	if ((r >= 0xc0 && r <= 0xde && r != 0xd7) ||
	    (r >= 0x391 && r <= 0x3ab && r != 0x3a2) ||
	    (r >= 0x410 && r <= 0x42f))
		return r + 32;
	if (r >= 0x400 && r <= 0x40f)
		return r + 80;
	if (r == 0x178)
		return 0xff;
	if ((r >= 0x100 && r <= 0x12f) || (r >= 0x132 && r <= 0x137) ||
	    (r >= 0x14a && r <= 0x177) || (r >= 0x460 && r <= 0x481) ||
	    (r >= 0x1e00 && r <= 0x1e95))
		return r | 1;
	if ((r >= 0x139 && r <= 0x148) || (r >= 0x179 && r <= 0x17e))
		return r + (r & 1);
	return r;
}

static uint32_t
upper_rune(uint32_t r)
{
	static const uint32_t away[] = {32, 80, 1};
	size_t i;

	if (r >= 'a' && r <= 'z')
		return r - 32;
	if (r < 0x80)
		return r;
	if (r == 0xff)
		return 0x178;
	if (r == 0xb5)
		return 0x39c;
	for (i = 0; i < sizeof(away) / sizeof(away[0]); i++)
		if (lower_rune(r - away[i]) == r && lower_rune(r) == r)
			return r - away[i];
	return r;
}

static bool
is_upper(uint32_t r)
{
	return lower_rune(r) != r;
}

static bool
is_lower(uint32_t r)
{
	return upper_rune(r) != r;
}

static bool
is_space(uint32_t r)
{
	return r == ' ' || (r >= '\t' && r <= '\r') || r == 0x85 || r == 0xa0;
}

static void
put(struct sc_buf *b, uint32_t r)
{
	char utf8[4];

	(void)sc_buf_put(b, utf8, sc_tpl_put_rune(utf8, r));
}

/* What a mapping knows of the place it is at. */
struct place {
	uint32_t before; /* 0 at the start */
	bool word; /* a word has begun */
};
typedef uint32_t mapping(uint32_t r, struct place *p);

static struct sc_tpl_val *
map(struct sc_tpl_call *c, mapping *fn)
{
	const char *s = c->arg[0]->u.s.p;
	size_t n = c->arg[0]->u.s.n, i, len;
	struct sc_buf *b = sc_tpl_buf();
	struct place p = {0};
	uint32_t r;

	for (i = 0; i < n; i += len) {
		r = sc_tpl_rune(s + i, n - i, &len);
		put(b, fn(r, &p));
		p.before = r;
	}
	return sc_tpl_take(c->d, b);
}

static uint32_t
to_lower(uint32_t r, struct place *p)
{
	(void)p;
	return lower_rune(r);
}

static uint32_t
to_upper(uint32_t r, struct place *p)
{
	(void)p;
	return upper_rune(r);
}

/* strings.Title: a letter behind what is neither letter, digit nor '_'. */
static uint32_t
to_title(uint32_t r, struct place *p)
{
	uint32_t q = p->before;
	bool inside = is_upper(q) || is_lower(q) || (q >= '0' && q <= '9') ||
	    q == '_' || q == '\'' || q >= 0x80;

	if (q == '\'')
		inside = false;
	return inside ? r : upper_rune(r);
}

static uint32_t
to_untitle(uint32_t r, struct place *p)
{
	if (is_space(r)) {
		p->word = false;
		return r;
	}
	if (p->word)
		return r;
	p->word = true;
	return lower_rune(r);
}

static uint32_t
swap(uint32_t r, struct place *p)
{
	if (is_upper(r)) {
		p->word = true;
		return lower_rune(r);
	}
	if (is_lower(r)) {
		p->word = true;
		return upper_rune(r);
	}
	p->word = !is_space(r);
	return r;
}

static struct sc_tpl_val *
upper(struct sc_tpl_call *c)
{
	return map(c, to_upper);
}

static struct sc_tpl_val *
lower(struct sc_tpl_call *c)
{
	return map(c, to_lower);
}

static struct sc_tpl_val *
title(struct sc_tpl_call *c)
{
	return map(c, to_title);
}

static struct sc_tpl_val *
untitle(struct sc_tpl_call *c)
{
	return map(c, to_untitle);
}

static struct sc_tpl_val *
swapcase(struct sc_tpl_call *c)
{
	return map(c, swap);
}

static struct sc_tpl_val *
nospace(struct sc_tpl_call *c)
{
	const char *s = c->arg[0]->u.s.p;
	size_t n = c->arg[0]->u.s.n, i;
	struct sc_buf *b = sc_tpl_buf();

	for (i = 0; i < n; i++)
		if (!is_space((unsigned char)s[i]) || (unsigned char)s[i] > 127)
			(void)sc_buf_putc(b, s[i]);
	return sc_tpl_take(c->d, b);
}

static struct sc_tpl_val *
initials(struct sc_tpl_call *c)
{
	const char *s = c->arg[0]->u.s.p;
	size_t n = c->arg[0]->u.s.n, i, len;
	struct sc_buf *b = sc_tpl_buf();
	bool gap = true;
	uint32_t r;

	for (i = 0; i < n; i += len) {
		r = sc_tpl_rune(s + i, n - i, &len);
		if (is_space(r)) {
			gap = true;
		} else if (gap) {
			put(b, r);
			gap = false;
		}
	}
	return sc_tpl_take(c->d, b);
}

static bool
is_connector(uint32_t r)
{
	return r == '-' || r == '_' || is_space(r);
}

/*
 * A new word begins behind a connector, at a capital behind a small letter or
 * digit, and at the last capital of a run when a small letter follows.
 */
static struct sc_tpl_val *
lower_words(struct sc_tpl_call *c, char connector)
{
	const char *s = c->arg[0]->u.s.p;
	size_t n = c->arg[0]->u.s.n, i, len, skip;
	struct sc_buf *b = sc_tpl_buf();
	uint32_t r, before = 0, next;

	for (i = 0; i < n; i += len) {
		r = sc_tpl_rune(s + i, n - i, &len);
		next = i + len < n
		    ? sc_tpl_rune(s + i + len, n - i - len, &skip)
		    : 0;
		if (is_connector(r)) {
			put(b, (unsigned char)connector);
		} else {
			if (is_upper(r) && before != 0 &&
			    !is_connector(before) &&
			    (is_lower(before) ||
				(before >= '0' && before <= '9') ||
				(is_upper(before) && is_lower(next))))
				put(b, (unsigned char)connector);
			put(b, lower_rune(r));
		}
		before = r;
	}
	return sc_tpl_take(c->d, b);
}

static struct sc_tpl_val *
snakecase(struct sc_tpl_call *c)
{
	return lower_words(c, '_');
}

static struct sc_tpl_val *
kebabcase(struct sc_tpl_call *c)
{
	return lower_words(c, '-');
}

/* Leading connectors stay; each word has a capital and then small letters. */
static struct sc_tpl_val *
camelcase(struct sc_tpl_call *c)
{
	const char *s = c->arg[0]->u.s.p;
	size_t n = c->arg[0]->u.s.n, i, len;
	struct sc_buf *b = sc_tpl_buf();
	bool begun = false, start = true;
	uint32_t r;

	for (i = 0; i < n; i += len) {
		r = sc_tpl_rune(s + i, n - i, &len);
		if (is_connector(r)) {
			if (!begun || i + len == n)
				put(b, r);
			start = true;
			continue;
		}
		put(b, start ? upper_rune(r) : lower_rune(r));
		begun = true;
		start = false;
	}
	return sc_tpl_take(c->d, b);
}

const struct sc_tpl_func sc_tpl_funcs_case[] = {
    {"upper", "s", upper},
    {"lower", "s", lower},
    {"title", "s", title},
    {"untitle", "s", untitle},
    {"swapcase", "s", swapcase},
    {"nospace", "s", nospace},
    {"initials", "s", initials},
    {"snakecase", "s", snakecase},
    {"kebabcase", "s", kebabcase},
    {"camelcase", "s", camelcase},
    {0},
};
