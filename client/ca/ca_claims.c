/*
 * ca claims: authority.claims in ca.json, what counts for every provisioner
 * that says nothing else.
 */
#include "config.h"

#include <json-c/json.h>
#include <stdio.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "client/ca/ca_edit.h"
#include "client/ca/provisioner_set.h"
#include "client/ca/provisioner_table.h"
#include "client/cli/options.h"
#include "client/commands.h"

static bool
is_claim(const struct sc_prov_member *m)
{
	return m->in[0] != NULL && sc_streq(m->in[0], "claims");
}

static bool
any_given(const struct sc_args *a)
{
	const struct sc_prov_member *m;

	for (m = sc_prov_members; m->flag != NULL; m++)
		if (is_claim(m) && sc_args_on_line(a, m->flag))
			return true;
	return false;
}

static int
print(struct json_object *authority, struct sc_error *e)
{
	struct json_object *claims = NULL;
	struct sc_buf *b = NULL;
	int r = sc_ca_edit_member(authority, "claims", true, &claims, e);

	if (r != 0)
		return r;
	b = sc_buf_new(SC_MAX_CONFIG_FILE);
	if ((r = sc_json_put(b, claims, "   ")) == 0)
		puts(sc_buf_str(b));
	else
		r = sc_fail(e, r, "%s", sc_err_text(r));
	sc_buf_free(b);
	return r;
}

static int
claims(struct sc_args *a, struct sc_error *e)
{
	const struct sc_prov_member *m;
	struct json_object *authority;
	struct sc_ca_edit *d = NULL;
	int r;

	if ((r = sc_ca_edit_open(a, &d, e)) == 0)
		r = sc_ca_edit_member(
		    sc_ca_edit_root(d), "authority", true, &authority, e);
	if (r == 0 && !any_given(a)) {
		r = print(authority, e);
		goto out;
	}
	/* Where a claim is in a provisioner, it is in the authority. */
	for (m = sc_prov_members; r == 0 && m->flag != NULL; m++)
		if (is_claim(m))
			r = sc_prov_set_member(a, m, false, authority, e);
	if (r == 0)
		r = sc_ca_edit_save(d, e);
out:
	sc_ca_edit_free(d);
	return r;
}

const struct sc_command sc_cmd_ca_claims = {.name = "claims",
    .help = "show and change the claims of the authority in ca.json",
    .options = {sc_options_prov_claims, sc_options_ca_edit},
    .run = claims};
