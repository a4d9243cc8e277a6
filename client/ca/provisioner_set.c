#include "config.h"

#include <json-c/json.h>
#include <string.h>

#include "base/err.h"
#include "base/json.h"
#include "base/mem.h"
#include "client/ca/ca_edit.h"
#include "client/ca/provisioner_jwk.h"
#include "client/ca/provisioner_set.h"
#include "client/ca/provisioner_table.h"
#include "client/cli/options.h"

static bool
on_line(const struct sc_args *a, const char *flag)
{
	return flag != NULL && sc_args_knows(a, flag) &&
	    sc_args_on_line(a, flag);
}

/* --FLAG= with nothing behind it: without that member. */
static bool
emptied(const struct sc_args *a, const struct sc_prov_member *m)
{
	return on_line(a, m->flag) && m->read != sc_prov_switch &&
	    sc_args_list(a, m->flag)->n == 1 &&
	    sc_args_list(a, m->flag)->v[0][0] == '\0';
}

/* The object that has m; *out NULL: there is none, and it is not made. */
static int
owner(struct json_object *p, const struct sc_prov_member *m, bool make,
    struct json_object **out, struct sc_error *e)
{
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && p != NULL && i < 2 && m->in[i] != NULL; i++)
		r = sc_ca_edit_member(p, m->in[i], make, &p, e);
	*out = p;
	return r;
}

static int
merge(const struct sc_args *a, const struct sc_prov_member *m,
    struct json_object *o, struct json_object *v, struct json_object **out,
    struct sc_error *e)
{
	struct json_object *old = NULL;
	int r = sc_json_get_array(o, m->name, &old, e);

	if (r != 0) {
		json_object_put(v);
		return r;
	}
	return sc_prov_list_merge(a, m, old, v, out, e);
}

/* Without m, or as `add` writes it when nothing is said. */
static int
unset_member(
    const struct sc_prov_member *m, struct json_object *p, struct sc_error *e)
{
	struct json_object *o, *v = NULL;
	int r;

	if (m->def == NULL) {
		if ((r = owner(p, m, false, &o, e)) == 0 && o != NULL)
			sc_ca_edit_remove(o, m->name);
		return r;
	}
	if ((r = owner(p, m, true, &o, e)) != 0 ||
	    (r = sc_json_parse(m->def, strlen(m->def), 0, &v, e)) != 0)
		return r;
	if (v != NULL)
		return sc_ca_edit_set(o, m->name, v, e);
	return json_object_object_add(o, m->name, NULL) == 0 ? 0
							     : sc_fail_nomem(e);
}

static int
set_member(const struct sc_args *a, const struct sc_prov_member *m,
    struct json_object *p, struct sc_error *e)
{
	struct json_object *o, *v = NULL;
	int r = owner(p, m, true, &o, e);

	if (r == 0 && on_line(a, m->flag))
		r = m->read(a, m, &v, e);
	if (r == 0 && m->remove != NULL)
		r = merge(a, m, o, v, &v, e);
	if (r != 0)
		return r;
	if (!json_object_is_type(v, json_type_array) ||
	    json_object_array_length(v) > 0)
		return sc_ca_edit_set(o, m->name, v, e);
	json_object_put(v);
	return unset_member(m, p, e);
}

int
sc_prov_set_member(const struct sc_args *a, const struct sc_prov_member *m,
    bool adding, struct json_object *p, struct sc_error *e)
{
	if (emptied(a, m))
		return m->required
		    ? sc_args_invalid(a, m->flag, "", "it cannot be empty", e)
		    : unset_member(m, p, e);
	if (on_line(a, m->flag) || on_line(a, m->remove))
		return set_member(a, m, p, e);
	return adding && m->def != NULL ? unset_member(m, p, e) : 0;
}

/* Is it a flag of type t?  *of: of which types it is. */
static bool
fits(const char *flag, const struct sc_prov_type *t, unsigned *of)
{
	const struct sc_prov_member *m;

	for (*of = 0, m = sc_prov_members; m->flag != NULL; m++)
		if (sc_streq(m->flag, flag) ||
		    (m->remove != NULL && sc_streq(m->remove, flag)))
			*of |= m->types;
	return (*of & t->bit) != 0;
}

static int
check_flag(const struct sc_args *a, const char *flag,
    const struct sc_prov_type *t, struct sc_error *e)
{
	char text[SC_PROV_TYPES_MAX];
	unsigned of;

	if (!on_line(a, flag) || fits(flag, t, &of))
		return 0;
	sc_prov_types_text(of, text);
	return sc_fail(e, SC_ERR_MALFORMED,
	    "flag '--%s' is of provisioners of type %s, not %s", flag, text,
	    t->name);
}

static int
check_gcp(struct json_object *p, struct sc_error *e)
{
	struct json_object *projects = NULL;
	const char *organization = NULL;
	int r = sc_json_get_array(p, "projectIDs", &projects, e);

	if (r == 0)
		r = sc_json_get_string(p, "organizationID", &organization, e);
	if (r == 0 && projects != NULL && organization != NULL)
		r = sc_fail(e, SC_ERR_MALFORMED,
		    "flag '--gcp-organization' is incompatible with "
		    "'--gcp-project'");
	return r;
}

int
sc_prov_set(const struct sc_args *a, const struct sc_prov_type *t, bool adding,
    struct json_object *p, struct sc_error *e)
{
	const struct sc_prov_member *m;
	int r = 0;

	for (m = sc_prov_members; r == 0 && m->flag != NULL; m++)
		if ((r = check_flag(a, m->flag, t, e)) == 0)
			r = check_flag(a, m->remove, t, e);
	if (r == 0 && t->bit == SC_OF_JWK)
		r = sc_prov_jwk_set(a, p, adding, e);
	for (m = sc_prov_members; r == 0 && m->flag != NULL; m++) {
		if ((m->types & t->bit) == 0 || m->read == NULL)
			continue;
		if (adding && m->required && !sc_args_on_line(a, m->flag))
			r = sc_fail(e, SC_ERR_MALFORMED,
			    "'--type %s' requires the '--%s' flag", t->name,
			    m->flag);
		else
			r = sc_prov_set_member(a, m, adding, p, e);
	}
	return r == 0 && t->bit == SC_OF_GCP ? check_gcp(p, e) : r;
}
