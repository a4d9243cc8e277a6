#include "config.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/mem.h"
#include "client/command.h"
#include "client/cli/defaults.h"
#include "client/cli/options.h"
#include "client/cli/suggest.h"

const struct sc_opt sc_options_global[] = {
    {.name = "config",
	.flags = SC_OPT_LINE_ONLY,
	.arg = "FILE",
	.help = "read defaults from FILE"},
    {.name = "help",
	.letter = 'h',
	.kind = SC_OPT_BOOL,
	.flags = SC_OPT_LINE_ONLY,
	.help = "show help"},
    SC_OPT_END};

enum source {
	FROM_NOWHERE,
	FROM_DEFAULT,
	FROM_LOOKUP,
	FROM_LINE
};

struct value {
	const struct sc_opt *opt;
	struct sc_strlist v;
	enum source from;
};

struct sc_args {
	const struct sc_command *cmd;
	char *path;
	char *usage;
	struct value *values;
	size_t n;
	struct sc_strlist pos;
};

/* The i-th option of a command, the global ones last; NULL at the end. */
static const struct sc_opt *
nth_option(const struct sc_command *cmd, size_t i)
{
	const struct sc_opt *o;
	size_t t;

	for (t = 0; t < SC_MAX_OPTION_TABLES && cmd->options[t] != NULL; t++)
		for (o = cmd->options[t]; o->name != NULL; o++)
			if (i-- == 0)
				return o;
	for (o = sc_options_global; o->name != NULL; o++)
		if (i-- == 0)
			return o;
	return NULL;
}

static char *
make_usage(const struct sc_command *cmd, const char *path)
{
	if (cmd->subs != NULL)
		return sc_asprintf("%s <command> [<args>] [flags]", path);
	if (cmd->args == NULL)
		return sc_asprintf("%s [flags]", path);
	return sc_asprintf("%s %s [flags]", path, cmd->args);
}

static struct sc_args *
args_new(const struct sc_command *cmd, const char *path)
{
	struct sc_args *a;
	size_t i, n;

	for (n = 0; nth_option(cmd, n) != NULL; n++)
		;
	a = calloc(1, sizeof(*a));
	if (a == NULL)
		return NULL;
	a->cmd = cmd;
	a->path = sc_strdup(path);
	a->usage = make_usage(cmd, path);
	a->values = calloc(n, sizeof(*a->values));
	if (a->path == NULL || a->usage == NULL || a->values == NULL) {
		sc_args_free(a);
		return NULL;
	}
	a->n = n;
	for (i = 0; i < n; i++)
		a->values[i].opt = nth_option(cmd, i);
	return a;
}

void
sc_args_free(struct sc_args *a)
{
	size_t i;

	if (a == NULL)
		return;
	for (i = 0; i < a->n; i++)
		sc_strlist_clear(&a->values[i].v);
	free(a->values);
	sc_strlist_clear(&a->pos);
	free(a->usage);
	free(a->path);
	free(a);
}

/* By the name as typed, without dashes, n characters long. */
static struct value *
find_typed(struct sc_args *a, const char *name, size_t n)
{
	const struct sc_opt *o;
	size_t i;

	for (i = 0; i < a->n; i++) {
		o = a->values[i].opt;
		if ((strlen(o->name) == n && strncmp(o->name, name, n) == 0) ||
		    (o->alias != NULL && strlen(o->alias) == n &&
			strncmp(o->alias, name, n) == 0) ||
		    (n == 1 && o->letter != 0 && o->letter == name[0]))
			return &a->values[i];
	}
	return NULL;
}

static struct value *
find(const struct sc_args *a, const char *name)
{
	size_t i;

	for (i = 0; i < a->n; i++)
		if (strcmp(a->values[i].opt->name, name) == 0)
			return &a->values[i];
	return NULL;
}

static const struct value *
must_find(const struct sc_args *a, const char *name)
{
	const struct value *v;

	v = find(a, name);
	if (v == NULL) {
		fprintf(
		    stderr, "%s: no flag --%s in its table\n", a->path, name);
		abort();
	}
	return v;
}

static int
parse_bool(const char *s)
{
	static const char *const yes[] = {"1", "t", "true", "yes"};
	static const char *const no[] = {"0", "f", "false", "no", ""};
	size_t i;

	for (i = 0; i < sizeof(yes) / sizeof(yes[0]); i++)
		if (sc_strcaseeq(s, yes[i]))
			return 1;
	for (i = 0; i < sizeof(no) / sizeof(no[0]); i++)
		if (sc_strcaseeq(s, no[i]))
			return 0;
	return -1;
}

/* Is s one of the words of "a, b, c"? */
static bool
is_choice(const char *choices, const char *s)
{
	size_t n;

	while (*choices != '\0') {
		n = strcspn(choices, ",");
		if (strlen(s) == n && strncmp(choices, s, n) == 0)
			return true;
		choices += n;
		choices += strspn(choices, ", ");
	}
	return false;
}

static int
refuse_choice(const struct sc_opt *o, const char *s, struct sc_error *e)
{
	return sc_fail(e, SC_ERR_MALFORMED,
	    "invalid value '%s' for flag '--%s'; options are %s", s, o->name,
	    o->choices);
}

static int
set_value(struct value *v, const char *s, enum source from, struct sc_error *e)
{
	int b;

	if (v->opt->kind == SC_OPT_BOOL) {
		b = parse_bool(s);
		if (b < 0)
			return sc_fail(e, SC_ERR_MALFORMED,
			    "invalid value '%s' for flag '--%s'", s,
			    v->opt->name);
		s = b ? "true" : "";
	} else if (v->opt->choices != NULL && !is_choice(v->opt->choices, s))
		return refuse_choice(v->opt, s, e);
	if (v->opt->kind != SC_OPT_LIST || v->from != from)
		sc_strlist_clear(&v->v);
	if (sc_strlist_add(&v->v, s) != 0)
		return sc_fail_nomem(e);
	v->from = from;
	return 0;
}

static int
unknown_flag(struct sc_args *a, const char *name, size_t n, struct sc_error *e)
{
	const char *best = NULL;
	unsigned least = SC_SUGGEST_FAR, d;
	char typed[64];
	size_t i;

	snprintf(typed, sizeof(typed), "%.*s", (int)(n < 63 ? n : 63), name);
	for (i = 0; i < a->n; i++) {
		if (a->values[i].opt->flags & SC_OPT_HIDDEN)
			continue;
		d = sc_suggest_distance(typed, a->values[i].opt->name);
		if (d < least) {
			least = d;
			best = a->values[i].opt->name;
		}
	}
	if (best != NULL)
		return sc_fail(e, SC_ERR_MALFORMED,
		    "unknown flag '--%s' in '%s'; did you mean '--%s'?", typed,
		    a->usage, best);
	return sc_fail(e, SC_ERR_MALFORMED, "unknown flag '--%s' in '%s'",
	    typed, a->usage);
}

/* One flag at argv[*i]; moves *i to its value when that is a word apart. */
static int
parse_flag(struct sc_args *a, int argc, char **argv, int *i, struct sc_error *e)
{
	struct value *v;
	const char *s = argv[*i], *eq;
	size_t n;

	s += s[1] == '-' ? 2 : 1;
	eq = strchr(s, '=');
	n = eq != NULL ? (size_t)(eq - s) : strlen(s);
	v = find_typed(a, s, n);
	if (v == NULL)
		return unknown_flag(a, s, n, e);
	if (eq != NULL)
		return set_value(v, eq + 1, FROM_LINE, e);
	if (v->opt->kind == SC_OPT_BOOL)
		return set_value(v, "true", FROM_LINE, e);
	if (*i + 1 >= argc)
		return sc_fail(e, SC_ERR_MALFORMED,
		    "flag '--%s' needs a value in '%s'", v->opt->name,
		    a->usage);
	return set_value(v, argv[++*i], FROM_LINE, e);
}

static int
parse_line(struct sc_args *a, int argc, char **argv, struct sc_error *e)
{
	bool flags = true;
	int i, r;

	for (i = 0; i < argc; i++) {
		if (flags && strcmp(argv[i], "--") == 0) {
			flags = false;
			continue;
		}
		/* A lone dash is standard input. */
		if (flags && argv[i][0] == '-' && argv[i][1] != '\0') {
			r = parse_flag(a, argc, argv, &i, e);
			if (r != 0)
				return r;
			continue;
		}
		if (sc_strlist_add(&a->pos, argv[i]) != 0)
			return sc_fail_nomem(e);
	}
	return 0;
}

static int
check_count(const struct sc_args *a, struct sc_error *e)
{
	if (a->pos.n < a->cmd->min_args)
		return sc_fail(e, SC_ERR_MALFORMED,
		    "not enough positional arguments were provided in '%s'",
		    a->usage);
	if (a->pos.n > a->cmd->max_args)
		return sc_fail(e, SC_ERR_MALFORMED,
		    "too many positional arguments were provided in '%s'",
		    a->usage);
	return 0;
}

/* Environment, then defaults.json; the first that has a value gives all. */
static int
look_up(struct value *v, const struct sc_defaults *d, struct sc_error *e)
{
	struct sc_strlist found = {NULL, 0};
	size_t i;
	int r;

	r = sc_defaults_find(d, v->opt, &found, e);
	for (i = 0; r == 0 && i < found.n; i++)
		r = set_value(v, found.v[i], FROM_LOOKUP, e);
	sc_strlist_clear(&found);
	return r;
}

static int
fill_in(struct sc_args *a, struct sc_error *e)
{
	struct sc_defaults *d = NULL;
	struct value *v;
	size_t i;
	int r;

	r = sc_defaults_load(sc_args_str(a, "config"), &d, e);
	for (i = 0; r == 0 && i < a->n; i++) {
		v = &a->values[i];
		if (v->from == FROM_NOWHERE &&
		    !(v->opt->flags & SC_OPT_LINE_ONLY))
			r = look_up(v, d, e);
		if (r == 0 && v->from == FROM_NOWHERE && v->opt->def != NULL)
			r = set_value(v, v->opt->def, FROM_DEFAULT, e);
	}
	sc_defaults_free(d);
	return r;
}

int
sc_args_parse(const struct sc_command *cmd, const char *path, int argc,
    char **argv, struct sc_args **out, struct sc_error *e)
{
	struct sc_args *a;
	int r;

	*out = NULL;
	a = args_new(cmd, path);
	if (a == NULL)
		return sc_fail_nomem(e);
	r = parse_line(a, argc, argv, e);
	if (r == 0 && !sc_args_help(a)) {
		r = check_count(a, e);
		if (r == 0)
			r = fill_in(a, e);
	}
	if (r != 0) {
		sc_args_free(a);
		return r;
	}
	*out = a;
	return 0;
}

bool
sc_args_help(const struct sc_args *a)
{
	return sc_args_bool(a, "help");
}

const char *
sc_args_path(const struct sc_args *a)
{
	return a->path;
}

const char *
sc_args_usage(const struct sc_args *a)
{
	return a->usage;
}

size_t
sc_args_n(const struct sc_args *a)
{
	return a->pos.n;
}

const char *
sc_args_pos(const struct sc_args *a, size_t i)
{
	return i < a->pos.n ? a->pos.v[i] : NULL;
}

const char *
sc_args_str(const struct sc_args *a, const char *name)
{
	const struct value *v = must_find(a, name);

	return v->v.n > 0 ? v->v.v[v->v.n - 1] : NULL;
}

bool
sc_args_bool(const struct sc_args *a, const char *name)
{
	const char *s = sc_args_str(a, name);

	return s != NULL && s[0] != '\0';
}

const struct sc_strlist *
sc_args_list(const struct sc_args *a, const char *name)
{
	return &must_find(a, name)->v;
}

bool
sc_args_given(const struct sc_args *a, const char *name)
{
	const struct value *v = must_find(a, name);

	if (v->opt->kind == SC_OPT_BOOL)
		return v->from > FROM_DEFAULT && sc_args_bool(a, name);
	return v->from > FROM_DEFAULT;
}

bool
sc_args_on_line(const struct sc_args *a, const char *name)
{
	return must_find(a, name)->from == FROM_LINE;
}

bool
sc_args_knows(const struct sc_args *a, const char *name)
{
	return find(a, name) != NULL;
}

int
sc_args_check_required(
    const struct sc_args *a, const char *name, struct sc_error *e)
{
	const char *s = sc_args_str(a, name);

	if (s != NULL && s[0] != '\0')
		return 0;
	return sc_fail(e, SC_ERR_MALFORMED, "'%s' requires the '--%s' flag",
	    a->path, name);
}

int
sc_args_check_needs(const struct sc_args *a, const char *name,
    const char *needed, struct sc_error *e)
{
	if (!sc_args_given(a, name) || sc_args_given(a, needed))
		return 0;
	return sc_fail(e, SC_ERR_MALFORMED,
	    "flag '--%s' requires the '--%s' flag", name, needed);
}

int
sc_args_check_conflict(
    const struct sc_args *a, const char *x, const char *y, struct sc_error *e)
{
	if (!sc_args_given(a, x) || !sc_args_given(a, y))
		return 0;
	return sc_fail(e, SC_ERR_MALFORMED,
	    "flag '--%s' is incompatible with '--%s'", x, y);
}

int
sc_args_check_exclusive(
    const struct sc_args *a, const char *x, const char *y, struct sc_error *e)
{
	if (!sc_args_given(a, x) || !sc_args_given(a, y))
		return 0;
	return sc_fail(e, SC_ERR_MALFORMED,
	    "flag '--%s' and flag '--%s' are mutually exclusive", x, y);
}

int
sc_args_check_insecure(
    const struct sc_args *a, const char *name, struct sc_error *e)
{
	return sc_args_check_needs(a, name, "insecure", e);
}

int
sc_args_invalid(const struct sc_args *a, const char *name, const char *value,
    const char *reason, struct sc_error *e)
{
	(void)must_find(a, name);
	return sc_fail(e, SC_ERR_MALFORMED,
	    "invalid value '%s' for flag '--%s'%s%s", value, name,
	    reason != NULL ? "; " : "", reason != NULL ? reason : "");
}

int
sc_args_check_time(
    const struct sc_args *a, const char *name, struct sc_error *e)
{
	const char *s = sc_args_str(a, name);
	struct sc_timespec ts;

	if (sc_timespec_parse(s, &ts) == 0)
		return 0;
	return sc_args_invalid(
	    a, name, s, "it must be a time (RFC 3339) or a duration", e);
}

int
sc_args_check_distinct(const struct sc_args *a, size_t i, size_t k,
    const char *iname, const char *kname, struct sc_error *e)
{
	const char *x = sc_args_pos(a, i), *y = sc_args_pos(a, k);

	if (x == NULL || y == NULL || strcmp(x, y) != 0)
		return 0;
	return sc_fail(e, SC_ERR_MALFORMED,
	    "positional arguments <%s> and <%s> cannot be equal in '%s'", iname,
	    kname, a->usage);
}
