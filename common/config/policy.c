#include "config.h"

#include <json-c/json.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/json.h"
#include "base/mem.h"
#include "config/policy_internal.h"

#define BIT(kind) (1u << (kind))

static const char *const kinds[SC_POLICY_KINDS] = {
    [SC_POLICY_CN] = "cn",
    [SC_POLICY_DNS] = "dns",
    [SC_POLICY_EMAIL] = "email",
    [SC_POLICY_IP] = "ip",
    [SC_POLICY_PRINCIPAL] = "principal",
    [SC_POLICY_URI] = "uri",
};

/* Kinds of names that certificates of a scope have. */
static const unsigned known[SC_POLICY_SCOPES] = {
    [SC_POLICY_X509] = BIT(SC_POLICY_CN) | BIT(SC_POLICY_DNS) |
	BIT(SC_POLICY_EMAIL) | BIT(SC_POLICY_IP) | BIT(SC_POLICY_URI),
    [SC_POLICY_SSH_USER] = BIT(SC_POLICY_DNS) | BIT(SC_POLICY_EMAIL) |
	BIT(SC_POLICY_IP) | BIT(SC_POLICY_PRINCIPAL),
    [SC_POLICY_SSH_HOST] = BIT(SC_POLICY_DNS) | BIT(SC_POLICY_EMAIL) |
	BIT(SC_POLICY_IP) | BIT(SC_POLICY_PRINCIPAL),
};

const char *
sc_policy_kind_name(enum sc_policy_kind kind)
{
	return kinds[kind];
}

int
sc_policy_kind_parse(enum sc_policy_scope scope, const char *name)
{
	int i;

	for (i = 0; i < SC_POLICY_KINDS; i++)
		if ((known[scope] & BIT(i)) && sc_strcaseeq(kinds[i], name))
			return i;
	return -1;
}

/* --- reading ----------------------------------------------------------- */

int
sc_policy_check_rule(enum sc_policy_scope scope, enum sc_policy_kind kind,
    const char *rule, struct sc_error *e)
{
	struct sc_rule r = {0};
	int rc;

	if (!(known[scope] & BIT(kind)))
		return sc_fail(e, SC_ERR_MALFORMED,
		    "there are no rules for %s names here", kinds[kind]);
	rc = sc_rule_parse(kind, rule, &r, e);
	sc_rule_clear(&r);
	return rc;
}

static int
read_rule(enum sc_policy_kind kind, struct json_object *v, struct sc_rule *r,
    struct sc_error *e)
{
	if (!json_object_is_type(v, json_type_string))
		return sc_fail(e, SC_ERR_MALFORMED, "expected a string");
	return sc_rule_parse(kind, json_object_get_string(v), r, e);
}

static int
read_rules(enum sc_policy_kind kind, struct json_object *list, const char *path,
    struct sc_rules *out, struct sc_error *e)
{
	size_t i, n;
	int r;

	if (!json_object_is_type(list, json_type_array))
		return sc_fail(e, SC_ERR_MALFORMED,
		    "%s.%s: expected an array of strings", path, kinds[kind]);
	n = json_object_array_length(list);
	out->path = sc_asprintf("%s.%s", path, kinds[kind]);
	out->v = calloc(n + 1, sizeof(*out->v));
	if (out->path == NULL || out->v == NULL)
		return sc_fail_nomem(e);
	for (i = 0; i < n; i++) {
		out->n++;
		r = read_rule(
		    kind, json_object_array_get_idx(list, i), &out->v[i], e);
		if (r != 0) {
			sc_error_prefix(e, "%s[%zu]", out->path, i);
			return r;
		}
	}
	return 0;
}

/* {"dns":[...],"ip":[...]}: the rules that allow, or those that deny. */
static int
read_names(enum sc_policy_scope scope, struct json_object *o, const char *path,
    const char *name, struct sc_rules rules[SC_POLICY_KINDS], size_t *count,
    struct sc_error *e)
{
	char *here;
	int kind, r = 0;

	if (o == NULL)
		return 0;
	if (!json_object_is_type(o, json_type_object))
		return sc_fail(e, SC_ERR_MALFORMED, "%s.%s: expected an object",
		    path, name);
	if ((here = sc_asprintf("%s.%s", path, name)) == NULL)
		return sc_fail_nomem(e);
	json_object_object_foreach(o, key, v)
	{
		if (r != 0 || v == NULL)
			continue;
		kind = sc_policy_kind_parse(scope, key);
		if (kind < 0 || rules[kind].path != NULL) {
			r = sc_fail(e, SC_ERR_MALFORMED,
			    "%s.%.100s: there are no such rules here", here,
			    key);
			continue;
		}
		r = read_rules(
		    (enum sc_policy_kind)kind, v, here, &rules[kind], e);
		*count += rules[kind].n;
	}
	free(here);
	return r;
}

/* A rule under a name that nobody reads would be a rule that is not kept. */
static int
only_members(struct json_object *o, const char *path, const char *const *names,
    struct sc_error *e)
{
	const char *const *n;

	json_object_object_foreach(o, key, v)
	{
		(void)v;
		for (n = names; *n != NULL && !sc_strcaseeq(*n, key); n++)
			;
		if (*n == NULL)
			return sc_fail(e, SC_ERR_MALFORMED,
			    "%s.%.100s: unknown member", path, key);
	}
	return 0;
}

static int
read_set(enum sc_policy_scope scope, struct json_object *o, const char *path,
    struct sc_rule_set *out, struct sc_error *e)
{
	static const char *const x509[] = {
	    "allow", "deny", "allowWildcardNames", NULL};
	static const char *const ssh[] = {"allow", "deny", NULL};
	int r;

	if (o == NULL)
		return 0;
	if (!json_object_is_type(o, json_type_object))
		return sc_fail(
		    e, SC_ERR_MALFORMED, "%s: expected an object", path);
	if ((out->path = sc_strdup(path)) == NULL)
		return sc_fail_nomem(e);
	if ((r = only_members(
		 o, path, scope == SC_POLICY_X509 ? x509 : ssh, e)) != 0)
		return r;
	if ((r = sc_json_get_bool(
		 o, "allowWildcardNames", &out->wildcards, e)) != 0) {
		sc_error_prefix(e, "%s", path);
		return r;
	}
	if ((r = read_names(scope, sc_json_member(o, "allow"), path, "allow",
		 out->allow, &out->allows, e)) != 0)
		return r;
	return read_names(scope, sc_json_member(o, "deny"), path, "deny",
	    out->deny, &out->denies, e);
}

static int
read_ssh(struct json_object *o, const char *path, struct sc_policy *p,
    struct sc_error *e)
{
	static const char *const members[] = {"user", "host", NULL};
	char *user = NULL, *host = NULL;
	int r;

	if (o == NULL)
		return 0;
	if (!json_object_is_type(o, json_type_object))
		return sc_fail(
		    e, SC_ERR_MALFORMED, "%s: expected an object", path);
	user = sc_asprintf("%s.user", path);
	host = sc_asprintf("%s.host", path);
	if (user == NULL || host == NULL)
		r = sc_fail_nomem(e);
	else if ((r = only_members(o, path, members, e)) == 0 &&
	    (r = read_set(SC_POLICY_SSH_USER, sc_json_member(o, "user"), user,
		 &p->set[SC_POLICY_SSH_USER], e)) == 0)
		r = read_set(SC_POLICY_SSH_HOST, sc_json_member(o, "host"),
		    host, &p->set[SC_POLICY_SSH_HOST], e);
	free(user);
	free(host);
	return r;
}

static bool
has_rules(const struct sc_rule_set *s)
{
	return s->allows + s->denies > 0;
}

int
sc_policy_new(struct json_object *x509, const char *x509_path,
    struct json_object *ssh, const char *ssh_path, struct sc_policy **out,
    struct sc_error *e)
{
	struct sc_policy *p;
	int i, r;

	*out = NULL;
	if (x509 == NULL && ssh == NULL)
		return 0;
	if ((p = calloc(1, sizeof(*p))) == NULL)
		return sc_fail_nomem(e);
	if ((r = read_set(SC_POLICY_X509, x509, x509_path,
		 &p->set[SC_POLICY_X509], e)) == 0)
		r = read_ssh(ssh, ssh_path, p, e);
	for (i = 0; r == 0 && *out == NULL && i < SC_POLICY_SCOPES; i++)
		if (has_rules(&p->set[i]))
			*out = p;
	if (*out == NULL)
		sc_policy_free(p);
	return r;
}

static void
rules_clear(struct sc_rules *r)
{
	while (r->n > 0)
		sc_rule_clear(&r->v[--r->n]);
	free(r->v);
	free(r->path);
}

void
sc_policy_free(struct sc_policy *p)
{
	int i, k;

	if (p == NULL)
		return;
	for (i = 0; i < SC_POLICY_SCOPES; i++) {
		for (k = 0; k < SC_POLICY_KINDS; k++) {
			rules_clear(&p->set[i].allow[k]);
			rules_clear(&p->set[i].deny[k]);
		}
		free(p->set[i].path);
	}
	free(p);
}

/* --- judging ----------------------------------------------------------- */

static void __attribute__((format(printf, 3, 4)))
say(struct sc_policy_verdict *v, bool allowed, const char *fmt, ...)
{
	va_list ap;

	v->allowed = allowed;
	va_start(ap, fmt);
	(void)vsnprintf(v->why, sizeof(v->why), fmt, ap);
	va_end(ap);
}

/* The first rule that matches, told in v. */
static bool
find_rule(const struct sc_rules *l, enum sc_policy_kind kind, const char *name,
    const struct sc_policy_name *n, bool deny, struct sc_policy_verdict *v)
{
	size_t i;

	for (i = 0; i < l->n; i++)
		if (sc_rule_match(&l->v[i], kind, name, n, deny)) {
			(void)snprintf(
			    v->rule, sizeof(v->rule), "%s", l->v[i].written);
			(void)snprintf(
			    v->path, sizeof(v->path), "%s[%zu]", l->path, i);
			say(v, !deny,
			    deny ? "a rule denies it" : "a rule allows it");
			return true;
		}
	return false;
}

static void
judge_kind(const struct sc_rule_set *s, enum sc_policy_kind kind,
    const char *name, struct sc_policy_verdict *v)
{
	const struct sc_rules *allow = &s->allow[kind], *deny = &s->deny[kind];
	struct sc_policy_name n;

	sc_policy_name_init(&n, kind, name);
	if (n.wildcard && !s->wildcards)
		say(v, false, "%s has no allowWildcardNames",
		    s->path != NULL ? s->path : "the policy");
	else if (n.bad != NULL && allow->n + deny->n > 0)
		say(v, false, "it %s, so that no rule can be held against it",
		    n.bad);
	else if (find_rule(deny, kind, name, &n, true, v) ||
	    find_rule(allow, kind, name, &n, false, v))
		return;
	else if (allow->n > 0)
		say(v, false, "no rule of %s allows it", allow->path);
	else if (s->allows > 0 && deny->n == 0)
		say(v, false,
		    "%s allows names of other kinds, and has no rules for %s",
		    s->path, kinds[kind]);
	else
		say(v, true, "no rule denies it");
}

static enum sc_policy_kind
kind_of(enum sc_san_type t)
{
	switch (t) {
	case SC_SAN_DNS:
		return SC_POLICY_DNS;
	case SC_SAN_EMAIL:
		return SC_POLICY_EMAIL;
	case SC_SAN_IP:
		return SC_POLICY_IP;
	default:
		return SC_POLICY_URI;
	}
}

static void
judge_common_name(
    const struct sc_rule_set *s, const char *name, struct sc_policy_verdict *v)
{
	struct sc_policy_name none = {0};
	struct sc_sans as = {0};

	if (find_rule(
		&s->deny[SC_POLICY_CN], SC_POLICY_CN, name, &none, true, v) ||
	    find_rule(
		&s->allow[SC_POLICY_CN], SC_POLICY_CN, name, &none, false, v))
		return;
	if (sc_sans_add_auto(&as, name, NULL) != 0)
		say(v, false, "it cannot be told what kind of name it is");
	else if (as.n > 0)
		judge_kind(s, kind_of(as.v[0].type), as.v[0].value, v);
	else
		say(v, true, "there is no common name");
	sc_sans_clear(&as);
}

void
sc_policy_judge(const struct sc_policy *p, enum sc_policy_scope scope,
    enum sc_policy_kind kind, const char *name, struct sc_policy_verdict *v)
{
	const struct sc_rule_set *s = p != NULL ? &p->set[scope] : NULL;

	*v = (struct sc_policy_verdict){.allowed = true};
	if (s == NULL || !has_rules(s))
		say(v, true, "there are no rules");
	else if (kind == SC_POLICY_CN)
		judge_common_name(s, name, v);
	else
		judge_kind(s, kind, name, v);
}

static int
refuse(enum sc_policy_kind kind, const char *name,
    const struct sc_policy_verdict *v, struct sc_error *e)
{
	(void)sc_fail(e, SC_ERR_FORBIDDEN,
	    "%s name \"%.150s\" not allowed: %.150s%s%.80s%s%.100s%s",
	    kinds[kind], name, v->why, v->rule[0] != '\0' ? " (\"" : "",
	    v->rule, v->rule[0] != '\0' ? "\", " : "", v->path,
	    v->rule[0] != '\0' ? ")" : "");
	sc_error_client_whole(e,
	    "The request was forbidden by the certificate authority: %s name "
	    "\"%.253s\" not allowed",
	    kinds[kind], name);
	return SC_ERR_FORBIDDEN;
}

static int
check(const struct sc_policy *p, enum sc_policy_scope scope,
    enum sc_policy_kind kind, const char *name, struct sc_error *e)
{
	struct sc_policy_verdict v;

	sc_policy_judge(p, scope, kind, name, &v);
	return v.allowed ? 0 : refuse(kind, name, &v, e);
}

int
sc_policy_check_x509(const struct sc_policy *p, const struct sc_sans *sans,
    const char *common_name, struct sc_error *e)
{
	size_t i;
	int r = 0;

	if (p == NULL || !has_rules(&p->set[SC_POLICY_X509]))
		return 0;
	for (i = 0; r == 0 && i < sans->n; i++)
		r = check(p, SC_POLICY_X509, kind_of(sans->v[i].type),
		    sans->v[i].value, e);
	if (r == 0 && common_name != NULL && common_name[0] != '\0')
		r = check(p, SC_POLICY_X509, SC_POLICY_CN, common_name, e);
	return r;
}

int
sc_policy_principal_kind(bool host, const char *principal)
{
	struct sc_sans as = {0};
	int kind = -1;

	if (sc_sans_add_auto(&as, principal, NULL) != 0 || as.n == 0)
		goto out;
	kind = (int)kind_of(as.v[0].type);
	if (kind == SC_POLICY_URI || (!host && kind == SC_POLICY_IP))
		kind = -1;
	else if (!host && kind == SC_POLICY_DNS)
		kind = SC_POLICY_PRINCIPAL;
out:
	sc_sans_clear(&as);
	return kind;
}

int
sc_policy_check_ssh(const struct sc_policy *p, bool host,
    const struct sc_strlist *principals, struct sc_error *e)
{
	enum sc_policy_scope scope =
	    host ? SC_POLICY_SSH_HOST : SC_POLICY_SSH_USER;
	enum sc_policy_scope other =
	    host ? SC_POLICY_SSH_USER : SC_POLICY_SSH_HOST;
	static const struct sc_policy_verdict unfit = {
	    .why = "no certificate of this type has such a name"};
	size_t i;
	int kind, r = 0;

	if (p == NULL ||
	    (!has_rules(&p->set[scope]) && !has_rules(&p->set[other])))
		return 0;
	if (!has_rules(&p->set[scope]))
		return sc_fail_client(e, SC_ERR_FORBIDDEN,
		    "ssh %s certificates are not allowed: there are rules for "
		    "ssh %s certificates only",
		    host ? "host" : "user", host ? "user" : "host");
	for (i = 0; r == 0 && i < principals->n; i++) {
		kind = sc_policy_principal_kind(host, principals->v[i]);
		if (kind < 0)
			r = refuse(
			    SC_POLICY_PRINCIPAL, principals->v[i], &unfit, e);
		else
			r = check(p, scope, (enum sc_policy_kind)kind,
			    principals->v[i], e);
	}
	return r;
}
