/*
 * From flags to values of members.
 */
#include "config.h"

#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/file.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/url.h"
#include "client/ca/provisioner_table.h"
#include "client/cli/options.h"

static int
text_value(const char *s, struct json_object **out, struct sc_error *e)
{
	*out = json_object_new_string(s);
	return *out != NULL ? 0 : sc_fail_nomem(e);
}

int
sc_prov_text(const struct sc_args *a, const struct sc_prov_member *m,
    struct json_object **out, struct sc_error *e)
{
	return text_value(sc_args_str(a, m->flag), out, e);
}

int
sc_prov_https(const struct sc_args *a, const struct sc_prov_member *m,
    struct json_object **out, struct sc_error *e)
{
	const char *s = sc_args_str(a, m->flag);
	struct sc_url u;
	bool good;

	if (sc_url_parse(s, &u) != 0)
		return sc_args_invalid(a, m->flag, s, "it is no URL", e);
	good = sc_streq(u.scheme, "https") && u.host[0] != '\0';
	sc_url_clear(&u);
	if (!good)
		return sc_args_invalid(
		    a, m->flag, s, "it must begin with https://", e);
	return text_value(s, out, e);
}

int
sc_prov_number(const struct sc_args *a, const struct sc_prov_member *m,
    struct json_object **out, struct sc_error *e)
{
	const char *s = sc_args_str(a, m->flag);
	char range[64];
	int64_t n;

	if (sc_strtonum(s, m->min, m->max, &n) != 0) {
		(void)snprintf(range, sizeof(range),
		    "it must be a number from %lld to %lld", (long long)m->min,
		    (long long)m->max);
		return sc_args_invalid(a, m->flag, s, range, e);
	}
	*out = json_object_new_int64(n);
	return *out != NULL ? 0 : sc_fail_nomem(e);
}

/* In Go's long form, as the reference writes them. */
int
sc_prov_duration(const struct sc_args *a, const struct sc_prov_member *m,
    struct json_object **out, struct sc_error *e)
{
	const char *s = sc_args_str(a, m->flag);
	char t[SC_DURATION_MAX], why[96];
	int64_t ns;

	if (sc_duration_parse(s, &ns) != 0 || ns < 0) {
		(void)snprintf(why, sizeof(why),
		    "%s is a duration such as 24h or 5m", m->name);
		return sc_args_invalid(a, m->flag, s, why, e);
	}
	sc_duration_format(ns, t);
	return text_value(t, out, e);
}

int
sc_prov_switch(const struct sc_args *a, const struct sc_prov_member *m,
    struct json_object **out, struct sc_error *e)
{
	*out = json_object_new_boolean(sc_args_bool(a, m->flag));
	return *out != NULL ? 0 : sc_fail_nomem(e);
}

/* The one value of a flag that is a list for provisioners of another type. */
int
sc_prov_one(const struct sc_args *a, const struct sc_prov_member *m,
    struct json_object **out, struct sc_error *e)
{
	const struct sc_strlist *l = sc_args_list(a, m->flag);

	if (l->n > 1)
		return sc_fail(e, SC_ERR_MALFORMED,
		    "flag '--%s' may be given once only", m->flag);
	return text_value(l->v[0], out, e);
}

/* --- lists ------------------------------------------------------------- */

static bool
is_choice(const char *choices, const char *s)
{
	size_t n = strlen(s);
	const char *at;

	for (at = choices; n > 0 && (at = strstr(at, s)) != NULL; at += n)
		if ((at == choices || at[-1] == ' ') &&
		    (at[n] == '\0' || at[n] == ','))
			return true;
	return false;
}

static bool
has(struct json_object *list, const char *s)
{
	size_t i, n = list != NULL ? json_object_array_length(list) : 0;

	for (i = 0; i < n; i++)
		if (sc_streq(json_object_get_string(
				 json_object_array_get_idx(list, i)),
			s))
			return true;
	return false;
}

static int
add(struct json_object *list, const char *s, struct sc_error *e)
{
	struct json_object *v;

	if (has(list, s))
		return 0;
	if ((v = json_object_new_string(s)) == NULL)
		return sc_fail_nomem(e);
	if (json_object_array_add(list, v) == 0)
		return 0;
	json_object_put(v);
	return sc_fail_nomem(e);
}

int
sc_prov_list(const struct sc_args *a, const struct sc_prov_member *m,
    struct json_object **out, struct sc_error *e)
{
	const struct sc_strlist *l = sc_args_list(a, m->flag);
	struct json_object *list = json_object_new_array();
	char why[128];
	size_t i;
	int r = list != NULL ? 0 : sc_fail_nomem(e);

	for (i = 0; r == 0 && i < l->n; i++) {
		if (m->choices == NULL || is_choice(m->choices, l->v[i])) {
			r = add(list, l->v[i], e);
			continue;
		}
		(void)snprintf(why, sizeof(why), "options are %s", m->choices);
		r = sc_args_invalid(a, m->flag, l->v[i], why, e);
	}
	if (r != 0) {
		json_object_put(list);
		return r;
	}
	*out = list;
	return 0;
}

static const struct sc_strlist *
removed(const struct sc_args *a, const struct sc_prov_member *m)
{
	static const struct sc_strlist none;

	return m->remove != NULL && sc_args_knows(a, m->remove)
	    ? sc_args_list(a, m->remove)
	    : &none;
}

int
sc_prov_list_merge(const struct sc_args *a, const struct sc_prov_member *m,
    struct json_object *old, struct json_object *v, struct json_object **out,
    struct sc_error *e)
{
	const struct sc_strlist *gone = removed(a, m);
	struct json_object *list = json_object_new_array();
	struct json_object *from[2] = {old, v};
	size_t i, k;
	int r = list != NULL ? 0 : sc_fail_nomem(e);

	for (i = 0; r == 0 && i < gone->n; i++)
		if (!has(old, gone->v[i]))
			r = sc_fail(e, SC_ERR_NOT_FOUND,
			    "flag '--%s': there is no '%s' in %s", m->remove,
			    gone->v[i], m->name);
	for (k = 0; k < 2; k++)
		for (i = 0; r == 0 && from[k] != NULL &&
		     i < json_object_array_length(from[k]);
		     i++) {
			const char *s = json_object_get_string(
			    json_object_array_get_idx(from[k], i));

			if (s != NULL && (k == 1 || !sc_strlist_has(gone, s)))
				r = add(list, s, e);
		}
	json_object_put(v);
	if (r != 0) {
		json_object_put(list);
		return r;
	}
	*out = list;
	return 0;
}

/* --- files ------------------------------------------------------------- */

/* What the authority is to read itself, wherever it is started. */
int
sc_prov_path(const struct sc_args *a, const struct sc_prov_member *m,
    struct json_object **out, struct sc_error *e)
{
	const char *file = sc_args_str(a, m->flag);
	char *text = NULL, *full = NULL;
	size_t n = 0;
	int r = sc_file_read(file, SC_MAX_PEM_FILE, &text, &n, e);

	if (r == 0 && (full = realpath(file, NULL)) == NULL)
		r = sc_fail_nomem(e);
	if (r == 0)
		r = text_value(full, out, e);
	free(full);
	free(text);
	return r;
}

int
sc_prov_file(const struct sc_args *a, const struct sc_prov_member *m,
    struct json_object **out, struct sc_error *e)
{
	char *text = NULL;
	size_t n = 0;
	int r = sc_file_read(
	    sc_args_str(a, m->flag), SC_MAX_CONFIG_FILE, &text, &n, e);

	if (r == 0)
		r = text_value(text, out, e);
	free(text);
	return r;
}

int
sc_prov_json(const struct sc_args *a, const struct sc_prov_member *m,
    struct json_object **out, struct sc_error *e)
{
	const char *file = sc_args_str(a, m->flag);
	char *text = NULL;
	size_t n = 0;
	int r = sc_file_read(file, SC_MAX_CONFIG_FILE, &text, &n, e);

	if (r == 0 && (r = sc_json_parse(text, n, 0, out, e)) != 0)
		sc_error_prefix(e, "%s", file);
	if (r == 0 && !json_object_is_type(*out, json_type_object)) {
		json_object_put(*out);
		*out = NULL;
		r = sc_fail(
		    e, SC_ERR_MALFORMED, "%s: expected a JSON object", file);
	}
	free(text);
	return r;
}

int
sc_prov_password(const struct sc_args *a, const struct sc_prov_member *m,
    struct json_object **out, struct sc_error *e)
{
	char *password = NULL;
	int r = sc_password_read(sc_args_str(a, m->flag), &password, e);

	if (r == 0)
		r = text_value(password, out, e);
	sc_free_secret(password);
	return r;
}
