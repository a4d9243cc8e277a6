#include "config.h"

#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "client/ca/ca_edit.h"
#include "client/ca/ca_policy.h"
#include "client/cli/options.h"
#include "client/cli/ui.h"
#include "client/commands.h"
#include "config/policy.h"

/* Where a policy's two parts stand. */
struct place {
	struct json_object *x509, *ssh; /* the policies; NULL: none */
	/* The objects that have, or are to have, them as this member. */
	struct json_object *x509_in, *ssh_in;
	const char *x509_name, *ssh_name;
};

/* What the words of a command line say. */
struct change {
	enum sc_policy_scope scope;
	bool deny;
	enum sc_policy_kind kind;
	size_t names; /* index of the first name */
};

static int
find_authority(
    struct sc_ca_edit *d, bool make, struct place *p, struct sc_error *e)
{
	struct json_object *a = NULL, *policy = NULL;
	int r;

	p->x509_name = "x509";
	p->ssh_name = "ssh";
	if ((r = sc_ca_edit_member(
		 sc_ca_edit_root(d), "authority", make, &a, e)) != 0 ||
	    a == NULL ||
	    (r = sc_ca_edit_member(a, "policy", make, &policy, e)) != 0)
		return r;
	p->x509_in = p->ssh_in = policy;
	return 0;
}

static int
find_provisioner(struct sc_ca_edit *d, const char *name, bool make,
    struct place *p, struct sc_error *e)
{
	struct json_object *prov = NULL, *options = NULL;
	int r;

	p->x509_name = p->ssh_name = "policy";
	if ((r = sc_ca_edit_provisioner(d, name, &prov, e)) != 0 ||
	    (r = sc_ca_edit_member(prov, "options", make, &options, e)) != 0 ||
	    options == NULL ||
	    (r = sc_ca_edit_member(options, "x509", make, &p->x509_in, e)) != 0)
		return r;
	return sc_ca_edit_member(options, "ssh", make, &p->ssh_in, e);
}

/* With make, the objects around the policies are there afterwards. */
static int
find_place(const struct sc_args *a, struct sc_ca_edit *d, bool make,
    struct place *p, struct sc_error *e)
{
	int r;

	*p = (struct place){0};
	r = sc_args_knows(a, "provisioner")
	    ? find_provisioner(d, sc_args_str(a, "provisioner"), make, p, e)
	    : find_authority(d, make, p, e);
	if (r == 0 && p->x509_in != NULL)
		r = sc_ca_edit_member(
		    p->x509_in, p->x509_name, false, &p->x509, e);
	if (r == 0 && p->ssh_in != NULL)
		r = sc_ca_edit_member(
		    p->ssh_in, p->ssh_name, false, &p->ssh, e);
	return r;
}

/* --- the words --------------------------------------------------------- */

static const char *
word(const struct sc_args *a, size_t i)
{
	const char *s = sc_args_pos(a, i);

	return s != NULL ? s : "";
}

static int
unknown(
    const struct sc_args *a, size_t i, const char *wanted, struct sc_error *e)
{
	if (sc_args_pos(a, i) == NULL)
		return sc_fail(e, SC_ERR_MALFORMED, "expected %s after '%s'",
		    wanted, i > 0 ? word(a, i - 1) : sc_args_path(a));
	return sc_fail(
	    e, SC_ERR_MALFORMED, "'%s' is not %s", word(a, i), wanted);
}

static int
read_words(const struct sc_args *a, struct change *c, struct sc_error *e)
{
	size_t i = 1;
	int kind;

	if (sc_streq(word(a, 0), "x509")) {
		c->scope = SC_POLICY_X509;
	} else if (!sc_streq(word(a, 0), "ssh")) {
		return unknown(a, 0, "view, remove, x509 or ssh", e);
	} else {
		if (!sc_streq(word(a, 1), "user") &&
		    !sc_streq(word(a, 1), "host"))
			return unknown(a, 1, "user or host", e);
		c->scope = sc_streq(word(a, 1), "user") ? SC_POLICY_SSH_USER
							: SC_POLICY_SSH_HOST;
		i = 2;
	}
	c->deny = sc_streq(word(a, i), "deny");
	if (!c->deny && !sc_streq(word(a, i), "allow"))
		return unknown(a, i,
		    c->scope == SC_POLICY_X509 ? "allow, deny or wildcards"
					       : "allow or deny",
		    e);
	kind = sc_policy_kind_parse(c->scope, word(a, i + 1));
	if (kind < 0)
		return unknown(a, i + 1,
		    c->scope == SC_POLICY_X509 ? "cn, dns, email, ip or uri"
					       : "dns, email, ip or principal",
		    e);
	c->kind = (enum sc_policy_kind)kind;
	c->names = i + 2;
	if (sc_args_pos(a, c->names) == NULL)
		return unknown(a, c->names, "a name", e);
	return 0;
}

/* --- rules ------------------------------------------------------------- */

static size_t
find_rule(struct json_object *l, const char *rule)
{
	struct json_object *v;
	size_t i, n = json_object_array_length(l);

	for (i = 0; i < n; i++) {
		v = json_object_array_get_idx(l, i);
		if (json_object_is_type(v, json_type_string) &&
		    sc_strcaseeq(json_object_get_string(v), rule))
			break;
	}
	return i;
}

static int
add_rule(const struct change *c, struct json_object *l, const char *rule,
    struct sc_error *e)
{
	int r;

	if ((r = sc_policy_check_rule(c->scope, c->kind, rule, e)) != 0)
		return r;
	if (find_rule(l, rule) < json_object_array_length(l))
		return 0;
	return json_object_array_add(l, json_object_new_string(rule)) != 0
	    ? sc_fail_nomem(e)
	    : 0;
}

static int
remove_rule(struct json_object *l, const char *rule, struct sc_error *e)
{
	size_t i = find_rule(l, rule);

	if (i == json_object_array_length(l))
		return sc_fail(
		    e, SC_ERR_NOT_FOUND, "there is no rule \"%s\"", rule);
	json_object_array_del_idx(l, i, 1);
	return 0;
}

/* The list of rules that c speaks of, made when there is none. */
static int
rule_list(const struct change *c, const struct place *p,
    struct json_object **out, struct sc_error *e)
{
	const char *kind = sc_policy_kind_name(c->kind);
	bool x509 = c->scope == SC_POLICY_X509;
	struct json_object *o = NULL;
	int r;

	if ((r = sc_ca_edit_member(x509 ? p->x509_in : p->ssh_in,
		 x509 ? p->x509_name : p->ssh_name, true, &o, e)) != 0 ||
	    (!x509 &&
		(r = sc_ca_edit_member(o,
		     c->scope == SC_POLICY_SSH_USER ? "user" : "host", true, &o,
		     e)) != 0) ||
	    (r = sc_ca_edit_member(
		 o, c->deny ? "deny" : "allow", true, &o, e)) != 0 ||
	    (r = sc_json_get_array(o, kind, out, e)) != 0)
		return r;
	if (*out != NULL)
		return 0;
	sc_ca_edit_remove(o, kind); /* null */
	if ((*out = json_object_new_array()) == NULL)
		return sc_fail_nomem(e);
	json_object_object_add(o, kind, *out);
	return 0;
}

static int
change_rules(const struct sc_args *a, const struct place *p, struct sc_error *e)
{
	struct change c = {0};
	struct json_object *l = NULL;
	size_t i;
	int r;

	if ((r = read_words(a, &c, e)) != 0 ||
	    (r = rule_list(&c, p, &l, e)) != 0)
		return r;
	for (i = c.names; r == 0 && i < sc_args_n(a); i++)
		r = sc_args_bool(a, "remove")
		    ? remove_rule(l, sc_args_pos(a, i), e)
		    : add_rule(&c, l, sc_args_pos(a, i), e);
	return r;
}

static int
change_wildcards(
    const struct sc_args *a, const struct place *p, struct sc_error *e)
{
	bool allow = sc_streq(word(a, 2), "allow");
	struct json_object *o = NULL;
	int r;

	if (!allow && !sc_streq(word(a, 2), "deny"))
		return unknown(a, 2, "allow or deny", e);
	if (sc_args_n(a) > 3)
		return sc_fail(e, SC_ERR_MALFORMED,
		    "nothing is expected after '%s'", word(a, 2));
	if ((r = sc_ca_edit_member(p->x509_in, p->x509_name, true, &o, e)) != 0)
		return r;
	sc_ca_edit_remove(o, "allowWildcardNames");
	json_object_object_add(
	    o, "allowWildcardNames", json_object_new_boolean(allow));
	return 0;
}

/* --- what is left ------------------------------------------------------ */

/* Without lists that are empty and objects without members. */
static bool
prune(struct json_object *o)
{
	if (json_object_is_type(o, json_type_array))
		return json_object_array_length(o) == 0;
	if (!json_object_is_type(o, json_type_object))
		return o == NULL;
	json_object_object_foreach(o, key, v)
	{
		if (prune(v))
			json_object_object_del(o, key);
	}
	return json_object_object_length(o) == 0;
}

static void
prune_member(struct json_object *o, const char *name)
{
	struct json_object *v = o != NULL ? sc_json_member(o, name) : NULL;

	if (v != NULL && prune(v))
		sc_ca_edit_remove(o, name);
}

/* What find_place made, and nothing came into, goes again. */
static void
tidy(const struct sc_args *a, struct sc_ca_edit *d, const struct place *p)
{
	struct json_object *o = NULL;

	prune_member(p->x509_in, p->x509_name);
	prune_member(p->ssh_in, p->ssh_name);
	if (!sc_args_knows(a, "provisioner")) {
		o = sc_json_member(sc_ca_edit_root(d), "authority");
		prune_member(o, "policy");
		return;
	}
	if (sc_ca_edit_provisioner(
		d, sc_args_str(a, "provisioner"), &o, NULL) != 0)
		return;
	prune_member(sc_json_member(o, "options"), "x509");
	prune_member(sc_json_member(o, "options"), "ssh");
	prune_member(o, "options");
}

static int
view(const struct sc_args *a, struct sc_ca_edit *d, struct sc_error *e)
{
	struct json_object *o;
	struct place p;
	struct sc_buf *b;
	int r;

	if ((r = find_place(a, d, false, &p, e)) != 0)
		return r;
	if (p.x509 == NULL && p.ssh == NULL)
		return sc_fail(e, SC_ERR_NOT_FOUND,
		    "certificate issuance policy does not exist");
	if ((o = json_object_new_object()) == NULL)
		return sc_fail_nomem(e);
	if (p.x509 != NULL)
		json_object_object_add(o, "x509", json_object_get(p.x509));
	if (p.ssh != NULL)
		json_object_object_add(o, "ssh", json_object_get(p.ssh));
	b = sc_buf_new(SC_MAX_CONFIG_FILE);
	if ((r = sc_json_put(b, o, "   ")) != 0)
		(void)sc_fail(e, r, "%s", sc_err_text(r));
	else
		puts(sc_buf_str(b));
	sc_buf_free(b);
	json_object_put(o);
	return r;
}

static int
remove_all(const struct sc_args *a, struct sc_ca_edit *d, struct sc_error *e)
{
	struct place p;
	int r;

	if ((r = find_place(a, d, false, &p, e)) != 0)
		return r;
	if (p.x509 == NULL && p.ssh == NULL)
		return sc_fail(e, SC_ERR_NOT_FOUND,
		    "certificate issuance policy does not exist");
	if (p.x509 != NULL)
		sc_ca_edit_remove(p.x509_in, p.x509_name);
	if (p.ssh != NULL)
		sc_ca_edit_remove(p.ssh_in, p.ssh_name);
	tidy(a, d, &p);
	if ((r = sc_ca_edit_save(d, e)) == 0)
		sc_ui_info("policy deleted");
	return r;
}

static int
change(const struct sc_args *a, struct sc_ca_edit *d, struct sc_error *e)
{
	struct place p;
	int r;

	if ((r = find_place(a, d, true, &p, e)) != 0)
		return r;
	if (sc_streq(word(a, 0), "x509") && sc_streq(word(a, 1), "wildcards"))
		r = change_wildcards(a, &p, e);
	else
		r = change_rules(a, &p, e);
	if (r != 0)
		return r;
	tidy(a, d, &p);
	if ((r = sc_ca_edit_save(d, e)) != 0)
		return r;
	/* Without a last rule there is no policy to show. */
	if (view(a, d, NULL) != 0)
		sc_ui_info("policy deleted");
	return 0;
}

static int
edit(struct sc_args *a, struct sc_error *e)
{
	struct sc_ca_edit *d = NULL;
	int r;

	if (sc_args_knows(a, "provisioner") &&
	    (r = sc_args_check_required(a, "provisioner", e)) != 0)
		return r;
	if ((r = sc_ca_edit_open(a, &d, e)) != 0)
		return r;
	if (sc_streq(word(a, 0), "view"))
		r = view(a, d, e);
	else if (sc_streq(word(a, 0), "remove"))
		r = remove_all(a, d, e);
	else
		r = change(a, d, e);
	sc_ca_edit_free(d);
	return r;
}

#define WORDS                                                                  \
	"view | remove | x509 wildcards allow|deny | "                         \
	"x509 allow|deny cn|dns|email|ip|uri <name>... | "                     \
	"ssh user|host allow|deny dns|email|ip|principal <name>..."

static const struct sc_opt edit_options[] = {
    {.name = "remove",
	.kind = SC_OPT_BOOL,
	.flags = SC_OPT_LINE_ONLY,
	.help = "take these rules away"},
    SC_OPT_END};

static const struct sc_opt provisioner_options[] = {
    {.name = "provisioner", .arg = "NAME", .help = "whose rules"}, SC_OPT_END};

static const struct sc_command cmd_authority = {.name = "authority",
    .args = WORDS,
    .help = "show and change the rules of the authority",
    .min_args = 1,
    .max_args = SC_ARGS_ANY,
    .options = {edit_options, sc_options_ca_edit},
    .run = edit};

static const struct sc_command cmd_provisioner = {.name = "provisioner",
    .args = WORDS,
    .help = "show and change the rules of a provisioner",
    .min_args = 1,
    .max_args = SC_ARGS_ANY,
    .options = {edit_options, provisioner_options, sc_options_ca_edit},
    .run = edit};

static const struct sc_command *const subs[] = {
    &cmd_authority, &cmd_provisioner, &sc_cmd_ca_policy_check, NULL};

const struct sc_command sc_cmd_ca_policy = {.name = "policy",
    .help = "show and change which names the CA certifies",
    .subs = subs};
