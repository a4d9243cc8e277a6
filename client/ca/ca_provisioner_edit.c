/*
 * ca provisioner get, add, update, remove: the provisioners in ca.json.
 */
#include "config.h"

#include <json-c/json.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "client/ca/ca_edit.h"
#include "client/ca/ca_provisioner_edit.h"
#include "client/ca/provisioner_set.h"
#include "client/ca/provisioner_table.h"
#include "client/cli/options.h"

static int
print(struct json_object *p, struct sc_error *e)
{
	struct sc_buf *b = sc_buf_new(SC_MAX_CONFIG_FILE);
	int r = sc_json_put(b, p, "   ");

	if (r == 0)
		puts(sc_buf_str(b));
	sc_buf_free(b);
	return r == 0 ? 0 : sc_fail(e, r, "%s", sc_err_text(r));
}

static int
get(struct sc_args *a, struct sc_error *e)
{
	struct sc_ca_edit *d = NULL;
	struct json_object *p;
	int r;

	if ((r = sc_ca_edit_open(a, &d, e)) == 0 &&
	    (r = sc_ca_edit_provisioner(d, sc_args_pos(a, 0), &p, e)) == 0)
		r = print(p, e);
	sc_ca_edit_free(d);
	return r;
}

const struct sc_command sc_cmd_ca_provisioner_get = {.name = "get",
    .args = "<name>",
    .help = "print a provisioner of ca.json",
    .min_args = 1,
    .max_args = 1,
    .options = {sc_options_ca_edit},
    .run = get};

/* --- add --------------------------------------------------------------- */

/* "options":{"x509":{},"ssh":{}} */
static int
make_options(struct json_object *p, struct sc_error *e)
{
	struct json_object *o, *inner;
	int r = sc_ca_edit_member(p, "options", true, &o, e);

	if (r == 0)
		r = sc_ca_edit_member(o, "x509", true, &inner, e);
	if (r == 0)
		r = sc_ca_edit_member(o, "ssh", true, &inner, e);
	return r;
}

static int
make(const struct sc_args *a, const struct sc_prov_type *t,
    struct json_object **out, struct sc_error *e)
{
	struct json_object *p = json_object_new_object();
	int r = p != NULL ? 0 : sc_fail_nomem(e);

	if (r == 0)
		r = sc_ca_edit_set(
		    p, "type", json_object_new_string(t->name), e);
	if (r == 0)
		r = sc_ca_edit_set(
		    p, "name", json_object_new_string(sc_args_pos(a, 0)), e);
	if (r == 0)
		r = sc_prov_set(a, t, true, p, e);
	if (r == 0 && t->bit != SC_OF_SSHPOP)
		r = make_options(p, e);
	if (r != 0) {
		json_object_put(p);
		return r;
	}
	*out = p;
	return 0;
}

/* authority.provisioners, made when there is none; borrowed. */
static int
provisioners(struct sc_ca_edit *d, struct json_object **out, struct sc_error *e)
{
	struct json_object *authority;
	int r = sc_ca_edit_member(
	    sc_ca_edit_root(d), "authority", true, &authority, e);

	if (r != 0)
		return r;
	*out = sc_json_member(authority, "provisioners");
	if (*out == NULL) {
		sc_ca_edit_remove(authority, "provisioners");
		if ((*out = json_object_new_array()) == NULL)
			return sc_fail_nomem(e);
		json_object_object_add(authority, "provisioners", *out);
	}
	return json_object_is_type(*out, json_type_array)
	    ? 0
	    : sc_fail(
		  e, SC_ERR_MALFORMED, "authority.provisioners is not a list");
}

static int
append(struct sc_ca_edit *d, struct json_object *p, struct sc_error *e)
{
	struct json_object *list = NULL;
	int r;

	if ((r = provisioners(d, &list, e)) == 0 &&
	    json_object_array_add(list, json_object_get(p)) != 0)
		r = sc_fail_nomem(e);
	return r != 0 ? r : sc_ca_edit_save(d, e);
}

static int
add(struct sc_args *a, struct sc_error *e)
{
	const char *name = sc_args_pos(a, 0), *type = sc_args_str(a, "type");
	const struct sc_prov_type *t = sc_prov_type_find(type);
	struct json_object *p = NULL;
	struct sc_ca_edit *d = NULL;
	char why[SC_PROV_TYPES_MAX + 16] = "options are ";
	int r;

	if (t == NULL) {
		sc_prov_types_text(~0u, why + strlen(why));
		return sc_args_invalid(a, "type", type, why, e);
	}
	if ((r = sc_ca_edit_open(a, &d, e)) != 0)
		return r;
	if (sc_ca_edit_provisioner(d, name, &p, NULL) == 0) {
		sc_ca_edit_free(d);
		return sc_fail(e, SC_ERR_CONFLICT,
		    "there is a provisioner %s already", name);
	}
	p = NULL;
	if ((r = make(a, t, &p, e)) == 0)
		r = append(d, p, e);
	if (r == 0 && t->bit == SC_OF_SCEP)
		sc_ca_edit_warn_secret(d);
	json_object_put(p);
	sc_ca_edit_free(d);
	return r;
}

const struct sc_command sc_cmd_ca_provisioner_add = {.name = "add",
    .args = "<name>",
    .help = "add a provisioner to ca.json",
    .min_args = 1,
    .max_args = 1,
    .options = {sc_options_prov_type, sc_options_prov_own,
	sc_options_prov_legacy, sc_options_prov_cloud,
	sc_options_prov_templates, sc_options_prov_claims, sc_options_ca_edit},
    .run = add};

/* --- update ------------------------------------------------------------ */

/* Of one in ca.json. */
static int
type_of(
    struct json_object *p, const struct sc_prov_type **out, struct sc_error *e)
{
	const char *type = NULL;
	int r = sc_json_get_string(p, "type", &type, e);

	if (r != 0)
		return r;
	*out = type != NULL ? sc_prov_type_find(type) : NULL;
	return *out != NULL
	    ? 0
	    : sc_fail(e, SC_ERR_UNSUPPORTED, "unsupported provisioner type %s",
		  type != NULL ? type : "");
}

static int
update(struct sc_args *a, struct sc_error *e)
{
	const struct sc_prov_type *t = NULL;
	const char *name = sc_args_str(a, "name");
	struct json_object *p, *other;
	struct sc_ca_edit *d = NULL;
	int r;

	if ((r = sc_ca_edit_open(a, &d, e)) != 0)
		return r;
	r = sc_ca_edit_provisioner(d, sc_args_pos(a, 0), &p, e);
	if (r == 0 && name != NULL &&
	    sc_ca_edit_provisioner(d, name, &other, NULL) == 0 && other != p)
		r = sc_fail(e, SC_ERR_CONFLICT,
		    "there is a provisioner %s already", name);
	if (r == 0 && name != NULL)
		r = sc_ca_edit_set(p, "name", json_object_new_string(name), e);
	if (r == 0)
		r = type_of(p, &t, e);
	if (r == 0)
		r = sc_prov_set(a, t, false, p, e);
	if (r == 0)
		r = sc_ca_edit_save(d, e);
	sc_ca_edit_free(d);
	return r;
}

const struct sc_command sc_cmd_ca_provisioner_update = {.name = "update",
    .args = "<name>",
    .help = "change a provisioner in ca.json",
    .min_args = 1,
    .max_args = 1,
    .options = {sc_options_prov_name, sc_options_prov_own,
	sc_options_prov_legacy, sc_options_prov_cloud, sc_options_prov_remove,
	sc_options_prov_templates, sc_options_prov_claims, sc_options_ca_edit},
    .run = update};

static int
remove_one(struct sc_args *a, struct sc_error *e)
{
	struct json_object *p, *list = NULL;
	struct sc_ca_edit *d = NULL;
	size_t i;
	int r;

	if ((r = sc_ca_edit_open(a, &d, e)) == 0 &&
	    (r = sc_ca_edit_provisioner(d, sc_args_pos(a, 0), &p, e)) == 0 &&
	    (r = provisioners(d, &list, e)) == 0) {
		for (i = 0; json_object_array_get_idx(list, i) != p; i++)
			;
		(void)json_object_array_del_idx(list, i, 1);
		r = sc_ca_edit_save(d, e);
	}
	sc_ca_edit_free(d);
	return r;
}

const struct sc_command sc_cmd_ca_provisioner_remove = {.name = "remove",
    .args = "<name>",
    .help = "remove a provisioner from ca.json",
    .min_args = 1,
    .max_args = 1,
    .options = {sc_options_ca_edit},
    .run = remove_one};
