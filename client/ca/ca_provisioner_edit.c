/*
 * ca provisioner get, add, update, remove: the provisioners in ca.json.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "authority/pki_provisioner.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/encode.h"
#include "base/err.h"
#include "base/file.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "client/ca/ca_edit.h"
#include "client/ca/ca_provisioner_edit.h"
#include "client/cli/jose_key.h"
#include "client/cli/options.h"
#include "client/cli/secret.h"
#include "crypto/cert.h"
#include "crypto/jwk.h"
#include "crypto/key.h"

/* Which flag sets which claim. */
struct claim {
	const char *flag, *name;
	enum {
		DURATION,
		SWITCH,
		OUR_SWITCH /* `step` does not know it */
	} kind;
};
static const struct claim claims[] = {
    {"x509-min-dur", "minTLSCertDuration", DURATION},
    {"x509-max-dur", "maxTLSCertDuration", DURATION},
    {"x509-default-dur", "defaultTLSCertDuration", DURATION},
    {"ssh-user-min-dur", "minUserSSHCertDuration", DURATION},
    {"ssh-user-max-dur", "maxUserSSHCertDuration", DURATION},
    {"ssh-user-default-dur", "defaultUserSSHCertDuration", DURATION},
    {"ssh-host-min-dur", "minHostSSHCertDuration", DURATION},
    {"ssh-host-max-dur", "maxHostSSHCertDuration", DURATION},
    {"ssh-host-default-dur", "defaultHostSSHCertDuration", DURATION},
    {"ssh", "enableSSHCA", SWITCH},
    {"disable-renewal", "disableRenewal", SWITCH},
    {"allow-renewal-after-expiry", "allowRenewalAfterExpiry", SWITCH},
    {"disable-renewal-of-unknown", "disableRenewalOfUnknown", OUR_SWITCH},
    {"disable-smallstep-extensions", "disableSmallstepExtensions", SWITCH},
};
#define CLAIMS (sizeof(claims) / sizeof(claims[0]))

#define DURATION_FLAG(flag_name, text)                                         \
	{                                                                      \
		.name = flag_name, .arg = "DURATION",                          \
		.flags = SC_OPT_LINE_ONLY, .help = text                        \
	}
#define SWITCH_FLAG(flag_name, text)                                           \
	{                                                                      \
		.name = flag_name, .kind = SC_OPT_BOOL,                        \
		.flags = SC_OPT_LINE_ONLY, .help = text                        \
	}
static const struct sc_opt claim_options[] = {
    DURATION_FLAG("x509-min-dur", "least life of an X.509 certificate"),
    DURATION_FLAG("x509-max-dur", "longest life of an X.509 certificate"),
    DURATION_FLAG("x509-default-dur", "life of an X.509 certificate"),
    DURATION_FLAG("ssh-user-min-dur", "least life of a user's SSH certificate"),
    DURATION_FLAG(
	"ssh-user-max-dur", "longest life of a user's SSH certificate"),
    DURATION_FLAG("ssh-user-default-dur", "life of a user's SSH certificate"),
    DURATION_FLAG("ssh-host-min-dur", "least life of a host's SSH certificate"),
    DURATION_FLAG(
	"ssh-host-max-dur", "longest life of a host's SSH certificate"),
    DURATION_FLAG("ssh-host-default-dur", "life of a host's SSH certificate"),
    SWITCH_FLAG("ssh", "sign SSH certificates (--ssh=false: do not)"),
    SWITCH_FLAG("disable-renewal", "renew nothing"),
    SWITCH_FLAG("allow-renewal-after-expiry", "renew what has expired, too"),
    SWITCH_FLAG("disable-renewal-of-unknown",
	"renew only what the store has a record of"),
    SWITCH_FLAG("disable-smallstep-extensions",
	"leave the provisioner's name out of certificates"),
    SC_OPT_END};

static int
set_text(struct json_object *o, const char *name, const char *s)
{
	struct json_object *v = json_object_new_string(s);

	sc_ca_edit_remove(o, name);
	return v != NULL && json_object_object_add(o, name, v) == 0
	    ? 0
	    : SC_ERR_NOMEM;
}

static int
set_switch(struct json_object *o, const char *name, bool on)
{
	struct json_object *v = json_object_new_boolean(on);

	sc_ca_edit_remove(o, name);
	return v != NULL && json_object_object_add(o, name, v) == 0
	    ? 0
	    : SC_ERR_NOMEM;
}

/* The claims that flags name; with all, every switch of `step`'s. */
static int
set_claims(const struct sc_args *a, struct json_object *p, bool all,
    struct sc_error *e)
{
	struct json_object *o = NULL;
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && i < CLAIMS; i++) {
		const struct claim *c = &claims[i];
		bool given = sc_args_on_line(a, c->flag);

		if (!given && !(all && c->kind == SWITCH))
			continue;
		if ((r = sc_ca_edit_member(p, "claims", true, &o, e)) != 0)
			return r;
		if (c->kind == DURATION)
			r = set_text(o, c->name, sc_args_str(a, c->flag));
		else if (!given)
			r = set_switch(o, c->name, sc_streq(c->flag, "ssh"));
		else
			r = set_switch(o, c->name, sc_args_bool(a, c->flag));
	}
	return r == 0 ? 0 : sc_fail(e, r, "%s", sc_err_text(r));
}

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

static const struct sc_opt add_options[] = {
    {.name = "type",
	.arg = "TYPE",
	.flags = SC_OPT_LINE_ONLY,
	.def = "JWK",
	.choices = "JWK, SSHPOP, X5C, K8sSA",
	.help = "JWK, SSHPOP, X5C or K8sSA"},
    {.name = "create",
	.kind = SC_OPT_BOOL,
	.flags = SC_OPT_LINE_ONLY,
	.help = "make a key for a JWK provisioner"},
    {.name = "public-key",
	.arg = "FILE",
	.flags = SC_OPT_LINE_ONLY,
	.help = "the key of a JWK provisioner, a JWK; those of K8sSA, PEM"},
    {.name = "private-key",
	.arg = "FILE",
	.flags = SC_OPT_LINE_ONLY,
	.help = "its private key, to be given to clients encrypted"},
    {.name = "password-file",
	.arg = "FILE",
	.flags = SC_OPT_LINE_ONLY,
	.help = "password of the private key"},
    {.name = "x5c-roots",
	.alias = "x5c-root",
	.arg = "FILE",
	.flags = SC_OPT_LINE_ONLY,
	.help = "roots of the certificates that an X5C provisioner takes"},
    SC_OPT_END};

static int
load_jwk(const struct sc_args *a, const char *flag, struct sc_jwk **out,
    struct sc_error *e)
{
	const char *file = sc_args_str(a, flag);
	char *text = NULL;
	size_t n = 0;
	int r = sc_file_read(file, SC_MAX_PEM_FILE, &text, &n, e);

	if (r == 0 &&
	    (r = sc_jose_jwk_parse(text, n,
		 "Please enter the password to decrypt the provisioner key",
		 sc_args_str(a, "password-file"), out, e)) != 0)
		sc_error_prefix(e, "error parsing %s", file);
	sc_free_secret(text);
	return r;
}

static int
ask_password(const struct sc_args *a, char **out, struct sc_error *e)
{
	int r = sc_secret_get(sc_args_str(a, "password-file"),
	    "Please enter a password to encrypt the provisioner private key",
	    out, e);

	if (r == 0 && (*out)[0] == '\0')
		r = sc_fail(e, SC_ERR_MALFORMED, "the password is empty");
	return r;
}

static int
sealed_jwk(const struct sc_args *a, const char *name,
    const struct sc_jwk *private, struct json_object **out, struct sc_error *e)
{
	char *password = NULL;
	int r = ask_password(a, &password, e);

	if (r == 0)
		r = sc_pki_jwk_provisioner(name, password, private, out, e);
	sc_free_secret(password);
	return r;
}

/* Of a public key alone: whoever has the private one keeps it. */
static int
open_jwk(const char *name, const struct sc_jwk *public,
    struct json_object **out, struct sc_error *e)
{
	struct json_object *o = json_object_new_object(), *key = NULL;
	int r =
	    o == NULL ? sc_fail_nomem(e) : sc_jwk_format(public, 0, &key, e);

	if (r == 0) {
		json_object_object_add(o, "key", key);
		if (set_text(o, "type", "JWK") != 0 ||
		    set_text(o, "name", name) != 0)
			r = sc_fail_nomem(e);
	}
	if (r != 0) {
		json_object_put(o);
		return r;
	}
	*out = o;
	return 0;
}

static int
make_jwk(const struct sc_args *a, const char *name, struct json_object **out,
    struct sc_error *e)
{
	struct sc_jwk *public = NULL, *private = NULL;
	int r;

	if (!sc_args_given(a, "public-key"))
		return sealed_jwk(a, name, NULL, out, e);
	r = load_jwk(a, "public-key", &public, e);
	if (r == 0 && sc_args_given(a, "private-key"))
		r = load_jwk(a, "private-key", &private, e);
	if (r == 0 && private != NULL &&
	    !sc_key_same_public(public->key, private->key))
		r = sc_fail(e, SC_ERR_MALFORMED,
		    "--private-key and --public-key are of two keys");
	if (r == 0)
		r = private != NULL ? sealed_jwk(a, name, private, out, e)
				    : open_jwk(name, public, out, e);
	sc_jwk_free(public);
	sc_jwk_free(private);
	return r;
}

/* The text of a file of root certificates, in base64; malloc'ed. */
static int
read_roots(const char *file, char **out, struct sc_error *e)
{
	struct sc_certs roots = {0};
	char *pem = NULL;
	size_t i, n;
	int r = sc_file_read(file, SC_MAX_PEM_FILE, &pem, &n, e);

	if (r == 0 && (r = sc_certs_from_pem(pem, n, &roots, e)) != 0)
		sc_error_prefix(e, "error parsing %s", file);
	for (i = 0; r == 0 && i < roots.n; i++)
		if (!sc_cert_is_ca(roots.v[i]))
			r = sc_fail(e, SC_ERR_MALFORMED,
			    "error parsing %s: certificate %zu is not that of "
			    "a CA",
			    file, i + 1);
	if (r == 0 && (*out = sc_b64_encode(SC_B64_STD, pem, n)) == NULL)
		r = sc_fail_nomem(e);
	sc_certs_clear(&roots);
	free(pem);
	return r;
}

/* The text of a file of public keys, in base64; malloc'ed. */
static int
read_keys(const char *file, char **out, struct sc_error *e)
{
	struct sc_key *first = NULL;
	char *pem = NULL;
	size_t n;
	int r = sc_file_read(file, SC_MAX_PEM_FILE, &pem, &n, e);

	if (r == 0)
		r = sc_key_public_from_pem(pem, n, file, &first, e);
	if (r == 0 && (*out = sc_b64_encode(SC_B64_STD, pem, n)) == NULL)
		r = sc_fail_nomem(e);
	sc_key_free(first);
	free(pem);
	return r;
}

/* One that has a name, and at most another member. */
static int
make_plain(const char *type, const char *name, const char *member,
    const char *value, struct json_object **out, struct sc_error *e)
{
	*out = json_object_new_object();
	if (*out == NULL || set_text(*out, "type", type) != 0 ||
	    set_text(*out, "name", name) != 0 ||
	    (member != NULL && set_text(*out, member, value) != 0))
		return sc_fail_nomem(e);
	return 0;
}

static int
make(const struct sc_args *a, struct json_object **out, struct sc_error *e)
{
	const char *name = sc_args_pos(a, 0), *type = sc_args_str(a, "type");
	char *text = NULL;
	int r;

	if (sc_strcaseeq(type, "JWK"))
		return make_jwk(a, name, out, e);
	if (sc_strcaseeq(type, "X5C")) {
		r = read_roots(sc_args_str(a, "x5c-roots"), &text, e);
		if (r == 0)
			r = make_plain("X5C", name, "roots", text, out, e);
	} else if (sc_strcaseeq(type, "K8sSA")) {
		r = read_keys(sc_args_str(a, "public-key"), &text, e);
		if (r == 0)
			r = make_plain(
			    "K8sSA", name, "publicKeys", text, out, e);
	} else {
		r = make_plain("SSHPOP", name, NULL, NULL, out, e);
	}
	free(text);
	return r;
}

static int
check_add(const struct sc_args *a, struct sc_error *e)
{
	bool jwk = sc_strcaseeq(sc_args_str(a, "type"), "JWK");
	int r = sc_args_check_exclusive(a, "create", "public-key", e);

	if (r == 0)
		r = sc_args_check_needs(a, "private-key", "public-key", e);
	if (r == 0 && sc_strcaseeq(sc_args_str(a, "type"), "X5C"))
		r = sc_args_check_required(a, "x5c-roots", e);
	else if (r == 0 && sc_strcaseeq(sc_args_str(a, "type"), "K8sSA"))
		r = sc_args_check_required(a, "public-key", e);
	if (r == 0 && sc_args_given(a, "x5c-roots") &&
	    !sc_strcaseeq(sc_args_str(a, "type"), "X5C"))
		r = sc_fail(e, SC_ERR_MALFORMED,
		    "--x5c-roots is of provisioners of type X5C");
	if (r == 0 && jwk && !sc_args_bool(a, "create") &&
	    !sc_args_given(a, "public-key"))
		r = sc_fail(e, SC_ERR_MALFORMED,
		    "'%s' requires the '--create' or '--public-key' flag",
		    sc_args_path(a));
	return r;
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
append(const struct sc_args *a, struct sc_ca_edit *d, struct json_object *p,
    struct sc_error *e)
{
	struct json_object *list = NULL;
	int r;

	if ((r = set_claims(a, p, true, e)) == 0)
		r = provisioners(d, &list, e);
	if (r == 0 && json_object_array_add(list, json_object_get(p)) != 0)
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

	if ((r = check_add(a, e)) != 0 || (r = sc_ca_edit_open(a, &d, e)) != 0)
		return r;
	if (sc_ca_edit_provisioner(d, name, &p, NULL) == 0) {
		sc_ca_edit_free(d);
		return sc_fail(e, SC_ERR_CONFLICT,
		    "there is a provisioner %s already", name);
	}
	p = NULL;
	if ((r = make(a, &p, e)) == 0)
		r = append(a, d, p, e);
	json_object_put(p);
	sc_ca_edit_free(d);
	return r;
}

const struct sc_command sc_cmd_ca_provisioner_add = {.name = "add",
    .args = "<name>",
    .help = "add a provisioner to ca.json",
    .min_args = 1,
    .max_args = 1,
    .options = {add_options, claim_options, sc_options_ca_edit},
    .run = add};

static const struct sc_opt update_options[] = {
    {.name = "name",
	.arg = "NAME",
	.flags = SC_OPT_LINE_ONLY,
	.help = "another name for it"},
    SC_OPT_END};

static int
update(struct sc_args *a, struct sc_error *e)
{
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
	if (r == 0 && name != NULL && set_text(p, "name", name) != 0)
		r = sc_fail_nomem(e);
	if (r == 0)
		r = set_claims(a, p, false, e);
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
    .options = {update_options, claim_options, sc_options_ca_edit},
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
