/*
 * ca provisioner webhook add, update, remove: options.webhooks of a
 * provisioner in ca.json.
 */
#include "config.h"

#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/encode.h"
#include "base/err.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/random.h"
#include "client/ca/ca_edit.h"
#include "client/ca/ca_provisioner_edit.h"
#include "client/ca/provisioner_set.h"
#include "client/ca/provisioner_table.h"
#include "client/cli/options.h"

#define SECRET_BYTES 64

static const struct sc_opt options[] = {
    {.name = "url",
	.arg = "URL",
	.flags = SC_OPT_LINE_ONLY,
	.help = "what is asked, with HTTPS; may be a template"},
    {.name = "kind",
	.arg = "KIND",
	.flags = SC_OPT_LINE_ONLY,
	.choices = "ENRICHING, AUTHORIZING, SCEPCHALLENGE, NOTIFYING",
	.help = "ENRICHING (default), AUTHORIZING, SCEPCHALLENGE or "
		"NOTIFYING"},
    {.name = "cert-type",
	.arg = "TYPE",
	.flags = SC_OPT_LINE_ONLY,
	.choices = "ALL, X509, SSH",
	.help = "for which certificates: ALL (default), X509 or SSH"},
    {.name = "bearer-token-file",
	.arg = "FILE",
	.flags = SC_OPT_LINE_ONLY,
	.help = "the token that it wants"},
    {.name = "basic-auth-username",
	.arg = "NAME",
	.flags = SC_OPT_LINE_ONLY,
	.help = "the name that it wants"},
    {.name = "basic-auth-password-file",
	.arg = "FILE",
	.flags = SC_OPT_LINE_ONLY,
	.help = "the password that it wants"},
    {.name = "disable-tls-client-auth",
	.kind = SC_OPT_BOOL,
	.flags = SC_OPT_LINE_ONLY,
	.help = "show it no client certificate"},
    {.name = "client-cert",
	.arg = "FILE",
	.flags = SC_OPT_LINE_ONLY,
	.help = "the client certificate to show it"},
    {.name = "client-key",
	.arg = "FILE",
	.flags = SC_OPT_LINE_ONLY,
	.help = "its private key"},
    SC_OPT_END};

static const struct sc_prov_member members[] = {
    {.name = "url", .flag = "url", .read = sc_prov_https, .required = true},
    {.name = "kind",
	.flag = "kind",
	.read = sc_prov_text,
	.def = "\"ENRICHING\""},
    {.name = "disableTLSClientAuth",
	.flag = "disable-tls-client-auth",
	.read = sc_prov_switch},
    {.name = "certType",
	.flag = "cert-type",
	.read = sc_prov_text,
	.def = "\"ALL\""},
    {.name = "bearerToken",
	.flag = "bearer-token-file",
	.read = sc_prov_password},
    {.in = {"basicAuth"},
	.name = "username",
	.flag = "basic-auth-username",
	.read = sc_prov_text},
    {.in = {"basicAuth"},
	.name = "password",
	.flag = "basic-auth-password-file",
	.read = sc_prov_password},
    /* `step` has one certificate for all of them. */
    {.name = "clientCert", .flag = "client-cert", .read = sc_prov_path},
    {.name = "clientKey", .flag = "client-key", .read = sc_prov_path},
};

/* It authenticates in one way. */
static int
check(const struct sc_args *a, struct sc_error *e)
{
	int r = sc_args_check_conflict(
	    a, "bearer-token-file", "basic-auth-username", e);

	return r != 0 ? r
		      : sc_args_check_conflict(a, "bearer-token-file",
			    "basic-auth-password-file", e);
}

static int
set_members(const struct sc_args *a, bool adding, struct json_object *hook,
    struct sc_error *e)
{
	size_t i;
	int r = 0;

	if (sc_args_on_line(a, "bearer-token-file"))
		sc_ca_edit_remove(hook, "basicAuth");
	if (sc_args_on_line(a, "basic-auth-username") ||
	    sc_args_on_line(a, "basic-auth-password-file"))
		sc_ca_edit_remove(hook, "bearerToken");
	for (i = 0; r == 0 && i < sizeof(members) / sizeof(members[0]); i++)
		r = sc_prov_set_member(a, &members[i], adding, hook, e);
	return r;
}

/* The webhooks of the provisioner that is named first, made when none. */
static int
open_hooks(const struct sc_args *a, struct sc_ca_edit **d,
    struct json_object **out, struct sc_error *e)
{
	struct json_object *p, *o;
	const char *type = NULL;
	int r;

	if ((r = sc_ca_edit_open(a, d, e)) != 0 ||
	    (r = sc_ca_edit_provisioner(*d, sc_args_pos(a, 0), &p, e)) != 0 ||
	    (r = sc_json_get_string(p, "type", &type, e)) != 0)
		return r;
	if (type != NULL && sc_strcaseeq(type, "SSHPOP"))
		return sc_fail(e, SC_ERR_UNSUPPORTED,
		    "provisioners of type SSHPOP have no webhooks");
	if ((r = sc_ca_edit_member(p, "options", true, &o, e)) != 0 ||
	    (r = sc_json_get_array(o, "webhooks", out, e)) != 0 || *out != NULL)
		return r;
	*out = json_object_new_array();
	return sc_ca_edit_set(o, "webhooks", *out, e);
}

/* The webhook that is named second, and its place; NULL: there is none. */
static struct json_object *
find(const struct sc_args *a, struct json_object *hooks, size_t *at)
{
	struct json_object *hook;
	const char *name = NULL;

	for (*at = 0; *at < json_object_array_length(hooks); ++*at) {
		hook = json_object_array_get_idx(hooks, *at);
		if (json_object_is_type(hook, json_type_object) &&
		    sc_json_get_string(hook, "name", &name, NULL) == 0 &&
		    name != NULL && sc_streq(name, sc_args_pos(a, 1)))
			return hook;
	}
	return NULL;
}

static int
not_found(const struct sc_args *a, struct sc_error *e)
{
	return sc_fail(e, SC_ERR_NOT_FOUND,
	    "provisioner \"%s\" does not have a webhook with the name \"%s\"",
	    sc_args_pos(a, 0), sc_args_pos(a, 1));
}

/* With a new id and a new secret. */
static int
make(const struct sc_args *a, struct json_object **out, struct sc_error *e)
{
	struct json_object *hook = json_object_new_object();
	uint8_t raw[SECRET_BYTES];
	char id[37], *secret = NULL;
	int r = hook != NULL ? 0 : sc_fail_nomem(e);

	if (r == 0 && (sc_uuid4(id) != 0 || sc_random(raw, sizeof(raw)) != 0))
		r = sc_fail(e, SC_ERR_INTERNAL, "no random numbers");
	if (r == 0)
		r = sc_ca_edit_set(hook, "id", json_object_new_string(id), e);
	if (r == 0)
		r = sc_ca_edit_set(
		    hook, "name", json_object_new_string(sc_args_pos(a, 1)), e);
	if (r == 0)
		r = set_members(a, true, hook, e);
	if (r == 0 &&
	    (secret = sc_b64_encode(SC_B64_STD, raw, sizeof(raw))) == NULL)
		r = sc_fail_nomem(e);
	if (r == 0)
		r = sc_ca_edit_set(
		    hook, "secret", json_object_new_string(secret), e);
	sc_wipe(raw, sizeof(raw));
	sc_free_secret(secret);
	if (r != 0) {
		json_object_put(hook);
		return r;
	}
	*out = hook;
	return 0;
}

static void
show(struct json_object *hook)
{
	printf("Webhook ID: %s\nSecret: %s\n",
	    json_object_get_string(sc_json_member(hook, "id")),
	    json_object_get_string(sc_json_member(hook, "secret")));
}

static int
add(struct sc_args *a, struct sc_error *e)
{
	struct json_object *hooks = NULL, *hook = NULL;
	struct sc_ca_edit *d = NULL;
	size_t at;
	int r;

	if ((r = check(a, e)) == 0 &&
	    (r = sc_args_check_required(a, "url", e)) == 0)
		r = open_hooks(a, &d, &hooks, e);
	if (r == 0 && find(a, hooks, &at) != NULL)
		r = sc_fail(e, SC_ERR_CONFLICT,
		    "provisioner \"%s\" already has a webhook with the name "
		    "\"%s\"",
		    sc_args_pos(a, 0), sc_args_pos(a, 1));
	if (r == 0)
		r = make(a, &hook, e);
	if (r == 0 && json_object_array_add(hooks, json_object_get(hook)) != 0)
		r = sc_fail_nomem(e);
	if (r == 0 && (r = sc_ca_edit_save(d, e)) == 0) {
		sc_ca_edit_warn_secret(d);
		show(hook);
	}
	json_object_put(hook);
	sc_ca_edit_free(d);
	return r;
}

static int
update(struct sc_args *a, struct sc_error *e)
{
	struct json_object *hooks = NULL, *hook;
	struct sc_ca_edit *d = NULL;
	size_t at;
	int r;

	if ((r = check(a, e)) == 0 && (r = open_hooks(a, &d, &hooks, e)) == 0) {
		hook = find(a, hooks, &at);
		r = hook != NULL ? set_members(a, false, hook, e)
				 : not_found(a, e);
	}
	if (r == 0)
		r = sc_ca_edit_save(d, e);
	sc_ca_edit_free(d);
	return r;
}

static int
remove_one(struct sc_args *a, struct sc_error *e)
{
	struct json_object *hooks = NULL;
	struct sc_ca_edit *d = NULL;
	size_t at;
	int r;

	if ((r = open_hooks(a, &d, &hooks, e)) == 0) {
		if (find(a, hooks, &at) != NULL)
			(void)json_object_array_del_idx(hooks, at, 1);
		else
			r = not_found(a, e);
	}
	if (r == 0)
		r = sc_ca_edit_save(d, e);
	sc_ca_edit_free(d);
	return r;
}

static const struct sc_command cmd_add = {.name = "add",
    .args = "<provisioner> <webhook>",
    .help = "add a webhook and print its id and its secret",
    .min_args = 2,
    .max_args = 2,
    .options = {options, sc_options_ca_edit},
    .run = add};

static const struct sc_command cmd_update = {.name = "update",
    .args = "<provisioner> <webhook>",
    .help = "change a webhook",
    .min_args = 2,
    .max_args = 2,
    .options = {options, sc_options_ca_edit},
    .run = update};

static const struct sc_command cmd_remove = {.name = "remove",
    .args = "<provisioner> <webhook>",
    .help = "remove a webhook",
    .min_args = 2,
    .max_args = 2,
    .options = {sc_options_ca_edit},
    .run = remove_one};

static const struct sc_command *const subs[] = {
    &cmd_add, &cmd_update, &cmd_remove, NULL};

const struct sc_command sc_cmd_ca_provisioner_webhook = {.name = "webhook",
    .help = "the webhooks of a provisioner in ca.json",
    .subs = subs};
