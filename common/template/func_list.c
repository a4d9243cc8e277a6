/* sprig's functions of lists.  None changes the list it is given. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "template/internal.h"

#define ITEMS(list) ((list)->u.l.v)
#define COUNT(list) ((list)->u.l.n)

/* The list, or NULL when it is none: "Cannot push on type string". */
static struct sc_tpl_val *
need_list(struct sc_tpl_call *c, size_t i, const char *what)
{
	if (c->arg[i]->kind == SC_TPL_LIST)
		return c->arg[i];
	return sc_tpl_fail(
	    c->x, "Cannot %s type %s", what, sc_tpl_kind_name(c->arg[i]));
}

static void
add_all(struct sc_tpl_call *c, struct sc_tpl_val *to,
    const struct sc_tpl_val *from, size_t start, size_t end)
{
	size_t i;

	for (i = start; i < end && sc_tpl_spend(c->d, 1); i++)
		sc_tpl_list_add(c->d, to, ITEMS(from)[i]);
}

static struct sc_tpl_val *
part(
    struct sc_tpl_call *c, const struct sc_tpl_val *v, size_t start, size_t end)
{
	struct sc_tpl_val *out = sc_tpl_list(c->d, NULL);

	add_all(c, out, v, start, end);
	return sc_tpl_data_error(c->d) == 0 ? out : NULL;
}

static struct sc_tpl_val *
list(struct sc_tpl_call *c)
{
	struct sc_tpl_val *out = sc_tpl_list(c->d, NULL);
	size_t i;

	for (i = 0; i < c->n; i++)
		sc_tpl_list_add(c->d, out, c->arg[i]);
	return out;
}

static struct sc_tpl_val *
push(struct sc_tpl_call *c)
{
	struct sc_tpl_val *v = need_list(c, 0, "push on"), *out;

	if (v == NULL || (out = part(c, v, 0, COUNT(v))) == NULL)
		return NULL;
	sc_tpl_list_add(c->d, out, c->arg[1]);
	return out;
}

static struct sc_tpl_val *
prepend(struct sc_tpl_call *c)
{
	struct sc_tpl_val *v = need_list(c, 0, "prepend on"), *out;

	if (v == NULL || (out = sc_tpl_list(c->d, NULL)) == NULL)
		return NULL;
	sc_tpl_list_add(c->d, out, c->arg[1]);
	add_all(c, out, v, 0, COUNT(v));
	return out;
}

static struct sc_tpl_val *
first(struct sc_tpl_call *c)
{
	struct sc_tpl_val *v = need_list(c, 0, "find first on");

	if (v == NULL)
		return NULL;
	return COUNT(v) > 0 ? ITEMS(v)[0] : sc_tpl_nil(c->d);
}

static struct sc_tpl_val *
last(struct sc_tpl_call *c)
{
	struct sc_tpl_val *v = need_list(c, 0, "find last on");

	if (v == NULL)
		return NULL;
	return COUNT(v) > 0 ? ITEMS(v)[COUNT(v) - 1] : sc_tpl_nil(c->d);
}

static struct sc_tpl_val *
rest(struct sc_tpl_call *c)
{
	struct sc_tpl_val *v = need_list(c, 0, "find rest on");

	return v != NULL ? part(c, v, 1, COUNT(v)) : NULL;
}

static struct sc_tpl_val *
initial(struct sc_tpl_call *c)
{
	struct sc_tpl_val *v = need_list(c, 0, "find initial on");

	if (v == NULL)
		return NULL;
	return part(c, v, 0, COUNT(v) > 0 ? COUNT(v) - 1 : 0);
}

static struct sc_tpl_val *
reverse(struct sc_tpl_call *c)
{
	struct sc_tpl_val *v = need_list(c, 0, "find reverse on"), *out;
	size_t i;

	if (v == NULL)
		return NULL;
	out = sc_tpl_list(c->d, NULL);
	for (i = COUNT(v); i > 0; i--)
		sc_tpl_list_add(c->d, out, ITEMS(v)[i - 1]);
	return out;
}

static struct sc_tpl_val *
compact(struct sc_tpl_call *c)
{
	struct sc_tpl_val *v = need_list(c, 0, "compact on"), *out;
	size_t i;

	if (v == NULL)
		return NULL;
	out = sc_tpl_list(c->d, NULL);
	for (i = 0; i < COUNT(v); i++)
		if (!sc_tpl_empty(ITEMS(v)[i]))
			sc_tpl_list_add(c->d, out, ITEMS(v)[i]);
	return out;
}

static bool
in_items(struct sc_tpl_call *c, struct sc_tpl_val *const *v, size_t n,
    const struct sc_tpl_val *what)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (sc_tpl_same(c->d, v[i], what))
			return true;
	return false;
}

static struct sc_tpl_val *
uniq(struct sc_tpl_call *c)
{
	struct sc_tpl_val *v = need_list(c, 0, "find uniq on"), *out;
	size_t i;

	if (v == NULL || (out = sc_tpl_list(c->d, NULL)) == NULL)
		return NULL;
	for (i = 0; i < COUNT(v); i++)
		if (!in_items(c, ITEMS(out), COUNT(out), ITEMS(v)[i]))
			sc_tpl_list_add(c->d, out, ITEMS(v)[i]);
	return out;
}

static struct sc_tpl_val *
without(struct sc_tpl_call *c)
{
	struct sc_tpl_val *v = need_list(c, 0, "find without on"), *out;
	size_t i;

	if (v == NULL || (out = sc_tpl_list(c->d, NULL)) == NULL)
		return NULL;
	for (i = 0; i < COUNT(v); i++)
		if (!in_items(c, c->arg + 1, c->n - 1, ITEMS(v)[i]))
			sc_tpl_list_add(c->d, out, ITEMS(v)[i]);
	return out;
}

static struct sc_tpl_val *
has(struct sc_tpl_call *c)
{
	struct sc_tpl_val *v;

	if (c->arg[1]->kind == SC_TPL_NIL)
		return sc_tpl_bool(c->d, false);
	if ((v = need_list(c, 1, "find has on")) == NULL)
		return NULL;
	return sc_tpl_bool(c->d, in_items(c, ITEMS(v), COUNT(v), c->arg[0]));
}

static struct sc_tpl_val *
slice(struct sc_tpl_call *c)
{
	const struct sc_tpl_val *v = c->arg[0];
	int64_t start, end;

	if (v->kind != SC_TPL_LIST)
		return sc_tpl_fail(c->x,
		    "list should be type of slice or array but %s",
		    sc_tpl_kind_name(v));
	if (COUNT(v) == 0)
		return sc_tpl_nil(c->d);
	start = c->n > 1 ? sc_tpl_to_int(c->arg[1]) : 0;
	end = c->n > 2 ? sc_tpl_to_int(c->arg[2]) : (int64_t)COUNT(v);
	if (start < 0 || end < start || (uint64_t)end > COUNT(v))
		return sc_tpl_fail(c->x, "slice index out of bounds");
	return part(c, v, (size_t)start, (size_t)end);
}

static struct sc_tpl_val *
concat(struct sc_tpl_call *c)
{
	struct sc_tpl_val *out = sc_tpl_list(c->d, NULL);
	size_t i;

	for (i = 0; i < c->n; i++) {
		if (c->arg[i]->kind != SC_TPL_LIST)
			return sc_tpl_fail(c->x,
			    "Cannot concat type %s as list",
			    sc_tpl_kind_name(c->arg[i]));
		add_all(c, out, c->arg[i], 0, COUNT(c->arg[i]));
	}
	return out;
}

static struct sc_tpl_val *
chunk(struct sc_tpl_call *c)
{
	struct sc_tpl_val *v = need_list(c, 1, "chunk"), *out;
	size_t i, size, end;

	if (v == NULL)
		return NULL;
	if (c->arg[0]->u.i < 1)
		return sc_tpl_fail(c->x, "chunks need a size of at least 1");
	size = (size_t)c->arg[0]->u.i;
	out = sc_tpl_list(c->d, "[][]interface {}");
	for (i = 0; i < COUNT(v); i = end) {
		end = COUNT(v) - i > size ? i + size : COUNT(v);
		sc_tpl_list_add(c->d, out, part(c, v, i, end));
	}
	return out;
}

static int
compare(const void *a, const void *b)
{
	const struct sc_tpl_val *x = *(struct sc_tpl_val *const *)a;
	const struct sc_tpl_val *y = *(struct sc_tpl_val *const *)b;
	size_t n = x->u.s.n < y->u.s.n ? x->u.s.n : y->u.s.n;
	int r = n > 0 ? memcmp(x->u.s.p, y->u.s.p, n) : 0;

	if (r != 0)
		return r;
	return x->u.s.n < y->u.s.n ? -1 : x->u.s.n > y->u.s.n;
}

static struct sc_tpl_val *
sort_alpha(struct sc_tpl_call *c)
{
	struct sc_tpl_val *v = c->arg[0], *out = sc_tpl_list(c->d, "[]string");
	size_t i;

	if (v->kind != SC_TPL_LIST) {
		sc_tpl_list_add(c->d, out, sc_tpl_text(c->d, v));
		return out;
	}
	for (i = 0; i < COUNT(v); i++)
		if (ITEMS(v)[i]->kind != SC_TPL_NIL)
			sc_tpl_list_add(
			    c->d, out, sc_tpl_text(c->d, ITEMS(v)[i]));
	if (out == NULL || !sc_tpl_spend(c->d, COUNT(out)))
		return NULL;
	if (COUNT(out) > 1)
		qsort(ITEMS(out), COUNT(out), sizeof(*ITEMS(out)), compare);
	return out;
}

/* The characters of a string in any order. */
static struct sc_tpl_val *
shuffle(struct sc_tpl_call *c)
{
	struct sc_tpl_val *v =
	    sc_tpl_stringn(c->d, c->arg[0]->u.s.p, c->arg[0]->u.s.n);
	char *s, t;
	uint32_t r;
	size_t i, k;

	if (v == NULL || (s = sc_tpl_copy(c->d, v->u.s.p, v->u.s.n)) == NULL)
		return NULL;
	for (i = v->u.s.n; i > 1; i--) {
		if (sc_random(&r, sizeof(r)) != 0)
			return sc_tpl_fail(c->x, "no random numbers");
		k = r % i;
		t = s[k];
		s[k] = s[i - 1];
		s[i - 1] = t;
	}
	v->u.s.p = s;
	return v;
}

const struct sc_tpl_func sc_tpl_funcs_list[] = {
    {"list", "a*", list},
    {"tuple", "a*", list},
    {"append", "aa", push},
    {"push", "aa", push},
    {"mustAppend", "aa", push},
    {"mustPush", "aa", push},
    {"prepend", "aa", prepend},
    {"mustPrepend", "aa", prepend},
    {"first", "a", first},
    {"mustFirst", "a", first},
    {"last", "a", last},
    {"mustLast", "a", last},
    {"rest", "a", rest},
    {"mustRest", "a", rest},
    {"initial", "a", initial},
    {"mustInitial", "a", initial},
    {"reverse", "a", reverse},
    {"mustReverse", "a", reverse},
    {"compact", "a", compact},
    {"mustCompact", "a", compact},
    {"uniq", "a", uniq},
    {"mustUniq", "a", uniq},
    {"without", "aa*", without},
    {"mustWithout", "aa*", without},
    {"has", "aa", has},
    {"mustHas", "aa", has},
    {"slice", "aa*", slice},
    {"mustSlice", "aa*", slice},
    {"concat", "a*", concat},
    {"chunk", "ia", chunk},
    {"mustChunk", "ia", chunk},
    {"sortAlpha", "a", sort_alpha},
    {"shuffle", "s", shuffle},
    {0},
};
