/* sprig's functions of maps.  set, unset and merge change their map. */
#include "config.h"

#include <string.h>

#include "base/err.h"
#include "template/internal.h"

#define P(i) (c->arg[i]->u.s.p)
#define N(i) (c->arg[i]->u.s.n)

static struct sc_tpl_val *
dict(struct sc_tpl_call *c)
{
	struct sc_tpl_val *map = sc_tpl_map(c->d), *key;
	size_t i;

	for (i = 0; i < c->n; i += 2) {
		if ((key = sc_tpl_text(c->d, c->arg[i])) == NULL)
			return NULL;
		sc_tpl_map_setn(c->d, map, key->u.s.p, key->u.s.n,
		    i + 1 < c->n ? c->arg[i + 1] : sc_tpl_string(c->d, ""));
	}
	return map;
}

static struct sc_tpl_val *
get(struct sc_tpl_call *c)
{
	const struct sc_tpl_entry *x = sc_tpl_find(c->arg[0], P(1), N(1));

	return x != NULL ? x->v : sc_tpl_string(c->d, "");
}

static struct sc_tpl_val *
set(struct sc_tpl_call *c)
{
	sc_tpl_map_setn(c->d, c->arg[0], P(1), N(1), c->arg[2]);
	return c->arg[0];
}

static struct sc_tpl_val *
unset(struct sc_tpl_call *c)
{
	sc_tpl_map_delete(c->arg[0], P(1), N(1));
	return c->arg[0];
}

static struct sc_tpl_val *
has_key(struct sc_tpl_call *c)
{
	return sc_tpl_bool(c->d, sc_tpl_find(c->arg[0], P(1), N(1)) != NULL);
}

static struct sc_tpl_val *
pluck(struct sc_tpl_call *c)
{
	struct sc_tpl_val *out = sc_tpl_list(c->d, NULL);
	const struct sc_tpl_entry *x;
	size_t i;

	for (i = 1; i < c->n; i++)
		if ((x = sc_tpl_find(c->arg[i], P(0), N(0))) != NULL)
			sc_tpl_list_add(c->d, out, x->v);
	return out;
}

static struct sc_tpl_val *
keys(struct sc_tpl_call *c)
{
	struct sc_tpl_val *out = sc_tpl_list(c->d, "[]string");
	const struct sc_tpl_entry *x;
	size_t i, k;

	for (i = 0; i < c->n; i++)
		for (k = 0; k < c->arg[i]->u.m.n; k++) {
			x = &c->arg[i]->u.m.v[k];
			sc_tpl_list_add(c->d, out,
			    sc_tpl_stringn(c->d, x->key, x->key_len));
		}
	return out;
}

static struct sc_tpl_val *
values(struct sc_tpl_call *c)
{
	struct sc_tpl_val *out = sc_tpl_list(c->d, NULL);
	size_t i;

	for (i = 0; i < c->arg[0]->u.m.n; i++)
		sc_tpl_list_add(c->d, out, c->arg[0]->u.m.v[i].v);
	return out;
}

static struct sc_tpl_val *
pick(struct sc_tpl_call *c)
{
	struct sc_tpl_val *out = sc_tpl_map(c->d);
	const struct sc_tpl_entry *x;
	size_t i;

	for (i = 1; i < c->n; i++)
		if ((x = sc_tpl_find(c->arg[0], P(i), N(i))) != NULL)
			sc_tpl_map_setn(c->d, out, P(i), N(i), x->v);
	return out;
}

static struct sc_tpl_val *
omit(struct sc_tpl_call *c)
{
	struct sc_tpl_val *out = sc_tpl_map_copy(c->d, c->arg[0]);
	size_t i;

	for (i = 1; out != NULL && i < c->n; i++)
		sc_tpl_map_delete(out, P(i), N(i));
	return out;
}

/* Members of from that to lacks or, to be overwritten, that are not empty. */
static void
merge_into(struct sc_tpl_call *c, struct sc_tpl_val *to,
    const struct sc_tpl_val *from, bool overwrite, int depth)
{
	const struct sc_tpl_entry *x, *old;
	size_t i;

	if (depth > SC_TPL_DEPTH) {
		c->d->err = SC_ERR_TOO_LARGE;
		return;
	}
	for (i = 0; i < from->u.m.n && sc_tpl_spend(c->d, 1); i++) {
		x = &from->u.m.v[i];
		old = sc_tpl_find(to, x->key, x->key_len);
		if (old != NULL && old->v->kind == SC_TPL_MAP &&
		    x->v->kind == SC_TPL_MAP) {
			if (old->v != x->v)
				merge_into(
				    c, old->v, x->v, overwrite, depth + 1);
		} else if (old == NULL || sc_tpl_empty(old->v) ||
		    (overwrite && !sc_tpl_empty(x->v))) {
			sc_tpl_map_setn(c->d, to, x->key, x->key_len, x->v);
		}
	}
}

static struct sc_tpl_val *
merge_all(struct sc_tpl_call *c, bool overwrite)
{
	size_t i;

	for (i = 1; i < c->n; i++)
		if (c->arg[i] != c->arg[0])
			merge_into(c, c->arg[0], c->arg[i], overwrite, 0);
	return c->arg[0];
}

static struct sc_tpl_val *
merge(struct sc_tpl_call *c)
{
	return merge_all(c, false);
}

static struct sc_tpl_val *
merge_overwrite(struct sc_tpl_call *c)
{
	return merge_all(c, true);
}

/* dig "a" "b" default map */
static struct sc_tpl_val *
dig(struct sc_tpl_call *c)
{
	struct sc_tpl_val *v = c->arg[c->n - 1];
	const struct sc_tpl_entry *x;
	size_t i;

	for (i = 0; i + 2 < c->n; i++) {
		if (v->kind != SC_TPL_MAP || c->arg[i]->kind != SC_TPL_STRING)
			return sc_tpl_fail(c->x,
			    "dig goes along strings through maps, not a %s",
			    sc_tpl_type(v));
		if ((x = sc_tpl_find(v, P(i), N(i))) == NULL)
			return c->arg[c->n - 2];
		v = x->v;
	}
	return v;
}

static struct sc_tpl_val *
copy(struct sc_tpl_call *c, struct sc_tpl_val *v, int depth)
{
	struct sc_tpl_val *out;
	size_t i;

	if (depth > SC_TPL_DEPTH) {
		c->d->err = SC_ERR_TOO_LARGE;
		return NULL;
	}
	if (v->kind == SC_TPL_LIST) {
		out = sc_tpl_list(c->d, v->type);
		for (i = 0; i < v->u.l.n; i++)
			sc_tpl_list_add(
			    c->d, out, copy(c, v->u.l.v[i], depth + 1));
		return out;
	}
	if (v->kind != SC_TPL_MAP)
		return v;
	out = sc_tpl_map_copy(c->d, v);
	for (i = 0; out != NULL && i < out->u.m.n; i++)
		if ((out->u.m.v[i].v = copy(c, v->u.m.v[i].v, depth + 1)) ==
		    NULL)
			return NULL;
	return out;
}

static struct sc_tpl_val *
deep_copy(struct sc_tpl_call *c)
{
	return copy(c, c->arg[0], 0);
}

const struct sc_tpl_func sc_tpl_funcs_dict[] = {
    {"dict", "a*", dict},
    {"get", "ms", get},
    {"set", "msa", set},
    {"unset", "ms", unset},
    {"hasKey", "ms", has_key},
    {"pluck", "sm*", pluck},
    {"keys", "m*", keys},
    {"values", "m", values},
    {"pick", "ms*", pick},
    {"omit", "ms*", omit},
    {"merge", "mm*", merge},
    {"mustMerge", "mm*", merge},
    {"mergeOverwrite", "mm*", merge_overwrite},
    {"mustMergeOverwrite", "mm*", merge_overwrite},
    {"dig", "aaaa*", dig},
    {"deepCopy", "a", deep_copy},
    {"mustDeepCopy", "a", deep_copy},
    {0},
};
