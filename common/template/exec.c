#include "config.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/json.h"
#include "base/limits.h"
#include "template/internal.h"
#include "template/template.h"

enum flow {
	FLOW_FAILED,
	FLOW_ON,
	FLOW_BREAK,
	FLOW_CONTINUE
};

/* What one template sees: its variables, "$" the first. */
struct frame {
	struct sc_tpl_exec *x;
	struct sc_tpl_val **vars;
};

struct sc_tpl_val *
sc_tpl_fail(struct sc_tpl_exec *x, const char *fmt, ...)
{
	char text[400];
	unsigned line, column;
	va_list ap;

	if (x->code != 0)
		return NULL;
	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	sc_tpl_position(x->tpl->text, x->tpl->n, x->at, &line, &column);
	x->code = sc_fail(x->e, SC_ERR_MALFORMED, "line %u column %u: %s", line,
	    column, text);
	return NULL;
}

static struct sc_tpl_val *pipeline(
    struct frame *f, const struct sc_tpl_pipe *pipe, struct sc_tpl_val *dot);

static struct sc_tpl_val *
no_value(struct sc_tpl_data *d)
{
	struct sc_tpl_val *v = sc_tpl_nil(d);

	if (v != NULL)
		v->none = true;
	return v;
}

/* The field of a struct, an entry of a map, or what a time tells. */
static struct sc_tpl_val *
field(struct frame *f, struct sc_tpl_val *v, const struct sc_tpl_field_name *n)
{
	const struct sc_tpl_entry *x;
	int len = (int)(n->n > 60 ? 60 : n->n);

	if (v->none)
		return v;
	if (v->kind == SC_TPL_NIL)
		return sc_tpl_fail(f->x,
		    "nil pointer evaluating interface {}.%.*s", len, n->name);
	if ((x = sc_tpl_find(v, n->name, n->n)) != NULL)
		return x->v;
	if (v->kind == SC_TPL_MAP)
		return no_value(f->x->d);
	if (v->kind == SC_TPL_TIME && n->n == 4 &&
	    memcmp(n->name, "Unix", 4) == 0)
		return sc_tpl_int64(f->x->d, v->u.t.sec);
	return sc_tpl_fail(f->x, "can't evaluate field %.*s in type %s", len,
	    n->name, sc_tpl_type(v));
}

static struct sc_tpl_val *
operand(struct frame *f, const struct sc_tpl_operand *o, struct sc_tpl_val *dot)
{
	const struct sc_tpl_field_name *n;
	struct sc_tpl_val *v = NULL;

	f->x->at = o->at;
	if (!sc_tpl_spend(f->x->d, 1))
		return NULL;
	switch (o->type) {
	case SC_TPL_OP_DOT:
		v = dot;
		break;
	case SC_TPL_OP_CONST:
		v = o->value;
		break;
	case SC_TPL_OP_VAR:
		v = f->vars[o->slot];
		if (v == NULL)
			v = sc_tpl_nil(f->x->d);
		break;
	case SC_TPL_OP_FUNC:
		v = sc_tpl_call(f->x, o->fn, NULL, 0);
		break;
	case SC_TPL_OP_PIPE:
		v = pipeline(f, o->pipe, dot);
		break;
	}
	f->x->at = o->at;
	for (n = o->fields; n != NULL && v != NULL; n = n->next)
		v = field(f, v, n);
	return v;
}

/* What a function gets: no value becomes a nil like others. */
static struct sc_tpl_val *
argument(struct frame *f, struct sc_tpl_val *v)
{
	return v != NULL && v->none ? sc_tpl_nil(f->x->d) : v;
}

/* and, or: up to the argument that decides. */
static struct sc_tpl_val *
short_circuit(struct frame *f, const struct sc_tpl_cmd *c,
    struct sc_tpl_val *dot, struct sc_tpl_val *final, bool stop_at)
{
	const struct sc_tpl_operand *o;
	struct sc_tpl_val *v = NULL;

	for (o = c->args->next; o != NULL; o = o->next) {
		if ((v = operand(f, o, dot)) == NULL ||
		    sc_tpl_truth(v) == stop_at)
			return v;
	}
	if (final != NULL)
		return final;
	if (v == NULL)
		return sc_tpl_fail(f->x,
		    "wrong number of args for %s: want at least 1 got 0",
		    c->args->fn->name);
	return v;
}

static struct sc_tpl_val *
call(struct frame *f, const struct sc_tpl_cmd *c, struct sc_tpl_val *dot,
    struct sc_tpl_val *final)
{
	const struct sc_tpl_operand *o;
	struct sc_tpl_val **arg;
	size_t n = 0;

	arg = sc_tpl_alloc(f->x->d, (c->n + 1) * sizeof(struct sc_tpl_val *));
	if (arg == NULL)
		return NULL;
	for (o = c->args->next; o != NULL; o = o->next)
		if ((arg[n++] = argument(f, operand(f, o, dot))) == NULL)
			return NULL;
	if (final != NULL && (arg[n++] = argument(f, final)) == NULL)
		return NULL;
	f->x->at = c->args->at;
	return sc_tpl_call(f->x, c->args->fn, arg, n);
}

static struct sc_tpl_val *
command(struct frame *f, const struct sc_tpl_cmd *c, struct sc_tpl_val *dot,
    struct sc_tpl_val *final)
{
	const struct sc_tpl_operand *o = c->args;

	f->x->at = o->at;
	if (!sc_tpl_spend(f->x->d, 1))
		return NULL;
	if (o->type == SC_TPL_OP_FUNC && o->fields == NULL) {
		if (sc_tpl_func_is_and(o->fn) || sc_tpl_func_is_or(o->fn))
			return short_circuit(
			    f, c, dot, final, sc_tpl_func_is_or(o->fn));
		return call(f, c, dot, final);
	}
	if (c->n > 1 || final != NULL)
		return sc_tpl_fail(
		    f->x, "what is not a function has arguments");
	return operand(f, o, dot);
}

static struct sc_tpl_val *
pipeline(
    struct frame *f, const struct sc_tpl_pipe *pipe, struct sc_tpl_val *dot)
{
	const struct sc_tpl_cmd *c = pipe->cmds;
	struct sc_tpl_val *v;

	/* A pipeline has one command at least. */
	v = command(f, c, dot, NULL);
	for (c = c->next; v != NULL && c != NULL; c = c->next)
		v = command(f, c, dot, v);
	if (v == NULL)
		return NULL;
	if (v->kind == SC_TPL_NIL && (v = no_value(f->x->d)) == NULL)
		return NULL;
	if (pipe->n_decl == 1)
		f->vars[pipe->slot[0]] = v;
	return v;
}

static enum flow walk(
    struct frame *f, const struct sc_tpl_node *n, struct sc_tpl_val *dot);

/* One round of a range, its variables set. */
static enum flow
round_of(struct frame *f, const struct sc_tpl_node *n, struct sc_tpl_val *index,
    struct sc_tpl_val *item)
{
	enum flow flow;

	if (index == NULL || item == NULL || !sc_tpl_spend(f->x->d, 1))
		return FLOW_FAILED;
	if (n->pipe->n_decl == 1)
		f->vars[n->pipe->slot[0]] = item;
	if (n->pipe->n_decl == 2) {
		f->vars[n->pipe->slot[0]] = index;
		f->vars[n->pipe->slot[1]] = item;
	}
	flow = walk(f, n->body, item);
	return flow == FLOW_CONTINUE ? FLOW_ON : flow;
}

static struct sc_tpl_val *
range_item(struct frame *f, const struct sc_tpl_val *v, size_t i,
    struct sc_tpl_val **index)
{
	struct sc_tpl_data *d = f->x->d;

	if (v->kind == SC_TPL_MAP) {
		*index =
		    sc_tpl_stringn(d, v->u.m.v[i].key, v->u.m.v[i].key_len);
		return v->u.m.v[i].v;
	}
	*index = sc_tpl_int(d, (int64_t)i);
	if (v->kind == SC_TPL_LIST)
		return v->u.l.v[i];
	if (v->kind == SC_TPL_BYTES)
		return sc_tpl_int(d, (unsigned char)v->u.s.p[i]);
	return *index;
}

/* How many rounds; -1 when it is nothing to range over. */
static int64_t
range_count(const struct sc_tpl_val *v)
{
	switch (v->kind) {
	case SC_TPL_NIL:
		return 0;
	case SC_TPL_LIST:
		return (int64_t)v->u.l.n;
	case SC_TPL_MAP:
		return (int64_t)v->u.m.n;
	case SC_TPL_BYTES:
		return (int64_t)v->u.s.n;
	case SC_TPL_INT:
	case SC_TPL_INT64:
		return v->u.i > 0 ? v->u.i : 0;
	case SC_TPL_BOOL:
	case SC_TPL_FLOAT:
	case SC_TPL_STRING:
	case SC_TPL_STRUCT:
	case SC_TPL_TIME:
	default:
		return -1;
	}
}

static enum flow
walk_range(struct frame *f, const struct sc_tpl_node *n, struct sc_tpl_val *dot)
{
	struct sc_tpl_val *v = pipeline(f, n->pipe, dot), *index, *item, *all;
	enum flow flow;
	int64_t i, count;

	if (v == NULL)
		return FLOW_FAILED;
	if ((count = range_count(v)) < 0) {
		(void)sc_tpl_fail(
		    f->x, "range can't iterate over a %s", sc_tpl_type(v));
		return FLOW_FAILED;
	}
	/* The loop goes over the keys that there were at its start. */
	all = v->kind == SC_TPL_MAP ? sc_tpl_map_copy(f->x->d, v) : v;
	if (all == NULL)
		return FLOW_FAILED;
	for (i = 0; i < count; i++) {
		item = range_item(f, all, (size_t)i, &index);
		flow = round_of(f, n, index, item);
		if (flow == FLOW_FAILED)
			return flow;
		if (flow == FLOW_BREAK)
			break;
	}
	return count == 0 ? walk(f, n->otherwise, dot) : FLOW_ON;
}

static enum flow
walk_if(struct frame *f, const struct sc_tpl_node *n, struct sc_tpl_val *dot)
{
	struct sc_tpl_val *v = pipeline(f, n->pipe, dot);

	if (v == NULL)
		return FLOW_FAILED;
	if (!sc_tpl_truth(v))
		return walk(f, n->otherwise, dot);
	return walk(f, n->body, n->type == SC_TPL_WITH ? v : dot);
}

static enum flow
run(struct sc_tpl_exec *x, const struct sc_tpl_def *def, struct sc_tpl_val *dot)
{
	struct frame f = {.x = x};

	f.vars = sc_tpl_alloc(x->d, def->slots * sizeof(struct sc_tpl_val *));
	if (f.vars == NULL)
		return FLOW_FAILED;
	f.vars[0] = dot;
	return walk(&f, def->body, dot);
}

static enum flow
walk_template(
    struct frame *f, const struct sc_tpl_node *n, struct sc_tpl_val *dot)
{
	const struct sc_tpl_def *def =
	    sc_tpl_def_find(f->x->tpl, n->text, n->n);
	struct sc_tpl_val *v;

	f->x->at = n->at;
	if (def == NULL) {
		(void)sc_tpl_fail(f->x, "template \"%.*s\" not defined",
		    (int)(n->n > 60 ? 60 : n->n), n->text);
		return FLOW_FAILED;
	}
	v = n->pipe != NULL ? pipeline(f, n->pipe, dot) : sc_tpl_nil(f->x->d);
	return v != NULL ? run(f->x, def, v) : FLOW_FAILED;
}

/* Is the end of what was written inside a JSON string? */
static bool
in_string(struct sc_tpl_exec *x)
{
	const uint8_t *p = sc_buf_data(x->out);
	size_t n = sc_buf_len(x->out);

	for (; x->seen < n; x->seen++) {
		if (x->escaped)
			x->escaped = false;
		else if (p[x->seen] == '"')
			x->in_string = !x->in_string;
		else
			x->escaped = x->in_string && p[x->seen] == '\\';
	}
	return x->in_string;
}

static void
print(struct sc_tpl_exec *x, struct sc_buf *out, const struct sc_tpl_val *v)
{
	if (v->kind == SC_TPL_NIL)
		(void)sc_buf_puts(out, "<no value>");
	else
		sc_tpl_print(x->d, out, v);
}

/* As it stands in a JSON string, without the quotes. */
static void
print_escaped(struct sc_tpl_exec *x, const struct sc_tpl_val *v)
{
	struct sc_buf *plain = sc_tpl_buf(), *quoted = sc_tpl_buf();
	int r;

	print(x, plain, v);
	if ((r = sc_buf_error(plain)) == 0)
		r = sc_json_put_string(
		    quoted, sc_buf_str(plain), sc_buf_len(plain));
	if (r == 0)
		(void)sc_buf_put(
		    x->out, sc_buf_data(quoted) + 1, sc_buf_len(quoted) - 2);
	else if (x->d->err == 0)
		x->d->err = r;
	sc_buf_free(plain);
	sc_buf_free(quoted);
}

static enum flow
walk_action(
    struct frame *f, const struct sc_tpl_node *n, struct sc_tpl_val *dot)
{
	struct sc_tpl_val *v = pipeline(f, n->pipe, dot);

	if (v == NULL)
		return FLOW_FAILED;
	if (n->pipe->n_decl > 0)
		return FLOW_ON;
	if (f->x->json && in_string(f->x))
		print_escaped(f->x, v);
	else
		print(f->x, f->x->out, v);
	return f->x->d->err == 0 && sc_buf_error(f->x->out) == 0 ? FLOW_ON
								 : FLOW_FAILED;
}

static enum flow
step(struct frame *f, const struct sc_tpl_node *n, struct sc_tpl_val *dot)
{
	f->x->at = n->at;
	if (!sc_tpl_spend(f->x->d, 1))
		return FLOW_FAILED;
	switch (n->type) {
	case SC_TPL_TEXT:
		return sc_buf_put(f->x->out, n->text, n->n) == 0 ? FLOW_ON
								 : FLOW_FAILED;
	case SC_TPL_ACTION:
		return walk_action(f, n, dot);
	case SC_TPL_IF:
	case SC_TPL_WITH:
		return walk_if(f, n, dot);
	case SC_TPL_RANGE:
		return walk_range(f, n, dot);
	case SC_TPL_TEMPLATE:
		return walk_template(f, n, dot);
	case SC_TPL_BREAK:
		return FLOW_BREAK;
	case SC_TPL_CONTINUE:
		return FLOW_CONTINUE;
	}
	return FLOW_FAILED;
}

static enum flow
walk(struct frame *f, const struct sc_tpl_node *n, struct sc_tpl_val *dot)
{
	enum flow flow = FLOW_ON;

	if (++f->x->depth > SC_MAX_TEMPLATE_NESTING) {
		f->x->d->err = SC_ERR_TOO_LARGE;
		return FLOW_FAILED;
	}
	for (; n != NULL && flow == FLOW_ON; n = n->next)
		flow = step(f, n, dot);
	f->x->depth--;
	return flow;
}

/* Why it failed: what was recorded, else memory, steps or output. */
static int
failure(struct sc_tpl_exec *x)
{
	unsigned line, column;
	int code = x->d->err != 0 ? x->d->err : sc_buf_error(x->out);

	if (x->code != 0)
		return x->code;
	sc_tpl_position(x->tpl->text, x->tpl->n, x->at, &line, &column);
	if (code == SC_ERR_NOMEM)
		return sc_fail_nomem(x->e);
	return sc_fail(x->e, SC_ERR_TOO_LARGE,
	    "line %u column %u: the template takes too many steps or too much "
	    "memory or writes too much",
	    line, column);
}

static int
exec(const struct sc_template *t, struct sc_tpl_data *data, bool json,
    struct sc_buf *out, struct sc_error *e)
{
	struct sc_tpl_exec x = {.tpl = t,
	    .d = data,
	    .out = out,
	    .e = e,
	    .json = json,
	    .seen = sc_buf_len(out)};
	enum flow flow;

	if (sc_tpl_data_error(data) != 0)
		return sc_fail(e, sc_tpl_data_error(data),
		    "the data of a template: %s",
		    sc_err_text(sc_tpl_data_error(data)));
	flow = run(&x, &t->main, data->root);
	/* A function may have gone past a bound and told nobody. */
	if (flow == FLOW_FAILED || data->err != 0)
		return failure(&x);
	return 0;
}

int
sc_template_exec(const struct sc_template *t, struct sc_tpl_data *data,
    struct sc_buf *out, struct sc_error *e)
{
	return exec(t, data, false, out, e);
}

int
sc_template_exec_json(const struct sc_template *t, struct sc_tpl_data *data,
    struct sc_buf *out, struct sc_error *e)
{
	return exec(t, data, true, out, e);
}
