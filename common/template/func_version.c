/* sprig's semver: versions, and the constraints that they are held to. */
#include "config.h"

#include <string.h>

#include "base/mem.h"
#include "template/internal.h"

struct version {
	int64_t part[3];
	int parts; /* how many were written; x and * are none */
	const char *pre, *meta;
	size_t pre_n, meta_n;
};

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
number(const char **p, const char *end, int64_t *out)
{
	const char *start = *p;

	for (*out = 0; *p < end && is_digit(**p) && *p - start < 18; ++*p)
		*out = *out * 10 + (**p - '0');
	return *p > start && (*p == end || !is_digit(**p));
}

static size_t
identifiers(const char *p, const char *end)
{
	const char *start = p;

	while (p < end &&
	    (is_digit(*p) || (*p >= 'a' && *p <= 'z') ||
		(*p >= 'A' && *p <= 'Z') || *p == '-' || *p == '.'))
		p++;
	return (size_t)(p - start);
}

/* v1.2.3-rc.1+build; what is missing is 0.  wild: x, X and * may stand. */
static bool
parse(const char **p, const char *end, bool wild, struct version *v)
{
	bool any = false;

	*v = (struct version){0};
	if (*p < end && **p == 'v')
		++*p;
	while (v->parts < 3 && *p < end) {
		if (wild && strchr("xX*", **p) != NULL && **p != '\0') {
			++*p;
			any = true;
			while (*p < end && strchr(".xX*", **p) != NULL)
				++*p;
			return true;
		}
		if (!number(p, end, &v->part[v->parts]))
			return false;
		any = true;
		v->parts++;
		if (v->parts == 3 || *p == end || **p != '.')
			break;
		++*p;
	}
	if (*p < end && **p == '-') {
		v->pre = ++*p;
		v->pre_n = identifiers(*p, end);
		*p += v->pre_n;
	}
	if (*p < end && **p == '+') {
		v->meta = ++*p;
		v->meta_n = identifiers(*p, end);
		*p += v->meta_n;
	}
	return any;
}

/* One identifier of a pre-release against another: numbers come first. */
static int
compare_identifiers(const char *a, size_t n, const char *b, size_t m)
{
	const char *p = a, *q = b;
	int64_t x, y;
	bool num_a = n > 0 && number(&p, a + n, &x) && p == a + n;
	bool num_b = m > 0 && number(&q, b + m, &y) && q == b + m;
	size_t least = n < m ? n : m;
	int r;

	if (num_a && num_b)
		return x < y ? -1 : x > y;
	if (num_a != num_b)
		return num_a ? -1 : 1;
	r = least > 0 ? memcmp(a, b, least) : 0;
	if (r != 0)
		return r;
	return n < m ? -1 : n > m;
}

static int
compare_pre(const struct version *a, const struct version *b)
{
	const char *p = a->pre, *q = b->pre, *end, *stop;
	size_t n, m;
	int r;

	if (a->pre_n == 0 || b->pre_n == 0)
		return (a->pre_n == 0) - (b->pre_n == 0);
	end = p + a->pre_n;
	stop = q + b->pre_n;
	while (p < end && q < stop) {
		for (n = 0; p + n < end && p[n] != '.'; n++)
			;
		for (m = 0; q + m < stop && q[m] != '.'; m++)
			;
		if ((r = compare_identifiers(p, n, q, m)) != 0)
			return r;
		p += n + (p + n < end);
		q += m + (q + m < stop);
	}
	return (p < end) - (q < stop);
}

static int
compare(const struct version *a, const struct version *b)
{
	int i;

	for (i = 0; i < 3; i++)
		if (a->part[i] != b->part[i])
			return a->part[i] < b->part[i] ? -1 : 1;
	return compare_pre(a, b);
}

/* The first parts, as many as were written, are the same. */
static bool
same_parts(const struct version *v, const struct version *w, int n)
{
	int i;

	for (i = 0; i < n && i < w->parts; i++)
		if (v->part[i] != w->part[i])
			return false;
	return true;
}

/* ^: what is left of the first part that is not zero stays. */
static bool
caret(const struct version *v, const struct version *w)
{
	int n = 1;

	while (n < 3 && n < w->parts && w->part[n - 1] == 0)
		n++;
	return compare(v, w) >= 0 && same_parts(v, w, n);
}

static bool
holds(
    const char *op, size_t n, const struct version *v, const struct version *w)
{
	char o[3] = {n > 0 ? op[0] : '=', n > 1 ? op[1] : '\0', '\0'};
	int r = compare(v, w);
	bool partial = same_parts(v, w, 3);

	/* A pre-release fits only what itself names one. */
	if (v->pre_n > 0 && w->pre_n == 0)
		return false;
	if (o[0] == '!')
		return w->parts < 3 ? !partial : r != 0;
	if (o[0] == '>' && o[1] == '=')
		return r >= 0;
	if (o[0] == '<' && o[1] == '=')
		return r <= 0 || (w->parts < 3 && partial);
	if (o[0] == '>')
		return w->parts < 3 ? r > 0 && !partial : r > 0;
	if (o[0] == '<')
		return r < 0;
	if (o[0] == '^')
		return caret(v, w);
	if (o[0] == '~')
		return r >= 0 && same_parts(v, w, 2);
	return w->parts < 3 ? partial : r == 0;
}

static void
skip(const char **p, const char *end)
{
	while (*p < end && (**p == ' ' || **p == ','))
		++*p;
}

/* Comparisons side by side, all of which are to hold; -1: not understood. */
static int
all_hold(const char *p, const char *end, const struct version *v)
{
	const char *op;
	struct version w;
	int result = 1;
	size_t n;

	for (skip(&p, end); p < end; skip(&p, end)) {
		for (op = p; p < end && strchr("<>=!^~", *p) != NULL; p++)
			;
		n = (size_t)(p - op);
		while (p < end && *p == ' ')
			p++;
		if (n > 2 || !parse(&p, end, true, &w))
			return -1;
		/* "1.2 - 1.4": both ends are in it. */
		if (n == 0 && end - p > 3 && memcmp(p, " - ", 3) == 0) {
			result = result && holds(">=", 2, v, &w);
			p += 3;
			if (!parse(&p, end, true, &w))
				return -1;
			op = "<=";
			n = 2;
		}
		result = result && holds(op, n, v, &w);
	}
	return result;
}

static struct sc_tpl_val *
semver_compare(struct sc_tpl_call *c)
{
	const char *p = c->arg[0]->u.s.p, *end = p + c->arg[0]->u.s.n, *bar;
	const char *s = c->arg[1]->u.s.p, *s_end = s + c->arg[1]->u.s.n;
	struct version v;
	bool fits = false;
	int r;

	if (!parse(&s, s_end, false, &v) || s != s_end)
		return sc_tpl_fail(c->x, "Invalid Semantic Version");
	for (;;) {
		bar = memmem(p, (size_t)(end - p), "||", 2);
		if (bar == p || p == end ||
		    (r = all_hold(p, bar != NULL ? bar : end, &v)) < 0)
			return sc_tpl_fail(
			    c->x, "improper constraint: %.60s", p);
		fits = fits || r > 0;
		if (bar == NULL)
			return sc_tpl_bool(c->d, fits);
		p = bar + 2;
	}
}

static struct sc_tpl_val *
semver(struct sc_tpl_call *c)
{
	static const char *const names[] = {"Major", "Minor", "Patch"};
	const char *s = c->arg[0]->u.s.p, *end = s + c->arg[0]->u.s.n;
	struct sc_tpl_val *o;
	struct version v;
	int i;

	if (!parse(&s, end, false, &v) || s != end)
		return sc_tpl_fail(c->x, "Invalid Semantic Version");
	o = sc_tpl_struct(c->d, "*semver.Version");
	for (i = 0; i < 3; i++)
		sc_tpl_field(
		    c->d, o, names[i], NULL, sc_tpl_int64(c->d, v.part[i]));
	sc_tpl_field(c->d, o, "Prerelease", NULL,
	    sc_tpl_stringn(c->d, v.pre != NULL ? v.pre : "", v.pre_n));
	sc_tpl_field(c->d, o, "Metadata", NULL,
	    sc_tpl_stringn(c->d, v.meta != NULL ? v.meta : "", v.meta_n));
	sc_tpl_field(c->d, o, "Original", NULL, c->arg[0]);
	return o;
}

const struct sc_tpl_func sc_tpl_funcs_version[] = {
    {"semver", "s", semver},
    {"semverCompare", "ss", semver_compare},
    {0},
};
