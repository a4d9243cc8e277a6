#include "config.h"

#include <math.h>
#include <string.h>

#include "base/buf.h"
#include "base/encode.h"
#include "base/err.h"
#include "base/json.h"
#include "base/mem.h"
#include "template/internal.h"

struct writer {
	struct sc_tpl_exec *x;
	struct sc_buf *out;
	const char *indent; /* NULL: compact */
	bool html;
};

static bool value(struct writer *w, const struct sc_tpl_val *v, int depth);

/* Without the escapes of < > & that there are for HTML. */
static void
put_raw(struct sc_buf *out, const char *s, size_t n)
{
	static const char *const escapes[] = {"u003c", "u003e", "u0026"};
	size_t i, k;

	for (i = 0; i < n; i++) {
		if (s[i] != '\\') {
			(void)sc_buf_putc(out, s[i]);
			continue;
		}
		for (k = 0; k < 3; k++)
			if (n - i > 5 && memcmp(s + i + 1, escapes[k], 5) == 0)
				break;
		if (k < 3) {
			(void)sc_buf_putc(out, "<>&"[k]);
			i += 5;
		} else {
			(void)sc_buf_put(out, s + i, 2);
			i++;
		}
	}
}

static void
put_string(struct writer *w, const char *s, size_t n)
{
	struct sc_buf *b;

	if (w->html) {
		(void)sc_json_put_string(w->out, s, n);
		return;
	}
	b = sc_tpl_buf();
	if (sc_json_put_string(b, s, n) == 0)
		put_raw(w->out, sc_buf_str(b), sc_buf_len(b));
	sc_buf_free(b);
}

static void
break_line(struct writer *w, int depth)
{
	if (w->indent == NULL)
		return;
	(void)sc_buf_putc(w->out, '\n');
	while (depth-- > 0)
		(void)sc_buf_puts(w->out, w->indent);
}

static bool
list(struct writer *w, const struct sc_tpl_val *v, int depth)
{
	size_t i;

	(void)sc_buf_putc(w->out, '[');
	for (i = 0; i < v->u.l.n; i++) {
		if (i > 0)
			(void)sc_buf_putc(w->out, ',');
		break_line(w, depth + 1);
		if (!value(w, v->u.l.v[i], depth + 1))
			return false;
	}
	if (v->u.l.n > 0)
		break_line(w, depth);
	return sc_buf_putc(w->out, ']') == 0;
}

/* The name that a field has in JSON; NULL when it has none there. */
static const char *
json_name(const struct sc_tpl_entry *x, size_t *n)
{
	static const char omit[] = ",omitempty";

	if (x->json == NULL)
		return NULL;
	*n = strlen(x->json);
	if (!sc_has_suffix(x->json, omit))
		return x->json;
	*n -= sizeof(omit) - 1;
	return x->v->kind != SC_TPL_STRUCT && sc_tpl_empty(x->v) ? NULL
								 : x->json;
}

static bool
entries(struct writer *w, const struct sc_tpl_val *v, int depth)
{
	const struct sc_tpl_entry *x;
	const char *name;
	size_t i, n, written = 0;

	(void)sc_buf_putc(w->out, '{');
	for (i = 0; i < v->u.m.n; i++) {
		x = &v->u.m.v[i];
		name = x->key;
		n = x->key_len;
		if (v->kind == SC_TPL_STRUCT &&
		    (name = json_name(x, &n)) == NULL)
			continue;
		if (written++ > 0)
			(void)sc_buf_putc(w->out, ',');
		break_line(w, depth + 1);
		put_string(w, name, n);
		(void)sc_buf_puts(w->out, w->indent != NULL ? ": " : ":");
		if (!value(w, x->v, depth + 1))
			return false;
	}
	if (written > 0)
		break_line(w, depth);
	return sc_buf_putc(w->out, '}') == 0;
}

/* Go writes e-7 where C writes e-07. */
static bool
number(struct writer *w, double f)
{
	struct sc_buf *b = sc_buf_new(400);
	const char *s, *e;

	if (isnan(f) || isinf(f)) {
		sc_buf_free(b);
		(void)sc_tpl_fail(w->x, "json: unsupported value");
		return false;
	}
	sc_tpl_put_float(b, f, -6, 21);
	s = sc_buf_error(b) == 0 ? sc_buf_str(b) : "";
	e = strstr(s, "e-0");
	if (e != NULL) {
		(void)sc_buf_put(w->out, s, (size_t)(e - s) + 2);
		(void)sc_buf_puts(w->out, e + 3);
	} else {
		(void)sc_buf_puts(w->out, s);
	}
	sc_buf_free(b);
	return true;
}

static void
time_value(struct writer *w, const struct sc_tpl_instant *t)
{
	static const char layout[] = "2006-01-02T15:04:05.999999999Z07:00";

	(void)sc_buf_putc(w->out, '"');
	sc_tpl_time_format(w->out, t, layout, sizeof(layout) - 1);
	(void)sc_buf_putc(w->out, '"');
}

static bool
value(struct writer *w, const struct sc_tpl_val *v, int depth)
{
	if (!sc_tpl_spend(w->x->d, 1))
		return false;
	if (depth > SC_TPL_DEPTH) {
		w->x->d->err = SC_ERR_TOO_LARGE;
		return false;
	}
	switch (v->kind) {
	case SC_TPL_NIL:
		(void)sc_buf_puts(w->out, "null");
		break;
	case SC_TPL_BOOL:
		(void)sc_buf_puts(w->out, v->u.b ? "true" : "false");
		break;
	case SC_TPL_INT:
	case SC_TPL_INT64:
		(void)sc_buf_putf(w->out, "%lld", (long long)v->u.i);
		break;
	case SC_TPL_FLOAT:
		return number(w, v->u.f);
	case SC_TPL_STRING:
		put_string(w, v->u.s.p, v->u.s.n);
		break;
	case SC_TPL_BYTES:
		(void)sc_buf_putc(w->out, '"');
		(void)sc_b64_put(w->out, SC_B64_STD, v->u.s.p, v->u.s.n);
		(void)sc_buf_putc(w->out, '"');
		break;
	case SC_TPL_LIST:
		return list(w, v, depth);
	case SC_TPL_MAP:
	case SC_TPL_STRUCT:
		return entries(w, v, depth);
	case SC_TPL_TIME:
		time_value(w, &v->u.t);
		break;
	}
	return true;
}

bool
sc_tpl_put_json(struct sc_tpl_exec *x, struct sc_buf *out,
    const struct sc_tpl_val *v, const char *indent, bool html)
{
	struct writer w = {.x = x, .out = out, .indent = indent, .html = html};

	return value(&w, v, 0);
}

int
sc_tpl_put_value(
    struct sc_tpl_data *d, const struct sc_tpl_val *v, struct sc_buf *out)
{
	const struct sc_template none = {0};
	struct sc_tpl_exec x = {.tpl = &none, .d = d};
	int r = sc_tpl_data_error(d);

	if (r != 0)
		return r;
	if (sc_tpl_put_json(&x, out, v, NULL, true) || sc_buf_error(out) != 0)
		return sc_buf_error(out);
	return d->err != 0 ? d->err : SC_ERR_MALFORMED;
}
