/* sprig's functions of any value: defaults, types, failing. */
#include "config.h"

#include <string.h>

#include "base/err.h"
#include "template/internal.h"

static struct sc_tpl_val *
default_to(struct sc_tpl_call *c)
{
	if (c->n < 2 || sc_tpl_empty(c->arg[1]))
		return c->arg[0];
	return c->arg[1];
}

static struct sc_tpl_val *
empty(struct sc_tpl_call *c)
{
	return sc_tpl_bool(c->d, sc_tpl_empty(c->arg[0]));
}

static struct sc_tpl_val *
coalesce(struct sc_tpl_call *c)
{
	size_t i;

	for (i = 0; i < c->n; i++)
		if (!sc_tpl_empty(c->arg[i]))
			return c->arg[i];
	return sc_tpl_nil(c->d);
}

static struct sc_tpl_val *
all(struct sc_tpl_call *c)
{
	size_t i;

	for (i = 0; i < c->n; i++)
		if (sc_tpl_empty(c->arg[i]))
			return sc_tpl_bool(c->d, false);
	return sc_tpl_bool(c->d, true);
}

static struct sc_tpl_val *
any(struct sc_tpl_call *c)
{
	size_t i;

	for (i = 0; i < c->n; i++)
		if (!sc_tpl_empty(c->arg[i]))
			return sc_tpl_bool(c->d, true);
	return sc_tpl_bool(c->d, false);
}

static struct sc_tpl_val *
ternary(struct sc_tpl_call *c)
{
	return c->arg[c->arg[2]->u.b ? 0 : 1];
}

static bool
text_is(const struct sc_tpl_val *v, const char *s)
{
	return v->u.s.n == strlen(s) && memcmp(v->u.s.p, s, v->u.s.n) == 0;
}

static struct sc_tpl_val *
type_of(struct sc_tpl_call *c)
{
	return sc_tpl_string(c->d, sc_tpl_type(c->arg[0]));
}

static struct sc_tpl_val *
type_is(struct sc_tpl_call *c)
{
	return sc_tpl_bool(c->d, text_is(c->arg[0], sc_tpl_type(c->arg[1])));
}

static struct sc_tpl_val *
type_is_like(struct sc_tpl_call *c)
{
	const char *type = sc_tpl_type(c->arg[1]);

	return sc_tpl_bool(c->d,
	    text_is(c->arg[0], type) ||
		(type[0] == '*' && text_is(c->arg[0], type + 1)));
}

static struct sc_tpl_val *
kind_of(struct sc_tpl_call *c)
{
	return sc_tpl_string(c->d, sc_tpl_kind_name(c->arg[0]));
}

static struct sc_tpl_val *
kind_is(struct sc_tpl_call *c)
{
	return sc_tpl_bool(
	    c->d, text_is(c->arg[0], sc_tpl_kind_name(c->arg[1])));
}

static struct sc_tpl_val *
deep_equal(struct sc_tpl_call *c)
{
	return sc_tpl_bool(c->d, sc_tpl_same(c->d, c->arg[0], c->arg[1]));
}

/* What the template says to the caller. */
static struct sc_tpl_val *
fail(struct sc_tpl_call *c)
{
	if (c->x->code != 0)
		return NULL;
	c->x->code = sc_fail(c->x->e, SC_ERR_FORBIDDEN,
	    "the template fails: %s", c->arg[0]->u.s.p);
	sc_error_client_whole(c->x->e, "%s", c->arg[0]->u.s.p);
	return NULL;
}

const struct sc_tpl_func sc_tpl_funcs_value[] = {
    {"default", "aa*", default_to},
    {"empty", "a", empty},
    {"coalesce", "a*", coalesce},
    {"all", "a*", all},
    {"any", "a*", any},
    {"ternary", "aab", ternary},
    {"typeOf", "a", type_of},
    {"typeIs", "sa", type_is},
    {"typeIsLike", "sa", type_is_like},
    {"kindOf", "a", kind_of},
    {"kindIs", "sa", kind_is},
    {"deepEqual", "aa", deep_equal},
    {"fail", "s", fail},
    {0},
};
