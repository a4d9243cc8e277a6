#include "config.h"

#include <string.h>

#include "base/mem.h"
#include "template/internal.h"

static const struct sc_tpl_func *const groups[] = {sc_tpl_funcs_core,
    sc_tpl_funcs_string, sc_tpl_funcs_case, sc_tpl_funcs_list,
    sc_tpl_funcs_dict, sc_tpl_funcs_number, sc_tpl_funcs_date,
    sc_tpl_funcs_regex, sc_tpl_funcs_encode, sc_tpl_funcs_value,
    sc_tpl_funcs_asn1, sc_tpl_funcs_version};

const struct sc_tpl_func *
sc_tpl_func_find(const char *name, size_t n)
{
	const struct sc_tpl_func *f;
	size_t i;

	for (i = 0; i < sizeof(groups) / sizeof(groups[0]); i++)
		for (f = groups[i]; f->name != NULL; f++)
			if (strlen(f->name) == n &&
			    memcmp(f->name, name, n) == 0)
				return f;
	return NULL;
}

bool
sc_tpl_func_is_and(const struct sc_tpl_func *f)
{
	return sc_streq(f->name, "and");
}

bool
sc_tpl_func_is_or(const struct sc_tpl_func *f)
{
	return sc_streq(f->name, "or");
}

static const char *
letter_type(char c)
{
	switch (c) {
	case 's':
		return "string";
	case 'i':
		return "int";
	case 'f':
		return "float64";
	case 'b':
		return "bool";
	case 'm':
		return "map[string]interface {}";
	default:
		return "time.Time";
	}
}

static bool
has_type(const struct sc_tpl_val *v, char c)
{
	switch (c) {
	case 's':
		return v->kind == SC_TPL_STRING;
	case 'i':
		return v->kind == SC_TPL_INT;
	case 'f':
		return v->kind == SC_TPL_FLOAT;
	case 'b':
		return v->kind == SC_TPL_BOOL;
	case 'm':
		return v->kind == SC_TPL_MAP;
	case 't':
		return v->kind == SC_TPL_TIME;
	default:
		return true;
	}
}

/*
 * An argument as the function wants it: a constant fits each kind of number,
 * a nil is an empty map, nothing else is converted.
 */
static struct sc_tpl_val *
convert(struct sc_tpl_exec *x, struct sc_tpl_val *v, char c)
{
	if (has_type(v, c))
		return v;
	if (c == 'f' && v->literal && v->kind == SC_TPL_INT)
		return sc_tpl_float(x->d, (double)v->u.i);
	if (c == 'i' && v->literal && v->kind == SC_TPL_FLOAT &&
	    v->u.f >= -1e15 && v->u.f <= 1e15 &&
	    (double)(int64_t)v->u.f == v->u.f)
		return sc_tpl_int(x->d, (int64_t)v->u.f);
	if (c == 'm' && v->kind == SC_TPL_NIL)
		return sc_tpl_map(x->d);
	if (v->kind == SC_TPL_NIL)
		return sc_tpl_fail(
		    x, "invalid value; expected %s", letter_type(c));
	return sc_tpl_fail(x, "wrong type for value; expected %s; got %s",
	    letter_type(c), sc_tpl_type(v));
}

static bool
count_fits(struct sc_tpl_exec *x, const struct sc_tpl_func *f, size_t n)
{
	size_t want = strlen(f->args);
	bool any = want > 0 && f->args[want - 1] == '*';

	if (any)
		want -= 2;
	if (any ? n >= want : n == want)
		return true;
	(void)sc_tpl_fail(x, "wrong number of args for %s: want %s%zu got %zu",
	    f->name, any ? "at least " : "", want, n);
	return false;
}

struct sc_tpl_val *
sc_tpl_call(struct sc_tpl_exec *x, const struct sc_tpl_func *f,
    struct sc_tpl_val **arg, size_t n)
{
	struct sc_tpl_call c = {x, x->d, f, arg, n};
	const char *p = f->args;
	struct sc_tpl_val *v;
	size_t i;

	if (!count_fits(x, f, n))
		return NULL;
	for (i = 0; i < n; i++) {
		if ((arg[i] = convert(x, arg[i], *p)) == NULL)
			return NULL;
		if (p[1] != '*')
			p++;
	}
	v = (*f->fn)(&c);
	return v;
}
