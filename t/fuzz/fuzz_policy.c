/*
 * Names against rules: a JSON document of rules, an LF, then names, one on a
 * line.  Whatever they are, a denied name stays denied in another spelling.
 */
#include <config.h>

#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "config/policy.h"
#include "fuzz.h"

static bool
allowed(const struct sc_policy *p, enum sc_policy_kind kind, const char *name)
{
	struct sc_policy_verdict v;

	sc_policy_judge(p, SC_POLICY_X509, kind, name, &v);
	FUZZ_CHECK(v.why[0] != '\0');
	FUZZ_CHECK(v.allowed || p != NULL);
	return v.allowed;
}

/* The same host, spelled in upper case and with a dot at its end. */
static void
respell(const struct sc_policy *p, const char *name)
{
	char *other = sc_asprintf("%s.", name);
	char *c;

	FUZZ_CHECK(other != NULL);
	for (c = other; *c != '\0'; c++)
		if (*c >= 'a' && *c <= 'z')
			*c = (char)(*c - 'a' + 'A');
	if (!allowed(p, SC_POLICY_DNS, name) && name[0] != '\0' &&
	    name[strlen(name) - 1] != '.')
		FUZZ_CHECK(!allowed(p, SC_POLICY_DNS, other));
	free(other);
}

static void
one_name(const struct sc_policy *p, const char *name)
{
	struct sc_strlist one = {0};
	struct sc_sans sans = {0};
	int kind;

	for (kind = 0; kind < SC_POLICY_KINDS; kind++)
		(void)allowed(p, (enum sc_policy_kind)kind, name);
	respell(p, name);
	FUZZ_CHECK(sc_strlist_add(&one, name) == 0);
	(void)sc_policy_check_ssh(p, false, &one, NULL);
	(void)sc_policy_check_ssh(p, true, &one, NULL);
	if (sc_sans_add_auto(&sans, name, NULL) == 0)
		(void)sc_policy_check_x509(p, &sans, name, NULL);
	sc_sans_clear(&sans);
	sc_strlist_clear(&one);
}

static void
all_names(const struct sc_policy *p, char *text)
{
	char *end;

	for (; text != NULL; text = end) {
		if ((end = strchr(text, '\n')) != NULL)
			*end++ = '\0';
		one_name(p, text);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1), *names;
	struct json_object *o = NULL;
	struct sc_policy *p = NULL;

	FUZZ_CHECK(text != NULL);
	memcpy(text, data, size);
	text[size] = '\0';
	if ((names = strchr(text, '\n')) == NULL)
		goto out;
	*names++ = '\0';
	if (sc_json_parse(text, strlen(text), 0, &o, NULL) != 0 || o == NULL ||
	    !json_object_is_type(o, json_type_object))
		goto out;
	if (sc_policy_new(sc_json_member(o, "x509"), "x509",
		sc_json_member(o, "ssh"), "ssh", &p, NULL) == 0)
		all_names(p, names);
	else
		FUZZ_CHECK(p == NULL);
out:
	sc_policy_free(p);
	json_object_put(o);
	free(text);
	return 0;
}
