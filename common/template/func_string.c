/* sprig's functions of strings, but those that change case. */
#include "config.h"

#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/random.h"
#include "template/internal.h"

/* Argument i as text. */
#define P(i) (c->arg[i]->u.s.p)
#define N(i) (c->arg[i]->u.s.n)
#define INT(k) (c->arg[k]->u.i)

static struct sc_tpl_val *
slice_of(struct sc_tpl_call *c, const char *p, size_t n)
{
	return sc_tpl_stringn(c->d, p, n);
}

static struct sc_tpl_val *
hello(struct sc_tpl_call *c)
{
	return sc_tpl_string(c->d, "Hello!");
}

static bool
in_set(const char *set, size_t n, char ch)
{
	return n > 0 && memchr(set, ch, n) != NULL;
}

static struct sc_tpl_val *
trim_set(struct sc_tpl_call *c, const struct sc_tpl_val *v, const char *set,
    size_t n)
{
	const char *p = v->u.s.p, *end = p + v->u.s.n;

	while (p < end && in_set(set, n, *p))
		p++;
	while (end > p && in_set(set, n, end[-1]))
		end--;
	return slice_of(c, p, (size_t)(end - p));
}

static struct sc_tpl_val *
trim(struct sc_tpl_call *c)
{
	return trim_set(c, c->arg[0], " \t\n\v\f\r", 6);
}

static struct sc_tpl_val *
trim_all(struct sc_tpl_call *c)
{
	return trim_set(c, c->arg[1], P(0), N(0));
}

static bool
starts(const struct sc_tpl_val *v, const struct sc_tpl_val *with)
{
	return v->u.s.n >= with->u.s.n &&
	    memcmp(v->u.s.p, with->u.s.p, with->u.s.n) == 0;
}

static bool
ends(const struct sc_tpl_val *v, const struct sc_tpl_val *with)
{
	return v->u.s.n >= with->u.s.n &&
	    memcmp(v->u.s.p + v->u.s.n - with->u.s.n, with->u.s.p,
		with->u.s.n) == 0;
}

static struct sc_tpl_val *
trim_prefix(struct sc_tpl_call *c)
{
	size_t n = starts(c->arg[1], c->arg[0]) ? N(0) : 0;

	return slice_of(c, P(1) + n, N(1) - n);
}

static struct sc_tpl_val *
trim_suffix(struct sc_tpl_call *c)
{
	return slice_of(
	    c, P(1), N(1) - (ends(c->arg[1], c->arg[0]) ? N(0) : 0));
}

static struct sc_tpl_val *
has_prefix(struct sc_tpl_call *c)
{
	return sc_tpl_bool(c->d, starts(c->arg[1], c->arg[0]));
}

static struct sc_tpl_val *
has_suffix(struct sc_tpl_call *c)
{
	return sc_tpl_bool(c->d, ends(c->arg[1], c->arg[0]));
}

static const char *
find(const char *p, size_t n, const char *what, size_t m)
{
	return m == 0 ? p : m > n ? NULL : memmem(p, n, what, m);
}

static struct sc_tpl_val *
contains(struct sc_tpl_call *c)
{
	return sc_tpl_spend(c->d, N(1) / 64)
	    ? sc_tpl_bool(c->d, find(P(1), N(1), P(0), N(0)) != NULL)
	    : NULL;
}

static struct sc_tpl_val *
substr(struct sc_tpl_call *c)
{
	int64_t start = INT(0), end = INT(1), n = (int64_t)N(2);

	if (start < 0) {
		start = 0;
	} else if (end < 0 || end > n) {
		end = n;
	}
	if (start > end || end > n || end < 0)
		return sc_tpl_fail(c->x, "slice bounds out of range");
	return slice_of(c, P(2) + start, (size_t)(end - start));
}

static struct sc_tpl_val *
trunc_to(struct sc_tpl_call *c)
{
	int64_t n = INT(0), all = (int64_t)N(1);

	if (n < 0 && n > -all)
		return slice_of(c, P(1) + all + n, (size_t)-n);
	if (n >= 0 && n < all)
		return slice_of(c, P(1), (size_t)n);
	return c->arg[1];
}

static struct sc_tpl_val *
repeat(struct sc_tpl_call *c)
{
	struct sc_buf *b;
	int64_t i;

	if (INT(0) < 0)
		return sc_tpl_fail(c->x, "strings: negative Repeat count");
	b = sc_tpl_buf();
	for (i = 0; N(1) > 0 && i < INT(0) && sc_buf_error(b) == 0; i++)
		(void)sc_buf_put(b, P(1), N(1));
	return sc_tpl_take(c->d, b);
}

/* What is left of s after a rune; of no rune when s is empty. */
static void
replace_empty(
    struct sc_buf *b, const char *s, size_t n, const char *with, size_t m)
{
	size_t i, len;

	(void)sc_buf_put(b, with, m);
	for (i = 0; i < n; i += len) {
		(void)sc_tpl_rune(s + i, n - i, &len);
		(void)sc_buf_put(b, s + i, len);
		(void)sc_buf_put(b, with, m);
	}
}

static void
replace_text(struct sc_buf *b, const char *s, size_t n, const char *what,
    size_t w, const char *with, size_t m)
{
	const char *end = s + n, *p;

	if (w == 0) {
		replace_empty(b, s, n, with, m);
		return;
	}
	while ((p = find(s, (size_t)(end - s), what, w)) != NULL &&
	    sc_buf_error(b) == 0) {
		(void)sc_buf_put(b, s, (size_t)(p - s));
		(void)sc_buf_put(b, with, m);
		s = p + w;
	}
	(void)sc_buf_put(b, s, (size_t)(end - s));
}

static struct sc_tpl_val *
replace(struct sc_tpl_call *c)
{
	struct sc_buf *b = sc_tpl_buf();

	replace_text(b, P(2), N(2), P(0), N(0), P(1), N(1));
	return sc_tpl_take(c->d, b);
}

/* indent, nindent */
static struct sc_tpl_val *
indent(struct sc_tpl_call *c)
{
	struct sc_buf *b, *with;
	int64_t i;

	if (INT(0) < 0)
		return sc_tpl_fail(c->x, "strings: negative Repeat count");
	b = sc_tpl_buf();
	with = sc_tpl_buf();
	(void)sc_buf_putc(with, '\n');
	for (i = 0; i < INT(0) && sc_buf_putc(with, ' ') == 0; i++)
		;
	if (sc_buf_error(with) == 0) {
		if (c->fn->name[0] == 'n')
			(void)sc_buf_putc(b, '\n');
		(void)sc_buf_put(
		    b, sc_buf_data(with) + 1, sc_buf_len(with) - 1);
		replace_text(
		    b, P(1), N(1), "\n", 1, sc_buf_str(with), sc_buf_len(with));
	} else {
		(void)sc_buf_reserve(b, SIZE_MAX);
	}
	sc_buf_free(with);
	return sc_tpl_take(c->d, b);
}

static struct sc_tpl_val *
quote(struct sc_tpl_call *c)
{
	struct sc_buf *b = sc_tpl_buf();
	bool single = c->fn->name[0] == 's';
	struct sc_tpl_val *v;
	size_t i, n = 0;

	for (i = 0; i < c->n; i++) {
		if (c->arg[i]->kind == SC_TPL_NIL)
			continue;
		if (n++ > 0)
			(void)sc_buf_putc(b, ' ');
		if (single) {
			(void)sc_buf_putc(b, '\'');
			sc_tpl_print(c->d, b, c->arg[i]);
			(void)sc_buf_putc(b, '\'');
		} else if ((v = sc_tpl_text(c->d, c->arg[i])) != NULL) {
			sc_tpl_quote(b, v->u.s.p, v->u.s.n);
		}
	}
	return sc_tpl_take(c->d, b);
}

static struct sc_tpl_val *
cat(struct sc_tpl_call *c)
{
	struct sc_buf *b = sc_tpl_buf();
	size_t i, n = 0;

	for (i = 0; i < c->n; i++) {
		if (c->arg[i]->kind == SC_TPL_NIL)
			continue;
		if (n++ > 0)
			(void)sc_buf_putc(b, ' ');
		sc_tpl_print(c->d, b, c->arg[i]);
	}
	return sc_tpl_take(c->d, b);
}

static struct sc_tpl_val *
plural(struct sc_tpl_call *c)
{
	return c->arg[INT(2) == 1 ? 0 : 1];
}

static struct sc_tpl_val *
to_string(struct sc_tpl_call *c)
{
	return sc_tpl_text(c->d, c->arg[0]);
}

/* A list of the texts of a value's items, or of the value itself. */
static struct sc_tpl_val *
texts(struct sc_tpl_call *c, struct sc_tpl_val *v)
{
	struct sc_tpl_val *list = sc_tpl_list(c->d, "[]string");
	size_t i;

	if (v->kind == SC_TPL_LIST) {
		for (i = 0; i < v->u.l.n; i++)
			if (v->u.l.v[i]->kind != SC_TPL_NIL)
				sc_tpl_list_add(
				    c->d, list, sc_tpl_text(c->d, v->u.l.v[i]));
	} else if (v->kind != SC_TPL_NIL) {
		sc_tpl_list_add(c->d, list, sc_tpl_text(c->d, v));
	}
	return list;
}

static struct sc_tpl_val *
to_strings(struct sc_tpl_call *c)
{
	return texts(c, c->arg[0]);
}

static struct sc_tpl_val *
join(struct sc_tpl_call *c)
{
	struct sc_tpl_val *list = texts(c, c->arg[1]);
	struct sc_buf *b;
	size_t i;

	if (list == NULL)
		return NULL;
	b = sc_tpl_buf();
	for (i = 0; i < list->u.l.n; i++) {
		if (i > 0)
			(void)sc_buf_put(b, P(0), N(0));
		(void)sc_buf_put(
		    b, list->u.l.v[i]->u.s.p, list->u.l.v[i]->u.s.n);
	}
	return sc_tpl_take(c->d, b);
}

/* strings.SplitN: most < 0 is all. */
static struct sc_tpl_val *
split_text(struct sc_tpl_call *c, const struct sc_tpl_val *sep,
    const struct sc_tpl_val *s, int64_t most)
{
	struct sc_tpl_val *list = sc_tpl_list(c->d, "[]string");
	const char *p = s->u.s.p, *end = p + s->u.s.n, *at;
	size_t len;

	while (most != 0) {
		len = 0;
		if (most == 1) {
			at = NULL;
		} else if (sep->u.s.n > 0) {
			at = find(p, (size_t)(end - p), sep->u.s.p, sep->u.s.n);
		} else {
			if (p == end)
				return list;
			(void)sc_tpl_rune(p, (size_t)(end - p), &len);
			at = p + len < end ? p + len : NULL;
		}
		if (at == NULL)
			break;
		sc_tpl_list_add(c->d, list, slice_of(c, p, (size_t)(at - p)));
		p = at + sep->u.s.n;
		most--;
		if (sc_tpl_data_error(c->d) != 0)
			return NULL;
	}
	if (most != 0)
		sc_tpl_list_add(c->d, list, slice_of(c, p, (size_t)(end - p)));
	return list;
}

static struct sc_tpl_val *
split_list(struct sc_tpl_call *c)
{
	return split_text(c, c->arg[0], c->arg[1], -1);
}

/* split, splitn: a map with the members _0, _1 ... */
static struct sc_tpl_val *
split(struct sc_tpl_call *c)
{
	bool some = c->n == 3;
	struct sc_tpl_val *list = split_text(c, c->arg[0], c->arg[some ? 2 : 1],
			      some ? INT(1) : -1),
			  *map = sc_tpl_map(c->d);
	struct sc_buf *key = sc_buf_new(32);
	size_t i;

	for (i = 0; list != NULL && map != NULL && i < list->u.l.n; i++) {
		sc_buf_reset(key);
		if (sc_buf_putf(key, "_%zu", i) == 0)
			sc_tpl_map_set(
			    c->d, map, sc_buf_str(key), list->u.l.v[i]);
	}
	sc_buf_free(key);
	return sc_tpl_data_error(c->d) == 0 ? map : NULL;
}

static void
put_abbreviated(
    struct sc_buf *b, const char *s, int64_t n, int64_t offset, int64_t width)
{
	if (n <= width) {
		(void)sc_buf_put(b, s, (size_t)n);
		return;
	}
	if (offset > n)
		offset = n;
	if (n - offset < width - 3)
		offset = n - (width - 3);
	if (offset <= 4) {
		(void)sc_buf_put(b, s, (size_t)(width - 3));
		(void)sc_buf_puts(b, "...");
		return;
	}
	if (width < 7)
		return;
	(void)sc_buf_puts(b, "...");
	if (offset + width - 3 < n)
		put_abbreviated(b, s + offset, n - offset, 0, width - 3);
	else
		(void)sc_buf_put(b, s + n - (width - 3), (size_t)(width - 3));
}

static struct sc_tpl_val *
abbrev(struct sc_tpl_call *c)
{
	bool both = c->n == 3;
	int64_t left = both ? INT(0) : 0, width = both ? INT(1) : INT(0);
	struct sc_tpl_val *s = c->arg[both ? 2 : 1];
	struct sc_buf *b;

	if (width < 4 || (left > 0 && width < 7))
		return s;
	b = sc_tpl_buf();
	put_abbreviated(b, s->u.s.p, (int64_t)s->u.s.n,
	    left < INT32_MAX ? left : INT32_MAX, width);
	return sc_tpl_take(c->d, b);
}

static const char *
last_space(const char *s, size_t n)
{
	while (n-- > 0)
		if (s[n] == ' ')
			return s + n;
	return NULL;
}

static void
put_wrapped(struct sc_buf *b, const char *s, size_t n, size_t width,
    const char *line, size_t line_n, bool long_words)
{
	const char *end = s + n, *at;

	while ((size_t)(end - s) > width && sc_buf_error(b) == 0) {
		if (*s == ' ') {
			s++;
			continue;
		}
		if ((at = last_space(s, width + 1)) == NULL && !long_words)
			at = memchr(s + width, ' ', (size_t)(end - s) - width);
		if (at != NULL) {
			(void)sc_buf_put(b, s, (size_t)(at - s));
			s = at + 1;
		} else if (long_words) {
			(void)sc_buf_put(b, s, width);
			s += width;
		} else {
			break;
		}
		(void)sc_buf_put(b, line, line_n);
	}
	(void)sc_buf_put(b, s, (size_t)(end - s));
}

static struct sc_tpl_val *
wrap(struct sc_tpl_call *c)
{
	bool with = c->n == 3;
	size_t width = INT(0) < 1 ? 1 : (size_t)INT(0);
	struct sc_tpl_val *s = c->arg[with ? 2 : 1];
	struct sc_buf *b = sc_tpl_buf();

	if (with && N(1) > 0)
		put_wrapped(b, s->u.s.p, s->u.s.n, width, P(1), N(1), true);
	else
		put_wrapped(b, s->u.s.p, s->u.s.n, width, "\n", 1, with);
	return sc_tpl_take(c->d, b);
}

/* n characters of a set, each as likely as the others. */
static struct sc_tpl_val *
random_text(struct sc_tpl_call *c, const char *set, int64_t n)
{
	struct sc_buf *b = sc_tpl_buf();
	size_t m = strlen(set);
	unsigned char r;

	while (n > 0 && sc_buf_error(b) == 0) {
		if (sc_random(&r, 1) != 0) {
			sc_buf_free(b);
			return sc_tpl_fail(c->x, "no random numbers");
		}
		if (r >= 256 / m * m)
			continue;
		(void)sc_buf_putc(b, set[r % m]);
		n--;
	}
	return sc_tpl_take(c->d, b);
}

#define DIGITS "0123456789"
#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

static struct sc_tpl_val *
rand_alpha_num(struct sc_tpl_call *c)
{
	return random_text(c, DIGITS LETTERS, INT(0));
}

static struct sc_tpl_val *
rand_alpha(struct sc_tpl_call *c)
{
	return random_text(c, LETTERS, INT(0));
}

static struct sc_tpl_val *
rand_numeric(struct sc_tpl_call *c)
{
	return random_text(c, DIGITS, INT(0));
}

static struct sc_tpl_val *
rand_ascii(struct sc_tpl_call *c)
{
	return random_text(
	    c, " !\"#$%&'()*+,-./" DIGITS ":;<=>?@[\\]^_`{|}~" LETTERS, INT(0));
}

static struct sc_tpl_val *
uuid(struct sc_tpl_call *c)
{
	char text[37];

	if (sc_uuid4(text) != 0)
		return sc_tpl_fail(c->x, "no random numbers");
	return sc_tpl_string(c->d, text);
}

const struct sc_tpl_func sc_tpl_funcs_string[] = {
    {"hello", "", hello},
    {"trim", "s", trim},
    {"trimAll", "ss", trim_all},
    {"trimall", "ss", trim_all},
    {"trimPrefix", "ss", trim_prefix},
    {"trimSuffix", "ss", trim_suffix},
    {"hasPrefix", "ss", has_prefix},
    {"hasSuffix", "ss", has_suffix},
    {"contains", "ss", contains},
    {"substr", "iis", substr},
    {"trunc", "is", trunc_to},
    {"repeat", "is", repeat},
    {"replace", "sss", replace},
    {"indent", "is", indent},
    {"nindent", "is", indent},
    {"quote", "a*", quote},
    {"squote", "a*", quote},
    {"cat", "a*", cat},
    {"plural", "ssi", plural},
    {"toString", "a", to_string},
    {"toStrings", "a", to_strings},
    {"join", "sa", join},
    {"splitList", "ss", split_list},
    {"split", "ss", split},
    {"splitn", "sis", split},
    {"abbrev", "is", abbrev},
    {"abbrevboth", "iis", abbrev},
    {"wrap", "is", wrap},
    {"wrapWith", "iss", wrap},
    {"randAlphaNum", "i", rand_alpha_num},
    {"randAlpha", "i", rand_alpha},
    {"randNumeric", "i", rand_numeric},
    {"randAscii", "i", rand_ascii},
    {"uuidv4", "", uuid},
    {0},
};
