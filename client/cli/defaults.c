#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "base/err.h"
#include "base/file.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "config/ca_json.h"
#include "client/command.h"
#include "client/cli/defaults.h"

struct sc_defaults {
	char *path;
	struct json_object *obj; /* NULL when there is no file */
};

static int
load_file(struct sc_defaults *d, int optional, struct sc_error *e)
{
	struct sc_error why = SC_ERROR_INIT;
	char *text = NULL;
	size_t n;
	int r;

	r = sc_file_read(d->path, SC_MAX_CONFIG_FILE, &text, &n, &why);
	if (r == SC_ERR_NOT_FOUND && optional)
		return 0;
	if (r == 0) {
		r = sc_json_parse(text, n, 0, &d->obj, &why);
		if (r == 0 && !json_object_is_type(d->obj, json_type_object))
			r = sc_fail(&why, SC_ERR_MALFORMED, "not an object");
		if (r != 0)
			sc_error_prefix(&why, "%s", d->path);
	}
	free(text);
	return r == 0 ? 0 : sc_fail(e, r, "%s", why.msg);
}

int
sc_defaults_load(const char *file, struct sc_defaults **out, struct sc_error *e)
{
	struct sc_defaults *d;
	char *base = NULL;
	int r = 0;

	*out = NULL;
	d = calloc(1, sizeof(*d));
	if (d == NULL)
		return sc_fail_nomem(e);
	if (file != NULL)
		d->path = sc_strdup(file);
	else if ((base = sc_steppath_authority()) != NULL)
		d->path = sc_asprintf("%s/config/defaults.json", base);
	free(base);
	/* Without a home there are no defaults either. */
	if (d->path != NULL)
		r = load_file(d, file == NULL, e);
	if (r != 0) {
		sc_defaults_free(d);
		return r;
	}
	*out = d;
	return 0;
}

void
sc_defaults_free(struct sc_defaults *d)
{
	if (d == NULL)
		return;
	json_object_put(d->obj);
	free(d->path);
	free(d);
}

static const char *
from_environment(const char *name)
{
	char var[80];
	size_t i;

	if (name == NULL ||
	    snprintf(var, sizeof(var), "STEP_%s", name) >= (int)sizeof(var))
		return NULL;
	for (i = 5; var[i] != '\0'; i++) {
		if (var[i] == '-')
			var[i] = '_';
		else if (var[i] >= 'a' && var[i] <= 'z')
			var[i] = (char)(var[i] - 'a' + 'A');
	}
	return getenv(var);
}

static int
add_words(struct sc_strlist *out, const char *s)
{
	char *word;
	size_t n;
	int r = 0;

	while (*s != '\0' && r == 0) {
		n = strcspn(s, ",");
		word = sc_strndup(s, n);
		r = word == NULL ? SC_ERR_NOMEM : sc_strlist_add(out, word);
		free(word);
		s += n;
		s += *s == ',';
	}
	return r;
}

static int
add_json(struct sc_strlist *out, struct json_object *v)
{
	size_t i;
	int r = 0;

	if (json_object_is_type(v, json_type_array)) {
		for (i = 0; r == 0 && i < json_object_array_length(v); i++)
			r = add_json(out, json_object_array_get_idx(v, i));
		return r;
	}
	return sc_strlist_add(out, json_object_get_string(v));
}

int
sc_defaults_find(const struct sc_defaults *d, const struct sc_opt *o,
    struct sc_strlist *out, struct sc_error *e)
{
	struct json_object *v = NULL;
	const char *s;
	int r = 0;

	s = from_environment(o->name);
	if (s == NULL)
		s = from_environment(o->alias);
	if (s != NULL)
		r = o->kind == SC_OPT_LIST ? add_words(out, s)
					   : sc_strlist_add(out, s);
	else if (d->obj != NULL) {
		v = sc_json_member_exact(d->obj, o->name);
		if (v == NULL && o->alias != NULL)
			v = sc_json_member_exact(d->obj, o->alias);
		if (v != NULL)
			r = add_json(out, v);
	}
	return r == 0 ? 0 : sc_fail_nomem(e);
}
