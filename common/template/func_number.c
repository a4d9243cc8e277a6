/* sprig's functions of numbers. */
#include "config.h"

#include <math.h>
#include <string.h>

#include "base/buf.h"
#include "base/random.h"
#include "template/internal.h"

int64_t
sc_tpl_to_int(const struct sc_tpl_val *v)
{
	size_t n;
	int64_t i;

	switch (v->kind) {
	case SC_TPL_BOOL:
		return v->u.b;
	case SC_TPL_INT:
	case SC_TPL_INT64:
		return v->u.i;
	case SC_TPL_FLOAT:
		if (v->u.f >= -9.2e18 && v->u.f <= 9.2e18)
			return (int64_t)v->u.f;
		return INT64_MIN;
	case SC_TPL_STRING:
		n = v->u.s.n;
		/* "8.0" counts as 8. */
		while (n > 1 && v->u.s.p[n - 1] == '0' &&
		    memchr(v->u.s.p, '.', n) != NULL)
			n--;
		if (n > 1 && v->u.s.p[n - 1] == '.')
			n--;
		else
			n = v->u.s.n;
		return sc_tpl_parse_int(v->u.s.p, n, true, &i) ? i : 0;
	case SC_TPL_NIL:
	case SC_TPL_BYTES:
	case SC_TPL_LIST:
	case SC_TPL_MAP:
	case SC_TPL_STRUCT:
	case SC_TPL_TIME:
	default:
		return 0;
	}
}

double
sc_tpl_to_float(const struct sc_tpl_val *v)
{
	double f;

	if (v->kind == SC_TPL_FLOAT)
		return v->u.f;
	if (v->kind == SC_TPL_STRING)
		return sc_tpl_parse_float(v->u.s.p, v->u.s.n, &f) ? f : 0;
	return (double)sc_tpl_to_int(v);
}

/* Wraps around, as Go's int64 does. */
static int64_t
add_up(int64_t a, int64_t b)
{
	return (int64_t)((uint64_t)a + (uint64_t)b);
}

static struct sc_tpl_val *
add(struct sc_tpl_call *c)
{
	int64_t sum = 0;
	size_t i;

	for (i = 0; i < c->n; i++)
		sum = add_up(sum, sc_tpl_to_int(c->arg[i]));
	return sc_tpl_int64(c->d, sum);
}

static struct sc_tpl_val *
add1(struct sc_tpl_call *c)
{
	return sc_tpl_int64(c->d, add_up(sc_tpl_to_int(c->arg[0]), 1));
}

static struct sc_tpl_val *
sub(struct sc_tpl_call *c)
{
	uint64_t b = (uint64_t)sc_tpl_to_int(c->arg[1]);

	return sc_tpl_int64(
	    c->d, add_up(sc_tpl_to_int(c->arg[0]), (int64_t)(0 - b)));
}

static struct sc_tpl_val *
mul(struct sc_tpl_call *c)
{
	uint64_t v = (uint64_t)sc_tpl_to_int(c->arg[0]);
	size_t i;

	for (i = 1; i < c->n; i++)
		v *= (uint64_t)sc_tpl_to_int(c->arg[i]);
	return sc_tpl_int64(c->d, (int64_t)v);
}

/* div, mod */
static struct sc_tpl_val *
divide(struct sc_tpl_call *c)
{
	int64_t a = sc_tpl_to_int(c->arg[0]), b = sc_tpl_to_int(c->arg[1]);
	bool mod = c->fn->name[0] == 'm';

	if (b == 0)
		return sc_tpl_fail(c->x, "integer divide by zero");
	if (b == -1)
		return sc_tpl_int64(c->d, mod ? 0 : (int64_t)(0 - (uint64_t)a));
	return sc_tpl_int64(c->d, mod ? a % b : a / b);
}

static struct sc_tpl_val *
extreme(struct sc_tpl_call *c)
{
	int64_t v = sc_tpl_to_int(c->arg[0]), x;
	bool least = c->fn->name[1] == 'i' && c->fn->name[0] == 'm';
	size_t i;

	for (i = 1; i < c->n; i++) {
		x = sc_tpl_to_int(c->arg[i]);
		if (least ? x < v : x > v)
			v = x;
	}
	return sc_tpl_int64(c->d, v);
}

static struct sc_tpl_val *
extreme_float(struct sc_tpl_call *c)
{
	double v = sc_tpl_to_float(c->arg[0]), x;
	size_t i;

	for (i = 1; i < c->n; i++) {
		x = sc_tpl_to_float(c->arg[i]);
		v = c->fn->name[1] == 'i' ? fmin(v, x) : fmax(v, x);
	}
	return sc_tpl_float(c->d, v);
}

/* A binary sum of decimal fractions, without what binary adds to them. */
static double
tidy(double f)
{
	struct sc_buf *b = sc_buf_new(64);
	double out = f;

	if (isfinite(f) && sc_buf_putf(b, "%.15g", f) == 0)
		(void)sc_tpl_parse_float(sc_buf_str(b), sc_buf_len(b), &out);
	sc_buf_free(b);
	return out;
}

/* addf, add1f, subf, mulf, divf */
static struct sc_tpl_val *
decimal(struct sc_tpl_call *c)
{
	char op = c->fn->name[0];
	double v = sc_tpl_to_float(c->arg[0]), x;
	size_t i;

	if (op == 'a' && c->fn->name[3] == '1')
		return sc_tpl_float(c->d, tidy(v + 1));
	for (i = 1; i < c->n; i++) {
		x = sc_tpl_to_float(c->arg[i]);
		if (op == 'd' && x == 0)
			return sc_tpl_fail(c->x, "decimal division by 0");
		v = op == 'a'	? v + x
		    : op == 's' ? v - x
		    : op == 'm' ? v * x
				: v / x;
	}
	if (op == 'd')
		return sc_tpl_float(c->d, v);
	return sc_tpl_float(c->d, tidy(v));
}

static struct sc_tpl_val *
add_none(struct sc_tpl_call *c)
{
	return c->n == 0 ? sc_tpl_float(c->d, 0) : decimal(c);
}

static struct sc_tpl_val *
floor_of(struct sc_tpl_call *c)
{
	return sc_tpl_float(c->d, floor(sc_tpl_to_float(c->arg[0])));
}

static struct sc_tpl_val *
ceil_of(struct sc_tpl_call *c)
{
	return sc_tpl_float(c->d, ceil(sc_tpl_to_float(c->arg[0])));
}

static struct sc_tpl_val *
round_to(struct sc_tpl_call *c)
{
	double on = c->n > 2 ? c->arg[2]->u.f : .5, whole, digit, fraction;
	double places = pow(10, (double)c->arg[1]->u.i);

	digit = places * sc_tpl_to_float(c->arg[0]);
	fraction = modf(digit, &whole);
	return sc_tpl_float(
	    c->d, (fraction >= on ? ceil(digit) : floor(digit)) / places);
}

static struct sc_tpl_val *
to_int(struct sc_tpl_call *c)
{
	return sc_tpl_int(c->d, sc_tpl_to_int(c->arg[0]));
}

static struct sc_tpl_val *
to_int64(struct sc_tpl_call *c)
{
	return sc_tpl_int64(c->d, sc_tpl_to_int(c->arg[0]));
}

static struct sc_tpl_val *
to_float64(struct sc_tpl_call *c)
{
	return sc_tpl_float(c->d, sc_tpl_to_float(c->arg[0]));
}

/* Decimal digits alone, a sign before them. */
static struct sc_tpl_val *
atoi_of(struct sc_tpl_call *c)
{
	const char *s = c->arg[0]->u.s.p;
	size_t n = c->arg[0]->u.s.n, i = 0;
	int64_t v = 0;
	bool negative = n > 0 && s[0] == '-';

	if (n > 0 && (s[0] == '-' || s[0] == '+'))
		i++;
	for (; i < n; i++) {
		if (s[i] < '0' || s[i] > '9' || v > (INT64_MAX - 9) / 10)
			return sc_tpl_int(c->d, 0);
		v = v * 10 + (s[i] - '0');
	}
	return sc_tpl_int(c->d, negative ? -v : v);
}

/* What is written in octal, as a number. */
static struct sc_tpl_val *
to_decimal(struct sc_tpl_call *c)
{
	struct sc_tpl_val *v = sc_tpl_text(c->d, c->arg[0]);
	int64_t out = 0;
	size_t i;

	if (v == NULL)
		return NULL;
	for (i = 0; i < v->u.s.n; i++) {
		if (v->u.s.p[i] < '0' || v->u.s.p[i] > '7' ||
		    out > INT64_MAX / 8)
			return sc_tpl_int64(c->d, 0);
		out = out * 8 + (v->u.s.p[i] - '0');
	}
	return sc_tpl_int64(c->d, out);
}

static struct sc_tpl_val *
count(struct sc_tpl_call *c, int64_t from, int64_t to, int64_t by)
{
	struct sc_tpl_val *out = sc_tpl_list(c->d, "[]int");
	int64_t i = from;

	if (by == 0 || (to < from) != (by < 0))
		return out;
	while (by > 0 ? i < to : i > to) {
		if (!sc_tpl_spend(c->d, 1))
			return NULL;
		sc_tpl_list_add(c->d, out, sc_tpl_int(c->d, i));
		if (__builtin_add_overflow(i, by, &i))
			break;
	}
	return out;
}

static struct sc_tpl_val *
until(struct sc_tpl_call *c)
{
	int64_t to = c->arg[0]->u.i;

	return count(c, 0, to, to < 0 ? -1 : 1);
}

static struct sc_tpl_val *
until_step(struct sc_tpl_call *c)
{
	return count(c, c->arg[0]->u.i, c->arg[1]->u.i, c->arg[2]->u.i);
}

static struct sc_tpl_val *
seq(struct sc_tpl_call *c)
{
	int64_t from = 1, by = 1, to, edge;
	struct sc_tpl_val *v;
	struct sc_buf *b;
	size_t i;

	if (c->n == 0 || c->n > 3)
		return sc_tpl_string(c->d, "");
	if (c->n > 1)
		from = c->arg[0]->u.i;
	to = c->arg[c->n - 1]->u.i;
	edge = to < from ? -1 : 1;
	by = c->n == 3 ? c->arg[1]->u.i : edge;
	if (c->n == 3 && edge < 0 && by > 0)
		return sc_tpl_string(c->d, "");
	if (__builtin_add_overflow(to, edge, &edge))
		edge = to;
	if ((v = count(c, from, edge, by)) == NULL)
		return NULL;
	b = sc_tpl_buf();
	for (i = 0; i < v->u.l.n; i++)
		(void)sc_buf_putf(
		    b, i > 0 ? " %lld" : "%lld", (long long)v->u.l.v[i]->u.i);
	return sc_tpl_take(c->d, b);
}

static struct sc_tpl_val *
rand_int(struct sc_tpl_call *c)
{
	int64_t low = c->arg[0]->u.i, high = c->arg[1]->u.i;
	uint64_t r;

	if (high <= low)
		return sc_tpl_fail(c->x, "invalid argument to Intn");
	if (sc_random(&r, sizeof(r)) != 0)
		return sc_tpl_fail(c->x, "no random numbers");
	return sc_tpl_int(
	    c->d, add_up(low, (int64_t)(r % ((uint64_t)high - (uint64_t)low))));
}

const struct sc_tpl_func sc_tpl_funcs_number[] = {
    {"add", "a*", add},
    {"add1", "a", add1},
    {"sub", "aa", sub},
    {"mul", "aa*", mul},
    {"div", "aa", divide},
    {"mod", "aa", divide},
    {"max", "aa*", extreme},
    {"biggest", "aa*", extreme},
    {"min", "aa*", extreme},
    {"maxf", "aa*", extreme_float},
    {"minf", "aa*", extreme_float},
    {"addf", "a*", add_none},
    {"add1f", "a", decimal},
    {"subf", "aa*", decimal},
    {"mulf", "aa*", decimal},
    {"divf", "aa*", decimal},
    {"floor", "a", floor_of},
    {"ceil", "a", ceil_of},
    {"round", "aif*", round_to},
    {"int", "a", to_int},
    {"int64", "a", to_int64},
    {"float64", "a", to_float64},
    {"atoi", "s", atoi_of},
    {"toDecimal", "a", to_decimal},
    {"until", "i", until},
    {"untilStep", "iii", until_step},
    {"seq", "i*", seq},
    {"randInt", "ii", rand_int},
    {0},
};
