/*
 * Policy: the tables of t/cases/policy, through ca.json as a CA reads it, and
 * the verdicts' words.  Row C14 of the attacks.
 */
#include "config.h"

#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/json.h"
#include "base/mem.h"
#include "config/ca_json.h"
#include "config/policy.h"
#include "tap.h"

static struct sc_error e;

static struct json_object *
table(const char *name)
{
	struct json_object *o = NULL;
	size_t n = 0;
	char *text = tap_slurp(tap_source(name), &n);

	if (text == NULL || sc_json_parse(text, n, 0, &o, &e) != 0)
		tap_fail("%s: %s", name, e.msg);
	return o;
}

/* A ca.json with this policy. */
static int
load(struct json_object *policy, struct sc_config **out)
{
	struct sc_buf *b = sc_buf_new(65536);
	const char *path;

	e = (struct sc_error)SC_ERROR_INIT;
	(void)sc_buf_puts(b,
	    "{\"root\":\"r\",\"crt\":\"c\",\"key\":\"k\",\"address\":\":1\","
	    "\"authority\":{\"policy\":");
	(void)sc_json_put(b, policy, NULL);
	(void)sc_buf_puts(b, "}}");
	path = tap_file("ca.json", sc_buf_data(b), sc_buf_len(b));
	sc_buf_free(b);
	return sc_config_load(path, out, &e);
}

static struct json_object *
at(struct json_object *list, size_t i)
{
	return json_object_array_get_idx(list, i);
}

static const char *
text(struct json_object *list, size_t i)
{
	return json_object_get_string(at(list, i));
}

/* ["dns", NAME, allowed, rule that decides] */
static void
one_name(const struct sc_policy *p, struct json_object *c)
{
	int kind = sc_policy_kind_parse(SC_POLICY_X509, text(c, 0));
	struct sc_policy_verdict v;
	struct sc_sans none = {0};
	char *path = NULL;

	tap_need(tap_ok(kind >= 0));
	sc_policy_judge(
	    p, SC_POLICY_X509, (enum sc_policy_kind)kind, text(c, 1), &v);
	tap_int(v.allowed, json_object_get_boolean(at(c, 2)));
	if (text(c, 3)[0] != '\0')
		path = sc_asprintf("authority.policy.%s", text(c, 3));
	tap_str(v.path, path != NULL ? path : "");
	tap_ok((v.rule[0] != '\0') == (v.path[0] != '\0'));
	tap_ok(v.why[0] != '\0');
	free(path);
	if (kind != SC_POLICY_CN || text(c, 1)[0] == '\0')
		return;
	e = (struct sc_error)SC_ERROR_INIT;
	tap_int(sc_policy_check_x509(p, &none, text(c, 1), &e),
	    v.allowed ? 0 : SC_ERR_FORBIDDEN);
	if (!v.allowed)
		tap_has(e.client, "\" not allowed");
}

static void
x509_names(void)
{
	struct json_object *all = table("t/cases/policy/x509.json");
	struct json_object *names, *group;
	struct sc_config *c;
	size_t i, k, n = 0;

	tap_need(tap_ok(all != NULL));
	for (i = 0; i < json_object_array_length(all); i++) {
		group = at(all, i);
		tap_need(tap_int(load(sc_json_member(group, "policy"), &c), 0));
		names = sc_json_member(group, "names");
		for (k = 0; k < json_object_array_length(names); k++, n++) {
			tap_context("%s: %s",
			    json_object_get_string(
				sc_json_member(group, "about")),
			    json_object_get_string(at(names, k)));
			one_name(c->policy, at(names, k));
		}
		tap_context("%s", "");
		sc_config_free(c);
	}
	tap_note("%zu names", n);
	json_object_put(all);
}

/* ["user", PRINCIPALS, allowed, message] */
static void
one_list(const struct sc_policy *p, struct json_object *c)
{
	struct json_object *l = at(c, 1);
	struct sc_strlist principals = {0};
	bool allowed = json_object_get_boolean(at(c, 2));
	size_t i;

	for (i = 0; i < json_object_array_length(l); i++)
		(void)sc_strlist_add(&principals, text(l, i));
	e = (struct sc_error)SC_ERROR_INIT;
	tap_int(sc_policy_check_ssh(
		    p, strcmp(text(c, 0), "host") == 0, &principals, &e),
	    allowed ? 0 : SC_ERR_FORBIDDEN);
	tap_has(e.client, text(c, 3));
	sc_strlist_clear(&principals);
}

static void
ssh_principals(void)
{
	struct json_object *all = table("t/cases/policy/ssh.json");
	struct json_object *lists;
	struct sc_config *c;
	size_t i, k;

	tap_need(tap_ok(all != NULL));
	for (i = 0; i < json_object_array_length(all); i++) {
		tap_need(
		    tap_int(load(sc_json_member(at(all, i), "policy"), &c), 0));
		lists = sc_json_member(at(all, i), "principals");
		for (k = 0; k < json_object_array_length(lists); k++) {
			tap_context("%s", json_object_get_string(at(lists, k)));
			one_list(c->policy, at(lists, k));
		}
		tap_context("%s", "");
		sc_config_free(c);
	}
	json_object_put(all);
}

static void
invalid_rules_are_named(void)
{
	struct json_object *all = table("t/cases/policy/invalid.json");
	struct sc_config *c;
	size_t i;

	tap_need(tap_ok(all != NULL));
	for (i = 0; i < json_object_array_length(all); i++) {
		tap_context("%s", json_object_get_string(at(all, i)));
		tap_int(load(at(at(all, i), 0), &c), SC_ERR_MALFORMED);
		tap_ok(c == NULL);
		tap_has(e.msg, "ca.json: authority.policy.");
		tap_has(e.msg, text(at(all, i), 1));
		sc_config_free(c);
	}
	tap_context("%s", "");
	json_object_put(all);
}

static const char only[] = "{\"allow\":{\"dns\":[\"*.example.com\"]},"
			   "\"deny\":{\"dns\":[\"no.example.com\"]}}";

static struct sc_policy *
make(void)
{
	struct json_object *x509 = NULL;
	struct sc_policy *p = NULL;

	tap_int(sc_json_parse(only, strlen(only), 0, &x509, &e), 0);
	tap_int(sc_policy_new(x509, "here", NULL, "there", &p, &e), 0);
	json_object_put(x509);
	return p;
}

/* Every name of a list counts, and after them the common name. */
static void
all_names_are_checked(void)
{
	struct sc_policy *p = make();
	struct sc_sans s = {0};

	tap_need(tap_ok(p != NULL));
	tap_int(sc_sans_add(&s, SC_SAN_DNS, "a.example.com", &e), 0);
	tap_int(sc_policy_check_x509(p, &s, "", &e), 0);
	tap_int(sc_policy_check_x509(p, &s, NULL, &e), 0);
	tap_int(sc_policy_check_x509(p, &s, "a.example.com", &e), 0);
	tap_int(sc_policy_check_x509(p, &s, "no.example.com", &e),
	    SC_ERR_FORBIDDEN);
	tap_has(e.client,
	    "authority: "
	    "cn name \"no.example.com\" not allowed");
	tap_has(e.msg, "(\"no.example.com\", here.deny.dns[0])");
	tap_int(sc_sans_add(&s, SC_SAN_DNS, "other.test", &e), 0);
	tap_int(sc_policy_check_x509(p, &s, "", &e), SC_ERR_FORBIDDEN);
	tap_has(e.client,
	    "authority: "
	    "dns name \"other.test\" not allowed");
	tap_has(e.msg, "no rule of here.allow.dns allows it");
	tap_int(sc_policy_check_x509(NULL, &s, "x", &e), 0);
	sc_sans_clear(&s);
	sc_policy_free(p);
}

static void
long_names_are_cut(void)
{
	struct sc_policy *p = make();
	struct sc_policy_verdict v;
	char name[3000];

	tap_need(tap_ok(p != NULL));
	memset(name, 'a', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	sc_policy_judge(p, SC_POLICY_X509, SC_POLICY_CN, name, &v);
	tap_ok(!v.allowed);
	sc_policy_judge(p, SC_POLICY_X509, SC_POLICY_DNS, name, &v);
	tap_ok(!v.allowed);
	tap_has(v.why, "253");
	sc_policy_free(p);
}

static void
rules_by_themselves(void)
{
	tap_int(
	    sc_policy_check_rule(SC_POLICY_X509, SC_POLICY_DNS, "*.x.test", &e),
	    0);
	tap_int(sc_policy_check_rule(SC_POLICY_X509, SC_POLICY_IP, "x", &e),
	    SC_ERR_MALFORMED);
	tap_int(
	    sc_policy_check_rule(SC_POLICY_X509, SC_POLICY_PRINCIPAL, "x", &e),
	    SC_ERR_MALFORMED);
	tap_int(sc_policy_kind_parse(SC_POLICY_X509, "principal"), -1);
	tap_int(sc_policy_kind_parse(SC_POLICY_SSH_USER, "cn"), -1);
	tap_int(sc_policy_kind_parse(SC_POLICY_X509, "DNS"), SC_POLICY_DNS);
	tap_int(sc_policy_principal_kind(true, "a.test"), SC_POLICY_DNS);
	tap_int(sc_policy_principal_kind(false, "a.test"), SC_POLICY_PRINCIPAL);
	tap_int(sc_policy_principal_kind(false, ""), -1);
}

TAP_MAIN(TAP_NAMED("C14 X.509 names against rules", x509_names),
    TAP_NAMED("C14 SSH principals against rules", ssh_principals),
    TAP_TEST(invalid_rules_are_named),
    TAP_NAMED("C14 every name and the common name", all_names_are_checked),
    TAP_TEST(long_names_are_cut), TAP_TEST(rules_by_themselves))
