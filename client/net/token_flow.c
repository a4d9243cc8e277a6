#include "config.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "base/clock.h"
#include "base/encode.h"
#include "base/err.h"
#include "base/file.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "config/ca_json.h"
#include "crypto/cert.h"
#include "crypto/jwk.h"
#include "crypto/key.h"
#include "client/net/ca_client.h"
#include "client/cli/options.h"
#include "client/cli/output.h"
#include "client/net/provisioner_pick.h"
#include "client/net/token.h"
#include "client/net/token_flow.h"
#include "client/net/token_oidc.h"
#include "client/net/token_x5c.h"

#define K8SSA_FILE "/var/run/secrets/kubernetes.io/serviceaccount/token"
#define K8SSA_ISSUER "kubernetes/serviceaccount"

/* What is needed of a provisioner. */
struct voucher {
	struct sc_jwk *key;
	struct sc_certs chain; /* of the key, for X5C; else empty */
	char *issuer, *kid, *audience;
	char *fragment; /* of the audience; NULL: none */
	char *token; /* a ready one, of which nothing else is known; or NULL */
	char sha[65]; /* "" when no root is known */
};

static void
voucher_clear(struct voucher *v)
{
	sc_jwk_free(v->key);
	free(v->issuer);
	free(v->kid);
	free(v->audience);
	free(v->fragment);
	sc_free_secret(v->token);
	sc_certs_clear(&v->chain);
}

const char *
sc_token_path(enum sc_token_kind kind, int prefixed)
{
	static const char *const paths[] = {
	    [SC_TOKEN_SIGN] = "/1.0/sign",
	    [SC_TOKEN_REVOKE] = "/1.0/revoke",
	    [SC_TOKEN_SSH_SIGN] = "/1.0/ssh/sign",
	    [SC_TOKEN_SSH_REVOKE] = "/1.0/ssh/revoke",
	};

	return paths[kind] + (prefixed ? 0 : strlen("/1.0"));
}

/* --key, where there is such a flag. */
static const char *
key_flag(const struct sc_args *a)
{
	return sc_args_knows(a, "key") ? sc_args_str(a, "key") : NULL;
}

static const char *
member(struct json_object *o, const char *name)
{
	const char *s = NULL;

	if (o == NULL || sc_json_get_string(o, name, &s, NULL) != 0)
		return NULL;
	return s;
}

static int
need_key_type(struct json_object *p, struct sc_error *e)
{
	const char *type = member(p, "type");

	if (type != NULL && member(p, "name") != NULL &&
	    (sc_strcaseeq(type, "JWK") || sc_strcaseeq(type, "X5C") ||
		sc_strcaseeq(type, "K8sSA") || sc_strcaseeq(type, "OIDC")))
		return 0;
	if (type != NULL && sc_strcaseeq(type, "SCEP"))
		return sc_fail(e, SC_ERR_UNSUPPORTED,
		    "step SCEP provisioners do not support token auth flows");
	return sc_fail(e, SC_ERR_UNSUPPORTED,
	    "no token can be made for a provisioner of type %s; only JWK, "
	    "X5C, OIDC and K8sSA are supported",
	    type != NULL ? type : "unknown");
}

/* Key of a chosen provisioner: --key, the CA's word, or ca.json. */
static int
open_key(const struct sc_args *a, struct sc_ca *ca, struct json_object *p,
    struct voucher *v, struct sc_error *e)
{
	const char *file = key_flag(a), *sealed;
	char *text = NULL;
	int r;

	if (file != NULL)
		return sc_provisioner_key_file(a, file, &v->key, e);
	if (v->kid == NULL)
		return sc_fail(e, SC_ERR_MALFORMED,
		    "provisioner '%s' has no key id", v->issuer);
	if (ca == NULL) {
		sealed = member(p, "encryptedKey");
		if (sealed == NULL || sealed[0] == '\0')
			return sc_fail(e, SC_ERR_NOT_FOUND,
			    "provisioner '%s' does not have an 'encryptedKey' "
			    "property",
			    v->kid);
		return sc_provisioner_open_key(a, sealed, &v->key, e);
	}
	r = sc_ca_encrypted_key(ca, v->kid, &text, e);
	if (r == 0)
		r = sc_provisioner_open_key(a, text, &v->key, e);
	sc_free_secret(text);
	return r;
}

/* The kid of such a token says nothing; it is what the reference writes. */
static int
open_x5c(const struct sc_args *a, struct voucher *v, struct sc_error *e)
{
	int r = sc_x5c_open(a, &v->key, &v->chain, e);

	if (r != 0)
		return r;
	v->kid = sc_strdup(sc_args_str(a, "x5c-key"));
	v->fragment = sc_asprintf("x5c/%s", v->issuer);
	return v->kid == NULL || v->fragment == NULL ? sc_fail_nomem(e) : 0;
}

/* What Kubernetes has put into the pod. */
static int
read_k8ssa(const struct sc_args *a, struct voucher *v, struct sc_error *e)
{
	const char *file = sc_args_str(a, "k8ssa-token-path");
	size_t n;
	int r = sc_file_read(
	    file != NULL ? file : K8SSA_FILE, SC_MAX_JWS, &v->token, &n, e);

	if (r == 0)
		v->token[strcspn(v->token, " \t\r\n")] = '\0';
	return r;
}

static bool
revokes(enum sc_token_kind kind)
{
	return kind == SC_TOKEN_REVOKE || kind == SC_TOKEN_SSH_REVOKE;
}

static int
vouch(const struct sc_args *a, struct sc_ca *ca, struct json_object *list,
    enum sc_token_kind kind, struct voucher *v, struct sc_error *e)
{
	struct json_object *p = NULL;
	const char *kid;
	int r;

	r = sc_provisioner_pick(a, list, revokes(kind), &p, e);
	if (r == 0)
		r = need_key_type(p, e);
	if (r != 0)
		return r;
	if ((v->issuer = sc_strdup(member(p, "name"))) == NULL)
		return sc_fail_nomem(e);
	if (sc_strcaseeq(member(p, "type"), "X5C"))
		return open_x5c(a, v, e);
	if (sc_strcaseeq(member(p, "type"), "K8sSA"))
		return read_k8ssa(a, v, e);
	if (sc_strcaseeq(member(p, "type"), "OIDC"))
		return sc_oidc_token(a, p, &v->token, e);
	kid = member(sc_json_member(p, "key"), "kid");
	if (kid != NULL && (v->kid = sc_strdup(kid)) == NULL)
		return sc_fail_nomem(e);
	return open_key(a, ca, p, v, e);
}

static int
vouch_online(const struct sc_args *a, struct sc_ca *ca, enum sc_token_kind kind,
    struct voucher *v, struct sc_error *e)
{
	struct json_object *list = NULL;
	int r;

	r = sc_ca_provisioners(ca, &list, e);
	if (r == 0)
		r = vouch(a, ca, list, kind, v, e);
	json_object_put(list);
	if (r != 0)
		return r;
	v->audience =
	    sc_asprintf("%s%s", sc_ca_base(ca), sc_token_path(kind, 1));
	memcpy(v->sha, sc_ca_root_fingerprint(ca), sizeof(v->sha));
	return v->audience != NULL ? 0 : sc_fail_nomem(e);
}

/* sha of the first certificate in a file. */
static int
root_sha(const char *path, char out[65], struct sc_error *e)
{
	struct sc_certs certs = {NULL, 0};
	char *pem = NULL, *hex = NULL;
	uint8_t fp[32];
	size_t n;
	int r;

	r = sc_file_read(path, SC_MAX_PEM_FILE, &pem, &n, e);
	if (r == 0)
		r = sc_certs_from_pem(pem, n, &certs, e);
	if (r == 0) {
		sc_cert_fingerprint(certs.v[0], fp);
		hex = sc_hex_encode(fp, sizeof(fp));
		if (hex == NULL)
			r = sc_fail_nomem(e);
		else
			memcpy(out, hex, 65);
	}
	free(hex);
	sc_certs_clear(&certs);
	free(pem);
	return r;
}

static int
vouch_ca_json(const struct sc_args *a, const char *path,
    enum sc_token_kind kind, struct voucher *v, struct sc_error *e)
{
	struct sc_config *c = NULL;
	int r;

	r = sc_config_load(path, &c, e);
	if (r == 0 && c->dns_names.n == 0)
		r = sc_fail(e, SC_ERR_MALFORMED, "%s: dnsNames is empty", path);
	if (r == 0)
		r = vouch(a, NULL, c->provisioners, kind, v, e);
	if (r == 0 && c->roots.n > 0)
		r = root_sha(c->roots.v[0], v->sha, e);
	if (r == 0) {
		v->audience = sc_asprintf(
		    "https://%s%s", c->dns_names.v[0], sc_token_path(kind, 0));
		if (v->audience == NULL)
			r = sc_fail_nomem(e);
	}
	sc_config_free(c);
	return r;
}

/* Nothing but flags: --issuer, --key, --ca-url. */
static int
vouch_flags(const struct sc_args *a, enum sc_token_kind kind, struct voucher *v,
    struct sc_error *e)
{
	const char *root = sc_args_str(a, "root");
	char *base = NULL, *path = NULL;
	int r;

	r = sc_args_check_required(a, "provisioner", e);
	if (r == 0)
		r = sc_args_check_required(a, "key", e);
	if (r == 0)
		r = sc_args_check_required(a, "ca-url", e);
	if (r == 0)
		r = sc_ca_url(sc_args_str(a, "ca-url"), &base, e);
	if (r == 0)
		r = sc_provisioner_key_file(a, key_flag(a), &v->key, e);
	if (r == 0) {
		path = root != NULL ? sc_strdup(root)
				    : sc_output_abs("certs/root_ca.crt");
		v->issuer = sc_strdup(sc_args_str(a, "provisioner"));
		v->kid = sc_strdup(sc_args_str(a, "kid"));
		v->audience = sc_asprintf("%s%s", base, sc_token_path(kind, 1));
		if (path == NULL || v->issuer == NULL || v->audience == NULL)
			r = sc_fail_nomem(e);
	}
	if (r == 0 && (root != NULL || sc_file_exists(path)))
		r = root_sha(path, v->sha, e);
	free(path);
	free(base);
	return r;
}

static int
vouch_offline(const struct sc_args *a, enum sc_token_kind kind,
    struct voucher *v, struct sc_error *e)
{
	const char *file = sc_args_str(a, "ca-config");
	char *path;
	int r;

	path = file != NULL ? sc_strdup(file) : sc_output_abs("config/ca.json");
	if (path == NULL)
		return sc_fail_nomem(e);
	if (file != NULL || sc_file_exists(path) || key_flag(a) == NULL)
		r = vouch_ca_json(a, path, kind, v, e);
	else
		r = vouch_flags(a, kind, v, e);
	free(path);
	return r;
}

static int
make(const struct sc_token_request *q, const struct voucher *v, char **out,
    struct sc_error *e)
{
	struct sc_strlist only = {NULL, 0};
	struct sc_token_plan t;
	char *audience;
	int r = 0;

	audience = v->fragment == NULL
	    ? sc_strdup(v->audience)
	    : sc_asprintf("%s#%s", v->audience, v->fragment);
	if (audience == NULL)
		return sc_fail_nomem(e);
	memset(&t, 0, sizeof(t));
	t.key = v->key;
	if (v->chain.n > 0) {
		t.chain = &v->chain;
		t.chain_header = "x5c";
	}
	t.kid = v->kid;
	t.issuer = v->issuer;
	t.subject = q->subject;
	t.audience = audience;
	t.root_sha = v->sha[0] != '\0' ? v->sha : NULL;
	t.cnf = q->cnf;
	t.user = q->user;
	t.step = q->step;
	t.not_before = q->not_before;
	t.not_after = q->not_after;
	if (t.not_before == 0 && t.not_after == 0) {
		t.not_before = sc_clock_now();
		t.not_after = t.not_before + SC_TOKEN_SECONDS;
	}
	if (q->kind == SC_TOKEN_SIGN) {
		t.sans = q->sans;
		if (t.sans == NULL || t.sans->n == 0) {
			r = sc_strlist_add(&only, q->subject);
			t.sans = &only;
		}
	}
	r = r != 0 ? sc_fail_nomem(e) : sc_token_make(&t, out, e);
	sc_strlist_clear(&only);
	free(audience);
	return r;
}

int
sc_token_flow(const struct sc_args *a, struct sc_ca *ca,
    const struct sc_token_request *q, char **out, struct sc_error *e)
{
	struct voucher v;
	int r;

	*out = NULL;
	memset(&v, 0, sizeof(v));
	r = ca != NULL ? vouch_online(a, ca, q->kind, &v, e)
		       : vouch_offline(a, q->kind, &v, e);
	if (r == 0 && v.token != NULL) {
		*out = v.token;
		v.token = NULL; /* transferred */
	} else if (r == 0)
		r = make(q, &v, out, e);
	voucher_clear(&v);
	return r;
}

bool
sc_token_names_bearer(struct json_object *claims)
{
	const char *issuer = member(claims, "iss");

	return (issuer != NULL && sc_streq(issuer, K8SSA_ISSUER)) ||
	    sc_oidc_is_token(claims);
}

static int
read_set_file(const char *file, struct json_object **out, struct sc_error *e)
{
	char *text = NULL;
	size_t n;
	int r;

	r = sc_file_read(file, SC_MAX_CONFIG_FILE, &text, &n, e);
	if (r != 0)
		return r;
	r = sc_json_parse(text, n, 0, out, e);
	if (r == 0 && !json_object_is_type(*out, json_type_object))
		r = sc_fail(e, SC_ERR_MALFORMED, "not an object");
	if (r != 0)
		sc_error_prefix(e, "%s", file);
	free(text);
	return r;
}

/* "k=v", v as JSON when it is some. */
static int
add_set(const struct sc_args *a, struct json_object *o, const char *text,
    struct sc_error *e)
{
	const char *eq = strchr(text, '=');
	struct json_object *v = NULL;
	char *name;

	if (eq == NULL || eq == text)
		return sc_args_invalid(
		    a, "set", text, "it must be KEY=VALUE", e);
	name = sc_strndup(text, (size_t)(eq - text));
	if (name == NULL)
		return sc_fail_nomem(e);
	if (sc_json_parse(eq + 1, strlen(eq + 1), 0, &v, NULL) != 0)
		v = json_object_new_string(eq + 1);
	json_object_object_add(o, name, v);
	free(name);
	return 0;
}

int
sc_token_user_data(
    const struct sc_args *a, struct json_object **out, struct sc_error *e)
{
	const struct sc_strlist *set = sc_args_list(a, "set");
	const char *file = sc_args_str(a, "set-file");
	struct json_object *o = NULL;
	size_t i;
	int r = 0;

	*out = NULL;
	if (file != NULL)
		r = read_set_file(file, &o, e);
	else if ((o = json_object_new_object()) == NULL)
		r = sc_fail_nomem(e);
	for (i = 0; r == 0 && i < set->n; i++)
		r = add_set(a, o, set->v[i], e);
	if (r != 0) {
		json_object_put(o);
		return r;
	}
	*out = o;
	return 0;
}
