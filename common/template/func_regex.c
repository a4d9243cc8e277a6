/*
 * sprig's regular expressions, by PCRE2 held to what Go's RE2 knows: no
 * backward references, no looking around, and a bound on the steps of each
 * match, so that no expression takes long.
 */
#include "config.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "template/internal.h"

#define MAX_PATTERN 4096
#define MATCH_LIMIT 100000
/* What one match costs of an execution's steps, at least. */
#define MATCH_STEPS 100

struct regex {
	pcre2_code *code;
	pcre2_match_data *match;
	pcre2_match_context *limits;
	const char *s;
	size_t n;
	size_t at; /* where the next match may begin */
	size_t start, end; /* of the last one */
	bool done, failed;
};

static void
regex_clear(struct regex *r)
{
	pcre2_match_data_free(r->match);
	pcre2_match_context_free(r->limits);
	pcre2_code_free(r->code);
}

/* Groups that RE2 has not: (?= (?! (?<= (?<! (?> (?( (?R (?1 (?& (?| (* */
static bool
has_foreign_group(const char *s, size_t n)
{
	bool set = false;
	size_t i;

	for (i = 0; i < n; i++) {
		if (s[i] == '\\') {
			i++;
		} else if (set) {
			set = s[i] != ']';
		} else if (s[i] == '[') {
			set = true;
			if (i + 1 < n && s[i + 1] == '^')
				i++;
			if (i + 1 < n && s[i + 1] == ']')
				i++;
		} else if (s[i] == '(' && i + 1 < n && s[i + 1] == '*') {
			return true;
		} else if (s[i] == '(' && i + 2 < n && s[i + 1] == '?' &&
		    strchr("PimsU-:", s[i + 2]) == NULL) {
			return true;
		} else if ((s[i] == '+' || s[i] == '*' || s[i] == '?' ||
			       s[i] == '}') &&
		    i + 1 < n && s[i + 1] == '+') {
			return true;
		}
	}
	return false;
}

static void
bad_regex(struct sc_tpl_call *c, int code)
{
	PCRE2_UCHAR text[200];

	if (pcre2_get_error_message(code, text, sizeof(text)) < 0)
		text[0] = '\0';
	(void)sc_tpl_fail(c->x, "error parsing regexp: %s", (const char *)text);
}

/* False after an error, which is recorded unless quiet. */
static bool
regex_init(struct sc_tpl_call *c, struct regex *r, bool quiet)
{
	const struct sc_tpl_val *p = c->arg[0], *s = c->arg[1];
	uint32_t back = 0;
	PCRE2_SIZE where;
	int code = 0;

	*r = (struct regex){.s = s->u.s.p, .n = s->u.s.n};
	if (p->u.s.n <= MAX_PATTERN && !has_foreign_group(p->u.s.p, p->u.s.n))
		r->code = pcre2_compile((PCRE2_SPTR)p->u.s.p, p->u.s.n,
		    PCRE2_UTF | PCRE2_MATCH_INVALID_UTF | PCRE2_DOLLAR_ENDONLY |
			PCRE2_NEVER_BACKSLASH_C,
		    &code, &where, NULL);
	if (r->code != NULL)
		(void)pcre2_pattern_info(r->code, PCRE2_INFO_BACKREFMAX, &back);
	if (r->code == NULL || back > 0) {
		if (!quiet && code != 0)
			bad_regex(c, code);
		else if (!quiet)
			(void)sc_tpl_fail(c->x,
			    "error parsing regexp: invalid or unsupported "
			    "Perl syntax");
		return false;
	}
	r->match = pcre2_match_data_create_from_pattern(r->code, NULL);
	r->limits = pcre2_match_context_create(NULL);
	if (r->match == NULL || r->limits == NULL)
		return false;
	(void)pcre2_set_match_limit(r->limits, MATCH_LIMIT);
	(void)pcre2_set_heap_limit(r->limits, 8192);
	return true;
}

/* The next match, as Go's All functions find them. */
static bool
regex_next(struct sc_tpl_call *c, struct regex *r)
{
	const PCRE2_SIZE *o;
	size_t before = r->end, len;
	bool first = r->at == 0 && !r->done;
	int k;

	for (;;) {
		if (r->at > r->n || r->failed ||
		    !sc_tpl_spend(c->d, MATCH_STEPS + r->n / 64))
			return false;
		k = pcre2_match(r->code, (PCRE2_SPTR)r->s, r->n, r->at, 0,
		    r->match, r->limits);
		if (k < 0) {
			r->failed = k != PCRE2_ERROR_NOMATCH;
			return false;
		}
		o = pcre2_get_ovector_pointer(r->match);
		r->start = o[0];
		r->end = o[1];
		r->done = true;
		if (r->end > r->at) {
			r->at = r->end;
			if (r->start != r->end || first || r->start != before)
				return true;
			continue;
		}
		/* An empty match: go on behind the next character. */
		len = 1;
		if (r->at < r->n)
			(void)sc_tpl_rune(r->s + r->at, r->n - r->at, &len);
		r->at += len;
		/* None right behind the match before it. */
		if (first || r->start != before)
			return true;
		first = false;
	}
}

/* The result, or the error that matching ended with. */
static struct sc_tpl_val *
finish(struct sc_tpl_call *c, struct regex *r, struct sc_tpl_val *v)
{
	bool failed = r->failed;

	regex_clear(r);
	if (failed)
		return sc_tpl_fail(
		    c->x, "the regular expression takes too long");
	return v;
}

static struct sc_tpl_val *
match(struct sc_tpl_call *c)
{
	struct regex r;
	bool quiet = !sc_has_prefix(c->fn->name, "must");
	bool found;

	if (!regex_init(c, &r, quiet)) {
		regex_clear(&r);
		return quiet ? sc_tpl_bool(c->d, false) : NULL;
	}
	found = regex_next(c, &r);
	return finish(c, &r, sc_tpl_bool(c->d, found));
}

static struct sc_tpl_val *
find(struct sc_tpl_call *c)
{
	struct sc_tpl_val *v = NULL;
	struct regex r;

	if (regex_init(c, &r, false))
		v = regex_next(c, &r)
		    ? sc_tpl_stringn(c->d, r.s + r.start, r.end - r.start)
		    : sc_tpl_string(c->d, "");
	return finish(c, &r, v);
}

static struct sc_tpl_val *
find_all(struct sc_tpl_call *c)
{
	struct sc_tpl_val *v = NULL;
	int64_t most = c->arg[2]->u.i;
	struct regex r;

	if (regex_init(c, &r, false)) {
		v = sc_tpl_list(c->d, "[]string");
		while (most != 0 && regex_next(c, &r)) {
			sc_tpl_list_add(c->d, v,
			    sc_tpl_stringn(
				c->d, r.s + r.start, r.end - r.start));
			most--;
		}
	}
	return finish(c, &r, v);
}

static struct sc_tpl_val *
split(struct sc_tpl_call *c)
{
	struct sc_tpl_val *v = NULL;
	int64_t most = c->arg[2]->u.i;
	size_t begin = 0;
	struct regex r;

	if (!regex_init(c, &r, false))
		return finish(c, &r, NULL);
	v = sc_tpl_list(c->d, "[]string");
	while (most != 0 && most != 1 && r.n > 0 && regex_next(c, &r)) {
		if (r.end == 0 || r.start >= r.n)
			continue;
		sc_tpl_list_add(c->d, v,
		    sc_tpl_stringn(c->d, r.s + begin, r.start - begin));
		begin = r.end;
		most--;
	}
	if (c->arg[2]->u.i != 0)
		sc_tpl_list_add(
		    c->d, v, sc_tpl_stringn(c->d, r.s + begin, r.n - begin));
	return finish(c, &r, v);
}

static bool
is_word(char ch)
{
	return (ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z') ||
	    (ch >= '0' && ch <= '9') || ch == '_';
}

/* The group that a name or number means; its text, if it took part. */
static void
put_group(struct sc_buf *b, const struct regex *r, const char *name, size_t n)
{
	const PCRE2_SIZE *o = pcre2_get_ovector_pointer(r->match);
	uint32_t count = pcre2_get_ovector_count(r->match);
	char text[33];
	int64_t i;

	if (n == 0 || n >= sizeof(text))
		return;
	memcpy(text, name, n);
	text[n] = '\0';
	if (sc_strtonum(text, 0, 1000, &i) != 0)
		i = pcre2_substring_number_from_name(r->code, (PCRE2_SPTR)text);
	if (i >= 0 && i < count && o[2 * i] != PCRE2_UNSET)
		(void)sc_buf_put(b, r->s + o[2 * i], o[2 * i + 1] - o[2 * i]);
}

/* $1, ${1}, $name, ${name}, $$. */
static void
expand(struct sc_buf *b, const struct regex *r, const char *s, size_t n)
{
	const char *end = s + n, *name;
	bool brace;

	while (s < end) {
		if (*s != '$' || s + 1 == end) {
			(void)sc_buf_putc(b, *s++);
			continue;
		}
		if (s[1] == '$') {
			(void)sc_buf_putc(b, '$');
			s += 2;
			continue;
		}
		brace = s[1] == '{';
		name = s + 1 + brace;
		for (s = name; s < end && is_word(*s); s++)
			;
		if (s == name || (brace && (s == end || *s != '}'))) {
			/* No name: the dollar stands for itself. */
			(void)sc_buf_putc(b, '$');
			s = name - brace;
			continue;
		}
		put_group(b, r, name, (size_t)(s - name));
		s += brace;
	}
}

static struct sc_tpl_val *
replace(struct sc_tpl_call *c, bool literal)
{
	const struct sc_tpl_val *with = c->arg[2];
	struct sc_buf *b;
	struct regex r;
	size_t begin = 0;

	if (!regex_init(c, &r, false))
		return finish(c, &r, NULL);
	b = sc_tpl_buf();
	while (sc_buf_error(b) == 0 && regex_next(c, &r)) {
		(void)sc_buf_put(b, r.s + begin, r.start - begin);
		if (literal)
			(void)sc_buf_put(b, with->u.s.p, with->u.s.n);
		else
			expand(b, &r, with->u.s.p, with->u.s.n);
		begin = r.end;
	}
	(void)sc_buf_put(b, r.s + begin, r.n - begin);
	return finish(c, &r, sc_tpl_take(c->d, b));
}

static struct sc_tpl_val *
replace_all(struct sc_tpl_call *c)
{
	return replace(c, false);
}

static struct sc_tpl_val *
replace_literal(struct sc_tpl_call *c)
{
	return replace(c, true);
}

static struct sc_tpl_val *
quote_meta(struct sc_tpl_call *c)
{
	struct sc_buf *b = sc_tpl_buf();
	const char *s = c->arg[0]->u.s.p;
	size_t i;

	for (i = 0; i < c->arg[0]->u.s.n; i++) {
		if (s[i] != '\0' && strchr("\\.+*?()|[]{}^$", s[i]) != NULL)
			(void)sc_buf_putc(b, '\\');
		(void)sc_buf_putc(b, s[i]);
	}
	return sc_tpl_take(c->d, b);
}

const struct sc_tpl_func sc_tpl_funcs_regex[] = {
    {"regexMatch", "ss", match},
    {"mustRegexMatch", "ss", match},
    {"regexFind", "ss", find},
    {"mustRegexFind", "ss", find},
    {"regexFindAll", "ssi", find_all},
    {"mustRegexFindAll", "ssi", find_all},
    {"regexReplaceAll", "sss", replace_all},
    {"mustRegexReplaceAll", "sss", replace_all},
    {"regexReplaceAllLiteral", "sss", replace_literal},
    {"mustRegexReplaceAllLiteral", "sss", replace_literal},
    {"regexSplit", "ssi", split},
    {"mustRegexSplit", "ssi", split},
    {"regexQuoteMeta", "s", quote_meta},
    {0},
};
