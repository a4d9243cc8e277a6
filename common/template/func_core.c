/* The functions that text/template itself has. */
#include "config.h"

#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "template/internal.h"

/* and, or: never called, the evaluator does them. */
static struct sc_tpl_val *
by_evaluator(struct sc_tpl_call *c)
{
	return sc_tpl_fail(c->x, "%s is not called", c->fn->name);
}

static struct sc_tpl_val *
negate(struct sc_tpl_call *c)
{
	return sc_tpl_bool(c->d, !sc_tpl_truth(c->arg[0]));
}

static struct sc_tpl_val *
len(struct sc_tpl_call *c)
{
	const struct sc_tpl_val *v = c->arg[0];

	switch (v->kind) {
	case SC_TPL_STRING:
	case SC_TPL_BYTES:
		return sc_tpl_int(c->d, (int64_t)v->u.s.n);
	case SC_TPL_LIST:
		return sc_tpl_int(c->d, (int64_t)v->u.l.n);
	case SC_TPL_MAP:
		return sc_tpl_int(c->d, (int64_t)v->u.m.n);
	case SC_TPL_NIL:
		return sc_tpl_fail(c->x, "len of nil pointer");
	case SC_TPL_BOOL:
	case SC_TPL_INT:
	case SC_TPL_INT64:
	case SC_TPL_FLOAT:
	case SC_TPL_STRUCT:
	case SC_TPL_TIME:
	default:
		return sc_tpl_fail(c->x, "len of type %s", sc_tpl_type(v));
	}
}

static struct sc_tpl_val *
index_one(struct sc_tpl_call *c, struct sc_tpl_val *v, struct sc_tpl_val *at)
{
	const struct sc_tpl_entry *x;
	size_t n = v->kind == SC_TPL_LIST ? v->u.l.n : v->u.s.n;

	if (v->kind == SC_TPL_MAP) {
		if (at->kind != SC_TPL_STRING)
			return sc_tpl_fail(c->x,
			    "value has type %s; should be string",
			    sc_tpl_type(at));
		x = sc_tpl_find(v, at->u.s.p, at->u.s.n);
		return x != NULL ? x->v : sc_tpl_nil(c->d);
	}
	if (v->kind == SC_TPL_NIL)
		return sc_tpl_fail(c->x, "index of nil pointer");
	if (v->kind != SC_TPL_LIST && v->kind != SC_TPL_STRING &&
	    v->kind != SC_TPL_BYTES)
		return sc_tpl_fail(
		    c->x, "can't index item of type %s", sc_tpl_type(v));
	if (at->kind == SC_TPL_NIL)
		return sc_tpl_fail(c->x, "cannot index slice/array with nil");
	if (at->kind != SC_TPL_INT && at->kind != SC_TPL_INT64)
		return sc_tpl_fail(c->x,
		    "cannot index slice/array with type %s", sc_tpl_type(at));
	if (at->u.i < 0 || (uint64_t)at->u.i >= n)
		return sc_tpl_fail(
		    c->x, "index out of range: %lld", (long long)at->u.i);
	if (v->kind == SC_TPL_LIST)
		return v->u.l.v[at->u.i];
	return sc_tpl_int(c->d, (unsigned char)v->u.s.p[at->u.i]);
}

static struct sc_tpl_val *
index_of(struct sc_tpl_call *c)
{
	struct sc_tpl_val *v = c->arg[0];
	size_t i;

	if (v->kind == SC_TPL_NIL)
		return sc_tpl_fail(c->x, "index of untyped nil");
	for (i = 1; i < c->n && v != NULL; i++)
		v = index_one(c, v, c->arg[i]);
	return v;
}

/* Blanks between operands when neither is a string. */
static struct sc_tpl_val *
print(struct sc_tpl_call *c)
{
	struct sc_buf *b = sc_tpl_buf();
	bool line = c->fn->name[5] == 'l';
	size_t i;

	for (i = 0; i < c->n; i++) {
		if (i > 0 &&
		    (line ||
			(c->arg[i]->kind != SC_TPL_STRING &&
			    c->arg[i - 1]->kind != SC_TPL_STRING)))
			(void)sc_buf_putc(b, ' ');
		sc_tpl_print(c->d, b, c->arg[i]);
	}
	if (line)
		(void)sc_buf_putc(b, '\n');
	return sc_tpl_take(c->d, b);
}

static struct sc_tpl_val *
print_format(struct sc_tpl_call *c)
{
	struct sc_buf *b = sc_tpl_buf();

	sc_tpl_printf(
	    c->d, b, c->arg[0]->u.s.p, c->arg[0]->u.s.n, c->arg + 1, c->n - 1);
	return sc_tpl_take(c->d, b);
}

/* What html, js and urlquery escape: the text of all arguments. */
static struct sc_tpl_val *
all_text(struct sc_tpl_call *c)
{
	struct sc_buf *b;
	size_t i;

	if (c->n == 1)
		return c->arg[0]->kind == SC_TPL_NIL
		    ? sc_tpl_string(c->d, "<no value>")
		    : sc_tpl_text(c->d, c->arg[0]);
	b = sc_tpl_buf();
	for (i = 0; i < c->n; i++) {
		if (i > 0 && c->arg[i]->kind != SC_TPL_STRING &&
		    c->arg[i - 1]->kind != SC_TPL_STRING)
			(void)sc_buf_putc(b, ' ');
		sc_tpl_print(c->d, b, c->arg[i]);
	}
	return sc_tpl_take(c->d, b);
}

static struct sc_tpl_val *
html(struct sc_tpl_call *c)
{
	struct sc_tpl_val *v = all_text(c);
	struct sc_buf *b;
	size_t i;

	if (v == NULL)
		return NULL;
	b = sc_tpl_buf();
	for (i = 0; i < v->u.s.n; i++)
		switch (v->u.s.p[i]) {
		case '<':
			(void)sc_buf_puts(b, "&lt;");
			break;
		case '>':
			(void)sc_buf_puts(b, "&gt;");
			break;
		case '&':
			(void)sc_buf_puts(b, "&amp;");
			break;
		case '"':
			(void)sc_buf_puts(b, "&#34;");
			break;
		case '\'':
			(void)sc_buf_puts(b, "&#39;");
			break;
		case '\0':
			(void)sc_buf_puts(b, "\xef\xbf\xbd");
			break;
		default:
			(void)sc_buf_putc(b, v->u.s.p[i]);
		}
	return sc_tpl_take(c->d, b);
}

static struct sc_tpl_val *
js(struct sc_tpl_call *c)
{
	static const char plain[] = "\\'\"";
	struct sc_tpl_val *v = all_text(c);
	struct sc_buf *b;
	unsigned char ch;
	size_t i;

	if (v == NULL)
		return NULL;
	b = sc_tpl_buf();
	for (i = 0; i < v->u.s.n; i++) {
		ch = (unsigned char)v->u.s.p[i];
		if (ch != '\0' && strchr(plain, ch) != NULL)
			(void)sc_buf_putf(b, "\\%c", ch);
		else if (ch < ' ' || ch == '<' || ch == '>' || ch == '&' ||
		    ch == '=')
			(void)sc_buf_putf(b, "\\u%04X", ch);
		else
			(void)sc_buf_putc(b, (char)ch);
	}
	return sc_tpl_take(c->d, b);
}

static struct sc_tpl_val *
urlquery(struct sc_tpl_call *c)
{
	struct sc_tpl_val *v = all_text(c);
	struct sc_buf *b;
	unsigned char ch;
	size_t i;

	if (v == NULL)
		return NULL;
	b = sc_tpl_buf();
	for (i = 0; i < v->u.s.n; i++) {
		ch = (unsigned char)v->u.s.p[i];
		if (ch == ' ')
			(void)sc_buf_putc(b, '+');
		else if ((ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z') ||
		    (ch >= '0' && ch <= '9') ||
		    (ch != '\0' && strchr("-_.~", ch) != NULL))
			(void)sc_buf_putc(b, (char)ch);
		else
			(void)sc_buf_putf(b, "%%%02X", ch);
	}
	return sc_tpl_take(c->d, b);
}

/* What two values are compared as. */
enum basic {
	BASIC_NONE,
	BASIC_BOOL,
	BASIC_INT,
	BASIC_FLOAT,
	BASIC_STRING
};

static enum basic
basic(const struct sc_tpl_val *v)
{
	switch (v->kind) {
	case SC_TPL_BOOL:
		return BASIC_BOOL;
	case SC_TPL_INT:
	case SC_TPL_INT64:
		return BASIC_INT;
	case SC_TPL_FLOAT:
		return BASIC_FLOAT;
	case SC_TPL_STRING:
		return BASIC_STRING;
	case SC_TPL_NIL:
	case SC_TPL_BYTES:
	case SC_TPL_LIST:
	case SC_TPL_MAP:
	case SC_TPL_STRUCT:
	case SC_TPL_TIME:
	default:
		return BASIC_NONE;
	}
}

static bool
uncomparable(const struct sc_tpl_val *v)
{
	return v->kind == SC_TPL_LIST || v->kind == SC_TPL_MAP ||
	    v->kind == SC_TPL_BYTES;
}

/* -1 when it failed. */
static int
equal(struct sc_tpl_call *c, const struct sc_tpl_val *a,
    const struct sc_tpl_val *b)
{
	enum basic x = basic(a), y = basic(b);

	if (a->kind == SC_TPL_NIL || b->kind == SC_TPL_NIL)
		return a->kind == b->kind;
	if (x != y) {
		(void)sc_tpl_fail(c->x, "incompatible types for comparison");
		return -1;
	}
	if (x == BASIC_INT)
		return a->u.i == b->u.i;
	if (uncomparable(a) || uncomparable(b)) {
		(void)sc_tpl_fail(c->x, "non-comparable type %s",
		    sc_tpl_type(uncomparable(a) ? a : b));
		return -1;
	}
	return sc_tpl_same(c->d, a, b);
}

static struct sc_tpl_val *
eq(struct sc_tpl_call *c)
{
	size_t i;
	int r;

	if (c->n < 2)
		return sc_tpl_fail(c->x, "missing argument for comparison");
	for (i = 1; i < c->n; i++) {
		if ((r = equal(c, c->arg[0], c->arg[i])) < 0)
			return NULL;
		if (r > 0)
			return sc_tpl_bool(c->d, true);
	}
	return sc_tpl_bool(c->d, false);
}

static struct sc_tpl_val *
ne(struct sc_tpl_call *c)
{
	int r = equal(c, c->arg[0], c->arg[1]);

	return r < 0 ? NULL : sc_tpl_bool(c->d, r == 0);
}

static int
compare_text(const struct sc_tpl_val *a, const struct sc_tpl_val *b)
{
	size_t n = a->u.s.n < b->u.s.n ? a->u.s.n : b->u.s.n;
	int r = n > 0 ? memcmp(a->u.s.p, b->u.s.p, n) : 0;

	if (r != 0)
		return r;
	return a->u.s.n < b->u.s.n ? -1 : a->u.s.n > b->u.s.n;
}

/* lt, le, gt, ge */
static struct sc_tpl_val *
order(struct sc_tpl_call *c)
{
	const struct sc_tpl_val *a = c->arg[0], *b = c->arg[1];
	bool less, same;

	if (basic(a) == BASIC_NONE || basic(b) == BASIC_NONE ||
	    basic(a) == BASIC_BOOL)
		return sc_tpl_fail(c->x, "invalid type for comparison");
	if (basic(a) != basic(b))
		return sc_tpl_fail(c->x, "incompatible types for comparison");
	if (basic(a) == BASIC_INT) {
		less = a->u.i < b->u.i;
		same = a->u.i == b->u.i;
	} else if (basic(a) == BASIC_FLOAT) {
		less = a->u.f < b->u.f;
		same = a->u.f == b->u.f;
	} else {
		less = compare_text(a, b) < 0;
		same = compare_text(a, b) == 0;
	}
	if (c->fn->name[1] == 'e')
		less = less || same;
	if (c->fn->name[0] == 'g')
		less = c->fn->name[1] == 'e' ? same || !less : !less && !same;
	return sc_tpl_bool(c->d, less);
}

const struct sc_tpl_func sc_tpl_funcs_core[] = {
    {"and", "a*", by_evaluator},
    {"or", "a*", by_evaluator},
    {"not", "a", negate},
    {"len", "a", len},
    {"index", "aa*", index_of},
    {"print", "a*", print},
    {"println", "a*", print},
    {"printf", "sa*", print_format},
    {"html", "a*", html},
    {"js", "a*", js},
    {"urlquery", "a*", urlquery},
    {"eq", "aa*", eq},
    {"ne", "aa", ne},
    {"lt", "aa", order},
    {"le", "aa", order},
    {"gt", "aa", order},
    {"ge", "aa", order},
    {0},
};
