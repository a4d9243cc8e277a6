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
#include "client/ca/provisioner_jwk.h"
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

/* --- members ----------------------------------------------------------- */

/* The value of m: of its flag, or by default; *out NULL: neither. */
static int
value(const struct sc_args *a, const struct sc_prov_member *m, bool adding,
    struct json_object **out, struct sc_error *e)
{
	*out = NULL;
	if (sc_args_on_line(a, m->flag))
		return m->read(a, m, out, e);
	if (!adding || m->def == NULL)
		return 0;
	return sc_json_parse(m->def, strlen(m->def), 0, out, e);
}

static int
set_member(const struct sc_args *a, const struct sc_prov_member *m, bool adding,
    struct json_object *p, struct sc_error *e)
{
	struct json_object *v;
	int r = value(a, m, adding, &v, e);

	if (r != 0 || v == NULL)
		return r;
	if (m->in != NULL &&
	    (r = sc_ca_edit_member(p, m->in, true, &p, e)) != 0) {
		json_object_put(v);
		return r;
	}
	return sc_ca_edit_set(p, m->name, v, e);
}

/* The members of p, a provisioner of type t, that flags name. */
static int
set_members(const struct sc_args *a, const struct sc_prov_type *t, bool adding,
    struct json_object *p, struct sc_error *e)
{
	const struct sc_prov_member *m;
	int r = 0;

	for (m = sc_prov_members; r == 0 && m->flag != NULL; m++)
		if ((m->types & t->bit) != 0 && m->read != NULL &&
		    sc_args_knows(a, m->flag))
			r = set_member(a, m, adding, p, e);
	return r;
}

/* Is it a flag of type t?  *of: of which type it is else. */
static bool
fits(const char *flag, const struct sc_prov_type *t, unsigned *of)
{
	const struct sc_prov_member *m;

	for (m = sc_prov_members; m->flag != NULL; m++) {
		if (!sc_streq(m->flag, flag))
			continue;
		if ((m->types & t->bit) != 0)
			return true;
		*of = m->types;
	}
	return false;
}

/* --- add --------------------------------------------------------------- */

static int
check_flags(
    const struct sc_args *a, const struct sc_prov_type *t, struct sc_error *e)
{
	const struct sc_prov_member *m;
	unsigned of = 0;

	for (m = sc_prov_members; m->flag != NULL; m++) {
		bool given = sc_args_on_line(a, m->flag);

		if (given && !fits(m->flag, t, &of))
			return sc_fail(e, SC_ERR_MALFORMED,
			    "--%s is of provisioners of type %s", m->flag,
			    sc_prov_type_of(of)->name);
		if (!given && m->required && (m->types & t->bit) != 0)
			return sc_args_check_required(a, m->flag, e);
	}
	return 0;
}

static int
make(const struct sc_args *a, const struct sc_prov_type *t,
    struct json_object **out, struct sc_error *e)
{
	struct json_object *p = json_object_new_object();
	int r = p != NULL ? check_flags(a, t, e) : sc_fail_nomem(e);

	if (r == 0)
		r = sc_ca_edit_set(
		    p, "type", json_object_new_string(t->name), e);
	if (r == 0)
		r = sc_ca_edit_set(
		    p, "name", json_object_new_string(sc_args_pos(a, 0)), e);
	if (r == 0 && t->bit == SC_OF_JWK)
		r = sc_prov_jwk_set(a, p, e);
	if (r == 0)
		r = set_members(a, t, true, p, e);
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
	const char *name = sc_args_pos(a, 0);
	struct json_object *p = NULL;
	struct sc_ca_edit *d = NULL;
	int r;

	if ((r = sc_ca_edit_open(a, &d, e)) != 0)
		return r;
	if (sc_ca_edit_provisioner(d, name, &p, NULL) == 0) {
		sc_ca_edit_free(d);
		return sc_fail(e, SC_ERR_CONFLICT,
		    "there is a provisioner %s already", name);
	}
	p = NULL;
	if ((r = make(a, sc_prov_type_find(sc_args_str(a, "type")), &p, e)) ==
	    0)
		r = append(d, p, e);
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
	sc_options_prov_claims, sc_options_ca_edit},
    .run = add};

/* --- update ------------------------------------------------------------ */

static const struct sc_opt update_options[] = {
    {.name = "name",
	.arg = "NAME",
	.flags = SC_OPT_LINE_ONLY,
	.help = "another name for it"},
    SC_OPT_END};

static int
update(struct sc_args *a, struct sc_error *e)
{
	static const struct sc_prov_type any = {"", SC_OF_ALL};
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
		r = set_members(a, &any, false, p, e);
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
    .options = {update_options, sc_options_prov_claims, sc_options_ca_edit},
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
