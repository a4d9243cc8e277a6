#include "config.h"

#include <json-c/json.h>
#include <stdlib.h>

#include "base/err.h"
#include "base/file.h"
#include "base/json.h"
#include "config/ssh_templates.h"

#define MAX_TEMPLATES 64

static int
get_text(
    struct json_object *o, const char *name, char **out, struct sc_error *e)
{
	const char *s = NULL;
	int r = sc_json_get_string(o, name, &s, e);

	if (r != 0)
		return r;
	*out = sc_strdup(s != NULL ? s : "");
	return *out == NULL ? sc_fail_nomem(e) : 0;
}

static int
get_requires(struct json_object *o, struct sc_strlist *out, struct sc_error *e)
{
	struct json_object *list = NULL, *v;
	size_t i;
	int r;

	if ((r = sc_json_get_array(o, "requires", &list, e)) != 0 ||
	    list == NULL)
		return r;
	for (i = 0; i < json_object_array_length(list); i++) {
		v = json_object_array_get_idx(list, i);
		if (!json_object_is_type(v, json_type_string))
			return sc_fail(
			    e, SC_ERR_MALFORMED, "requires: not strings");
		if (sc_strlist_add(out, json_object_get_string(v)) != 0)
			return sc_fail_nomem(e);
	}
	return 0;
}

static int
check(const struct sc_config_ssh_template *t, struct sc_error *e)
{
	static const char *const types[] = {
	    "snippet", "file", "prepend-line", "directory"};
	size_t i;

	for (i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (sc_streq(t->type, types[i]))
			break;
	if (i == sizeof(types) / sizeof(types[0]))
		return sc_fail(e, SC_ERR_MALFORMED,
		    "type \"%s\" is not snippet, file, prepend-line or "
		    "directory",
		    t->type);
	if (t->name[0] == '\0' || t->path[0] == '\0' ||
	    (t->template[0] == '\0' && !sc_streq(t->type, "directory")))
		return sc_fail(
		    e, SC_ERR_MALFORMED, "name, path or template is missing");
	return 0;
}

static int
read_template(struct json_object *o, const char *steppath,
    struct sc_config_ssh_template *t, struct sc_error *e)
{
	char *file = NULL;
	int r;

	if (!json_object_is_type(o, json_type_object))
		return sc_fail(e, SC_ERR_MALFORMED, "expected an object");
	if ((r = get_text(o, "name", &t->name, e)) != 0 ||
	    (r = get_text(o, "type", &t->type, e)) != 0 ||
	    (r = get_text(o, "path", &t->path, e)) != 0 ||
	    (r = get_text(o, "comment", &t->comment, e)) != 0 ||
	    (r = get_requires(o, &t->requires, e)) != 0 ||
	    (r = get_text(o, "template", &file, e)) != 0)
		return r;
	t->template =
	    file[0] != '\0' ? sc_path_join(steppath, file) : sc_strdup("");
	free(file);
	if (t->template == NULL)
		return sc_fail_nomem(e);
	return check(t, e);
}

static int
read_list(struct json_object *ssh, const char *name, const char *steppath,
    struct sc_config_ssh_templates *c, struct sc_error *e)
{
	struct sc_config_ssh_template *v;
	struct json_object *list = NULL;
	size_t i, n;
	int r;

	if ((r = sc_json_get_array(ssh, name, &list, e)) != 0) {
		sc_error_prefix(e, "templates.ssh");
		return r;
	}
	n = list != NULL ? json_object_array_length(list) : 0;
	if (n > MAX_TEMPLATES)
		return sc_fail(e, SC_ERR_MALFORMED,
		    "templates.ssh.%s: more than %d", name, MAX_TEMPLATES);
	v = sc_reallocarray(c->v, c->n + n + 1, sizeof(*v));
	if (v == NULL)
		return sc_fail_nomem(e);
	c->v = v;
	for (i = 0; i < n; i++) {
		v = &c->v[c->n++];
		*v = (struct sc_config_ssh_template){
		    .host = sc_streq(name, "host")};
		r = read_template(
		    json_object_array_get_idx(list, i), steppath, v, e);
		if (r != 0) {
			sc_error_prefix(e, "templates.ssh.%s[%zu]", name, i);
			return r;
		}
	}
	return 0;
}

int
sc_config_ssh_templates_load(struct json_object *root, const char *steppath,
    struct sc_config_ssh_templates *c, struct sc_error *e)
{
	struct json_object *o = NULL, *ssh = NULL;
	int r;

	if ((r = sc_json_get_object(root, "templates", &o, e)) != 0 ||
	    o == NULL)
		return r;
	if ((r = sc_json_get_object(o, "ssh", &ssh, e)) != 0) {
		sc_error_prefix(e, "templates");
		return r;
	}
	if ((r = sc_json_get_object(o, "data", &c->data, e)) != 0) {
		sc_error_prefix(e, "templates");
		return r;
	}
	if (c->data != NULL &&
	    (sc_json_member_exact(c->data, "Step") != NULL ||
		sc_json_member_exact(c->data, "User") != NULL))
		return sc_fail(e, SC_ERR_MALFORMED,
		    "templates.data: must not contain Step or User");
	if (ssh == NULL)
		return 0;
	c->present = true;
	if ((r = read_list(ssh, "user", steppath, c, e)) != 0)
		return r;
	return read_list(ssh, "host", steppath, c, e);
}

void
sc_config_ssh_templates_clear(struct sc_config_ssh_templates *c)
{
	struct sc_config_ssh_template *t;

	while (c->n > 0) {
		t = &c->v[--c->n];
		free(t->name);
		free(t->type);
		free(t->template);
		free(t->path);
		free(t->comment);
		sc_strlist_clear(&t->requires);
	}
	free(c->v);
	*c = (struct sc_config_ssh_templates){0};
}
