#include "config.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/encode.h"
#include "base/err.h"
#include "base/limits.h"
#include "base/mem.h"
#include "template/internal.h"

#define MAX_WIDTH 1000

struct sc_buf *
sc_tpl_buf(void)
{
	return sc_buf_new(SC_MAX_TEMPLATE_MEMORY / 4);
}

/* The fewest digits that read back as f: "1.5e+09" in %e form. */
static void
shortest(double f, char *out, size_t n)
{
	int digits;

	for (digits = 0; digits < 17; digits++) {
		(void)snprintf(out, n, "%.*e", digits, f);
		if (strtod(out, NULL) == f)
			return;
	}
}

static void
put_special(struct sc_buf *out, double f)
{
	(void)sc_buf_puts(out, isnan(f) ? "NaN" : f > 0 ? "+Inf" : "-Inf");
}

void
sc_tpl_put_float(struct sc_buf *out, double f, int small, int big)
{
	char text[40], *e;
	long digits, exponent = 0;
	bool negative;

	if (isnan(f) || isinf(f)) {
		put_special(out, f);
		return;
	}
	shortest(f, text, sizeof(text));
	if ((e = strchr(text, 'e')) == NULL)
		return;
	negative = e[1] == '-';
	for (e += 2; *e != '\0'; e++)
		exponent = exponent * 10 + (*e - '0');
	if (negative)
		exponent = -exponent;
	e = strchr(text, 'e');
	digits = (long)(e - text) - (text[0] == '-') - 1;
	if (digits > 0)
		digits--; /* the point */
	if (f != 0 && (exponent < small || exponent >= big)) {
		(void)sc_buf_puts(out, text);
		return;
	}
	digits = digits > exponent ? digits - exponent : 0;
	(void)sc_buf_putf(out, "%.*f", (int)digits, f);
}

static void
put_time(struct sc_buf *out, const struct sc_tpl_instant *t)
{
	static const char layout[] = "2006-01-02 15:04:05.999999999 -0700 MST";

	sc_tpl_time_format(out, t, layout, sizeof(layout) - 1);
}

static void print(struct sc_tpl_data *d, struct sc_buf *out,
    const struct sc_tpl_val *v, int depth);

static void
print_list(struct sc_tpl_data *d, struct sc_buf *out,
    const struct sc_tpl_val *v, int depth)
{
	size_t i;

	(void)sc_buf_putc(out, '[');
	for (i = 0; i < v->u.l.n; i++) {
		if (i > 0)
			(void)sc_buf_putc(out, ' ');
		print(d, out, v->u.l.v[i], depth);
	}
	(void)sc_buf_putc(out, ']');
}

static void
print_entries(struct sc_tpl_data *d, struct sc_buf *out,
    const struct sc_tpl_val *v, int depth)
{
	bool map = v->kind == SC_TPL_MAP;
	size_t i;

	(void)sc_buf_puts(out, map ? "map[" : "{");
	for (i = 0; i < v->u.m.n; i++) {
		if (i > 0)
			(void)sc_buf_putc(out, ' ');
		if (map) {
			(void)sc_buf_put(
			    out, v->u.m.v[i].key, v->u.m.v[i].key_len);
			(void)sc_buf_putc(out, ':');
		}
		print(d, out, v->u.m.v[i].v, depth);
	}
	(void)sc_buf_putc(out, map ? ']' : '}');
}

static void
print_bytes(struct sc_buf *out, const struct sc_tpl_val *v)
{
	size_t i;

	(void)sc_buf_putc(out, '[');
	for (i = 0; i < v->u.s.n; i++)
		(void)sc_buf_putf(
		    out, i > 0 ? " %d" : "%d", (unsigned char)v->u.s.p[i]);
	(void)sc_buf_putc(out, ']');
}

static void
print(struct sc_tpl_data *d, struct sc_buf *out, const struct sc_tpl_val *v,
    int depth)
{
	if (!sc_tpl_spend(d, 1))
		return;
	if (depth > SC_TPL_DEPTH) {
		d->err = SC_ERR_TOO_LARGE;
		return;
	}
	switch (v->kind) {
	case SC_TPL_NIL:
		(void)sc_buf_puts(out, "<nil>");
		break;
	case SC_TPL_BOOL:
		(void)sc_buf_puts(out, v->u.b ? "true" : "false");
		break;
	case SC_TPL_INT:
	case SC_TPL_INT64:
		(void)sc_buf_putf(out, "%lld", (long long)v->u.i);
		break;
	case SC_TPL_FLOAT:
		sc_tpl_put_float(out, v->u.f, -4, 6);
		break;
	case SC_TPL_STRING:
		(void)sc_buf_put(out, v->u.s.p, v->u.s.n);
		break;
	case SC_TPL_BYTES:
		print_bytes(out, v);
		break;
	case SC_TPL_LIST:
		print_list(d, out, v, depth + 1);
		break;
	case SC_TPL_MAP:
	case SC_TPL_STRUCT:
		print_entries(d, out, v, depth + 1);
		break;
	case SC_TPL_TIME:
		put_time(out, &v->u.t);
		break;
	}
}

void
sc_tpl_print(
    struct sc_tpl_data *d, struct sc_buf *out, const struct sc_tpl_val *v)
{
	print(d, out, v, 0);
}

struct sc_tpl_val *
sc_tpl_text(struct sc_tpl_data *d, struct sc_tpl_val *v)
{
	struct sc_buf *b;

	if (v->kind == SC_TPL_STRING)
		return v;
	if (v->kind == SC_TPL_BYTES)
		return sc_tpl_stringn(d, v->u.s.p, v->u.s.n);
	b = sc_tpl_buf();
	sc_tpl_print(d, b, v);
	return sc_tpl_take(d, b);
}

/* One verb of a format. */
struct verb {
	bool minus, plus, space, zero, sharp, has_precision;
	int width, precision;
	char c;
};

static void
pad(struct sc_buf *out, const struct verb *f, const char *s, size_t n)
{
	size_t i, width = 0, len, gap;

	for (i = 0; i < n; i += len) {
		(void)sc_tpl_rune(s + i, n - i, &len);
		width++;
	}
	gap = (size_t)f->width > width ? (size_t)f->width - width : 0;
	if (f->minus)
		(void)sc_buf_put(out, s, n);
	for (i = 0; i < gap; i++)
		(void)sc_buf_putc(out, f->zero && !f->minus ? '0' : ' ');
	if (!f->minus)
		(void)sc_buf_put(out, s, n);
}

/* A number: zeros go behind its sign. */
static void
pad_number(struct sc_buf *out, const struct verb *f, const char *s)
{
	struct verb rest = *f;
	size_t n = strlen(s);

	if (f->zero && !f->minus && n > 0 && strchr("+- ", s[0]) != NULL) {
		(void)sc_buf_putc(out, s[0]);
		rest.width = f->width > 0 ? f->width - 1 : 0;
		s++;
		n--;
	}
	pad(out, &rest, s, n);
}

static void
put_integer(struct sc_buf *out, const struct verb *f, int64_t v, unsigned base)
{
	static const char lower[] = "0123456789abcdef",
			  upper[] = "0123456789ABCDEF";
	const char *digits = f->c == 'X' ? upper : lower;
	uint64_t u = v < 0 ? 0 - (uint64_t)v : (uint64_t)v;
	char text[80], *p = text + sizeof(text) - 1;

	*p = '\0';
	do
		*--p = digits[u % base];
	while ((u /= base) > 0);
	if (f->sharp && base == 16) {
		*--p = f->c;
		*--p = '0';
	}
	if (v < 0)
		*--p = '-';
	else if (f->plus || f->space)
		*--p = f->plus ? '+' : ' ';
	pad_number(out, f, p);
}

static void
put_float_verb(struct sc_buf *out, const struct verb *f, double v)
{
	char format[16], text[512];
	struct sc_buf *b;

	if (f->c == 'g' && !f->has_precision) {
		b = sc_buf_new(64);
		sc_tpl_put_float(b, v, -4, 6);
		pad_number(out, f, sc_buf_error(b) == 0 ? sc_buf_str(b) : "");
		sc_buf_free(b);
		return;
	}
	(void)snprintf(format, sizeof(format), "%%%s.*%c",
	    f->plus	   ? "+"
		: f->space ? " "
			   : "",
	    f->c);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	(void)snprintf(text, sizeof(text), format,
	    f->has_precision ? (f->precision > 100 ? 100 : f->precision) : 6,
	    v);
#pragma GCC diagnostic pop
	pad_number(out, f, text);
}

/* Whether a verb fits a kind. */
static bool
fits(char c, const struct sc_tpl_val *v)
{
	if (c == '\0')
		return false;
	switch (v->kind) {
	case SC_TPL_BOOL:
		return c == 't';
	case SC_TPL_INT:
	case SC_TPL_INT64:
		return strchr("dboxXcqU", c) != NULL;
	case SC_TPL_FLOAT:
		return strchr("feEgGF", c) != NULL;
	case SC_TPL_STRING:
	case SC_TPL_BYTES:
		return strchr("sqxX", c) != NULL;
	case SC_TPL_NIL:
	case SC_TPL_TIME:
		return c == 's' && v->kind == SC_TPL_TIME;
	case SC_TPL_LIST:
	case SC_TPL_MAP:
	case SC_TPL_STRUCT:
	default:
		return false;
	}
}

static void
put_text(struct sc_buf *out, const struct verb *f, const char *s, size_t n)
{
	struct sc_buf *b = sc_tpl_buf();
	size_t i, len, runes;

	if (f->has_precision && (f->c == 's' || f->c == 'v')) {
		for (i = runes = 0; i < n && runes < (size_t)f->precision;
		     i += len, runes++)
			(void)sc_tpl_rune(s + i, n - i, &len);
		n = i < n ? i : n;
	}
	if (f->c == 'q')
		sc_tpl_quote(b, s, n);
	else if (f->c == 'x' || f->c == 'X')
		for (i = 0; i < n; i++)
			(void)sc_buf_putf(b, f->c == 'x' ? "%02x" : "%02X",
			    (unsigned)(unsigned char)s[i]);
	else
		(void)sc_buf_put(b, s, n);
	if (sc_buf_error(b) == 0)
		pad(out, f, sc_buf_str(b), sc_buf_len(b));
	sc_buf_free(b);
}

static void
put_rune_verb(struct sc_buf *out, const struct verb *f, int64_t v)
{
	char utf8[4], text[32];
	size_t n =
	    sc_tpl_put_rune(utf8, v < 0 || v > 0x10ffff ? 0xfffd : (uint32_t)v);

	if (f->c == 'U')
		(void)snprintf(text, sizeof(text), "U+%04llX", (long long)v);
	else if (f->c == 'q')
		(void)snprintf(text, sizeof(text), "'%.*s'", (int)n, utf8);
	else
		(void)snprintf(text, sizeof(text), "%.*s", (int)n, utf8);
	pad(out, f, text, strlen(text));
}

static void put_verb(struct sc_tpl_data *d, struct sc_buf *out,
    const struct verb *f, const struct sc_tpl_val *v, int depth);

/* %d of a list is that of its items. */
static void
put_items(struct sc_tpl_data *d, struct sc_buf *out, const struct verb *f,
    const struct sc_tpl_val *v, int depth)
{
	bool list = v->kind == SC_TPL_LIST, map = v->kind == SC_TPL_MAP;
	size_t i, n = list ? v->u.l.n : v->u.m.n;

	(void)sc_buf_puts(out, list ? "[" : map ? "map[" : "{");
	for (i = 0; i < n; i++) {
		if (i > 0)
			(void)sc_buf_putc(out, ' ');
		if (map) {
			put_text(out, f, v->u.m.v[i].key, v->u.m.v[i].key_len);
			(void)sc_buf_putc(out, ':');
		}
		put_verb(
		    d, out, f, list ? v->u.l.v[i] : v->u.m.v[i].v, depth + 1);
	}
	(void)sc_buf_puts(out, list || map ? "]" : "}");
}

static void
put_number_verb(
    struct sc_buf *out, const struct verb *f, const struct sc_tpl_val *v)
{
	if (v->kind == SC_TPL_FLOAT)
		put_float_verb(out, f, v->u.f);
	else if (strchr("cqU", f->c) != NULL)
		put_rune_verb(out, f, v->u.i);
	else
		put_integer(out, f, v->u.i,
		    f->c == 'b'			     ? 2
			: f->c == 'o'		     ? 8
			: f->c == 'x' || f->c == 'X' ? 16
						     : 10);
}

static void
put_verb(struct sc_tpl_data *d, struct sc_buf *out, const struct verb *f,
    const struct sc_tpl_val *v, int depth)
{
	struct verb as = *f;
	struct sc_buf *b;

	if (!sc_tpl_spend(d, 1))
		return;
	if (depth > SC_TPL_DEPTH) {
		d->err = SC_ERR_TOO_LARGE;
		return;
	}
	if (f->c == 'T') {
		put_text(out, f, sc_tpl_type(v), strlen(sc_tpl_type(v)));
		return;
	}
	if (f->c == 'v') {
		as.c = v->kind == SC_TPL_FLOAT ? 'g' : 'd';
		if (v->kind == SC_TPL_INT || v->kind == SC_TPL_INT64 ||
		    v->kind == SC_TPL_FLOAT) {
			put_number_verb(out, &as, v);
			return;
		}
		b = sc_tpl_buf();
		print(d, b, v, depth);
		if (sc_buf_error(b) == 0)
			put_text(out, f, sc_buf_str(b), sc_buf_len(b));
		sc_buf_free(b);
		return;
	}
	if (v->kind == SC_TPL_LIST || v->kind == SC_TPL_MAP ||
	    v->kind == SC_TPL_STRUCT) {
		put_items(d, out, f, v, depth);
	} else if (!fits(f->c, v)) {
		(void)sc_buf_putf(out, "%%!%c(", f->c);
		if (v->kind != SC_TPL_NIL)
			(void)sc_buf_putf(out, "%s=", sc_tpl_type(v));
		print(d, out, v, depth);
		(void)sc_buf_putc(out, ')');
	} else if (v->kind == SC_TPL_STRING || v->kind == SC_TPL_BYTES) {
		put_text(out, f, v->u.s.p, v->u.s.n);
	} else if (v->kind == SC_TPL_BOOL || v->kind == SC_TPL_TIME) {
		b = sc_tpl_buf();
		print(d, b, v, depth);
		if (sc_buf_error(b) == 0)
			pad(out, f, sc_buf_str(b), sc_buf_len(b));
		sc_buf_free(b);
	} else {
		put_number_verb(out, f, v);
	}
}

static int
width_of(const char **p, const char *end)
{
	int v = 0;

	for (; *p < end && **p >= '0' && **p <= '9'; ++*p)
		if (v < MAX_WIDTH)
			v = v * 10 + (**p - '0');
	return v > MAX_WIDTH ? MAX_WIDTH : v;
}

/* Behind the '%'; false when the format ends before its verb. */
static bool
parse_verb(const char **p, const char *end, struct verb *f)
{
	*f = (struct verb){0};
	for (; *p < end; ++*p) {
		if (**p == '-')
			f->minus = true;
		else if (**p == '+')
			f->plus = true;
		else if (**p == ' ')
			f->space = true;
		else if (**p == '0')
			f->zero = true;
		else if (**p == '#')
			f->sharp = true;
		else
			break;
	}
	f->width = width_of(p, end);
	if (*p < end && **p == '.') {
		++*p;
		f->has_precision = true;
		f->precision = width_of(p, end);
	}
	if (*p >= end)
		return false;
	f->c = *(*p)++;
	return true;
}

static void
put_extra(struct sc_tpl_data *d, struct sc_buf *out,
    struct sc_tpl_val *const *arg, size_t n)
{
	size_t i;

	(void)sc_buf_puts(out, "%!(EXTRA ");
	for (i = 0; i < n; i++) {
		if (i > 0)
			(void)sc_buf_puts(out, ", ");
		if (arg[i]->kind != SC_TPL_NIL)
			(void)sc_buf_putf(out, "%s=", sc_tpl_type(arg[i]));
		print(d, out, arg[i], 0);
	}
	(void)sc_buf_putc(out, ')');
}

void
sc_tpl_printf(struct sc_tpl_data *d, struct sc_buf *out, const char *fmt,
    size_t n, struct sc_tpl_val *const *arg, size_t n_arg)
{
	const char *p = fmt, *end = fmt + n, *percent;
	struct verb f;
	size_t used = 0;

	while (p < end && sc_tpl_spend(d, 1)) {
		percent = memchr(p, '%', (size_t)(end - p));
		if (percent == NULL)
			percent = end;
		(void)sc_buf_put(out, p, (size_t)(percent - p));
		if ((p = percent) == end)
			break;
		p++;
		if (!parse_verb(&p, end, &f))
			(void)sc_buf_puts(out, "%!(NOVERB)");
		else if (f.c == '%')
			(void)sc_buf_putc(out, '%');
		else if (used == n_arg)
			(void)sc_buf_putf(out, "%%!%c(MISSING)", f.c);
		else
			put_verb(d, out, &f, arg[used++], 0);
	}
	if (used < n_arg)
		put_extra(d, out, arg + used, n_arg - used);
}
