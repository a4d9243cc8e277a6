#include "config.h"

#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/file.h"
#include "base/json.h"
#include "base/mem.h"
#include "config/ssh.h"
#include "crypto/jwk.h"
#include "crypto/key.h"

#define MAX_KEYS 64

static int
get_text(struct json_object *o, const char *where, const char *name, char **out,
    struct sc_error *e)
{
	const char *s = NULL;
	int r = o != NULL ? sc_json_get_string(o, name, &s, e) : 0;

	if (r != 0) {
		sc_error_prefix(e, "%s", where);
		return r;
	}
	*out = sc_strdup(s != NULL ? s : "");
	return *out == NULL ? sc_fail_nomem(e) : 0;
}

static int
get_path(struct json_object *o, const char *name, const char *steppath,
    char **out, struct sc_error *e)
{
	char *s = NULL;
	int r = get_text(o, "ssh", name, &s, e);

	if (r == 0 && s[0] != '\0') {
		*out = sc_path_join(steppath, s);
		free(s);
		return *out == NULL ? sc_fail_nomem(e) : 0;
	}
	*out = s;
	return r;
}

static int
read_key(struct json_object *o, struct sc_config_ssh_key *k, struct sc_error *e)
{
	struct json_object *key = NULL;
	struct sc_jwk *jwk = NULL;
	const char *type = NULL;
	int r;

	if (!json_object_is_type(o, json_type_object))
		return sc_fail(e, SC_ERR_MALFORMED, "expected an object");
	if ((r = sc_json_get_string(o, "type", &type, e)) != 0 ||
	    (r = sc_json_get_bool(o, "federated", &k->federated, e)) != 0 ||
	    (r = sc_json_get_object(o, "key", &key, e)) != 0)
		return r;
	if (!sc_streq(type, "user") && !sc_streq(type, "host"))
		return sc_fail(
		    e, SC_ERR_MALFORMED, "type is neither user nor host");
	if (key == NULL)
		return sc_fail(e, SC_ERR_MALFORMED, "key is missing");
	k->host = sc_streq(type, "host");
	if ((r = sc_jwk_parse(key, &jwk, e)) != 0)
		return r;
	k->key = sc_key_dup(jwk->key);
	sc_jwk_free(jwk);
	return 0;
}

static int
load_keys(struct json_object *o, struct sc_config_ssh *c, struct sc_error *e)
{
	struct json_object *list = NULL;
	size_t i, n;
	int r;

	if ((r = sc_json_get_array(o, "keys", &list, e)) != 0) {
		sc_error_prefix(e, "ssh");
		return r;
	}
	n = list != NULL ? json_object_array_length(list) : 0;
	if (n > MAX_KEYS)
		return sc_fail(e, SC_ERR_MALFORMED,
		    "ssh.keys: more than %d keys", MAX_KEYS);
	c->keys = calloc(n + 1, sizeof(*c->keys));
	if (c->keys == NULL)
		return sc_fail_nomem(e);
	for (i = 0; i < n; i++) {
		r = read_key(
		    json_object_array_get_idx(list, i), &c->keys[i], e);
		if (r != 0) {
			sc_error_prefix(e, "ssh.keys[%zu]", i);
			return r;
		}
		c->keys_n++;
	}
	return 0;
}

static int
load_key_ids(struct json_object *o, struct sc_config_ssh *c, struct sc_error *e)
{
	struct json_object *list = NULL, *v;
	size_t i, n;
	int r;

	if ((r = sc_json_get_array(o, "revokedKeyIDs", &list, e)) != 0) {
		sc_error_prefix(e, "ssh");
		return r;
	}
	n = list != NULL ? json_object_array_length(list) : 0;
	for (i = 0; r == 0 && i < n; i++) {
		v = json_object_array_get_idx(list, i);
		if (!json_object_is_type(v, json_type_string) ||
		    json_object_get_string_len(v) == 0)
			return sc_fail(e, SC_ERR_MALFORMED,
			    "ssh.revokedKeyIDs[%zu]: expected a key id", i);
		r = sc_strlist_add(
		    &c->revoked_key_ids, json_object_get_string(v));
	}
	return r == 0 ? 0 : sc_fail_nomem(e);
}

static int
load_bastion(
    struct json_object *ssh, struct sc_config_ssh *c, struct sc_error *e)
{
	static const char where[] = "ssh.bastion";
	struct json_object *o = NULL;
	int r = 0;

	if (ssh != NULL &&
	    (r = sc_json_get_object(ssh, "bastion", &o, e)) != 0) {
		sc_error_prefix(e, "ssh");
		return r;
	}
	if ((r = get_text(o, where, "hostname", &c->bastion.hostname, e)) !=
		0 ||
	    (r = get_text(o, where, "user", &c->bastion.user, e)) != 0 ||
	    (r = get_text(o, where, "port", &c->bastion.port, e)) != 0 ||
	    (r = get_text(o, where, "cmd", &c->bastion.cmd, e)) != 0)
		return r;
	return get_text(o, where, "flags", &c->bastion.flags, e);
}

static int
load_hide_hosts(
    struct json_object *root, struct sc_config_ssh *c, struct sc_error *e)
{
	struct json_object *a = NULL;
	int r = sc_json_get_object(root, "authority", &a, e);

	if (r != 0 || a == NULL)
		return r;
	r = sc_json_get_bool(a, "disableGetSSHHosts", &c->hide_hosts, e);
	if (r != 0)
		sc_error_prefix(e, "authority");
	return r;
}

int
sc_config_ssh_load(struct json_object *root, const char *steppath,
    struct sc_config_ssh *c, struct sc_error *e)
{
	struct json_object *o = NULL;
	int r;

	if ((r = sc_json_get_object(root, "ssh", &o, e)) != 0)
		return r;
	c->present = o != NULL;
	if ((r = get_path(o, "hostKey", steppath, &c->host_key, e)) != 0 ||
	    (r = get_path(o, "userKey", steppath, &c->user_key, e)) != 0 ||
	    (r = get_text(o, "ssh", "addUserPrincipal", &c->add_user_principal,
		 e)) != 0 ||
	    (r = get_text(
		 o, "ssh", "addUserCommand", &c->add_user_command, e)) != 0 ||
	    (r = load_bastion(o, c, e)) != 0 ||
	    (o != NULL && (r = load_keys(o, c, e)) != 0) ||
	    (o != NULL && (r = load_key_ids(o, c, e)) != 0))
		return r;
	return load_hide_hosts(root, c, e);
}

void
sc_config_ssh_clear(struct sc_config_ssh *c)
{
	free(c->host_key);
	free(c->user_key);
	while (c->keys_n > 0)
		sc_key_free(c->keys[--c->keys_n].key);
	free(c->keys);
	sc_strlist_clear(&c->revoked_key_ids);
	free(c->add_user_principal);
	free(c->add_user_command);
	free(c->bastion.hostname);
	free(c->bastion.user);
	free(c->bastion.port);
	free(c->bastion.cmd);
	free(c->bastion.flags);
	*c = (struct sc_config_ssh){0};
}
