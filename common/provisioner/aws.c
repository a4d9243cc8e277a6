/*
 * The AWS provisioner: tokens that carry the identity document of an EC2
 * instance and the vendor's signature of it, and are signed with that
 * signature as a secret (tokens.md section 12 of the wire contract).
 */
#include "config.h"

#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/encode.h"
#include "base/err.h"
#include "base/file.h"
#include "base/json.h"
#include "base/limits.h"
#include "crypto/cert.h"
#include "crypto/jws.h"
#include "crypto/jws_alg.h"
#include "crypto/key.h"
#include "provisioner/instance.h"
#include "provisioner/provisioner.h"
#include "provisioner/ssh_grant.h"
#include "provisioner/token_claims.h"

#define ISSUER "ec2.amazonaws.com"
/* The vendor's certificates, as they come with us. */
#define VENDOR SC_PKGDATADIR "/aws-certificates.pem"

/* --- ca.json ----------------------------------------------------------- */

/* The keys of those that have one for RSA: the vendor has others, too. */
static int
keep_keys(
    struct sc_provisioner *p, const struct sc_certs *certs, struct sc_error *e)
{
	struct sc_key *key;
	size_t i;
	int r;

	if ((p->keys = calloc(certs->n, sizeof(*p->keys))) == NULL)
		return sc_fail_nomem(e);
	for (i = 0; i < certs->n; i++) {
		r = sc_cert_key(certs->v[i], &key, NULL);
		if (r == SC_ERR_NOMEM)
			return sc_fail_nomem(e);
		if (r == 0 && sc_key_type(key) == SC_KEY_RSA)
			p->keys[p->keys_n++] = key;
		else
			sc_key_free(key);
	}
	return p->keys_n > 0
	    ? 0
	    : sc_fail(e, SC_ERR_MALFORMED, "no certificate with an RSA key");
}

static int
load_roots(struct sc_provisioner *p, struct sc_error *e)
{
	struct sc_certs certs = {0};
	const char *file = NULL;
	char *path = NULL, *pem = NULL;
	size_t n;
	int r;

	if ((r = sc_json_get_string(p->raw, "iidRoots", &file, e)) != 0)
		return r;
	if (file == NULL || file[0] == '\0')
		file = VENDOR;
	path = p->steppath != NULL ? sc_path_join(p->steppath, file)
				   : sc_strdup(file);
	if (path == NULL)
		return sc_fail_nomem(e);
	if ((r = sc_file_read(path, SC_MAX_PEM_FILE, &pem, &n, e)) == 0 &&
	    ((r = sc_certs_from_pem(pem, n, &certs, e)) != 0 ||
		(r = keep_keys(p, &certs, e)) != 0))
		sc_error_prefix(e, "%s", path);
	if (r != 0)
		sc_error_prefix(e, "iidRoots");
	sc_certs_clear(&certs);
	free(pem);
	free(path);
	return r;
}

/* They are for clients; a version that there is not is a mistake. */
static int
check_imds(const struct sc_provisioner *p, struct sc_error *e)
{
	struct sc_strlist l = {0};
	size_t i;
	int r = sc_json_get_strings(p->raw, "imdsVersions", &l, e);

	for (i = 0; r == 0 && i < l.n; i++)
		if (!sc_streq(l.v[i], "v1") && !sc_streq(l.v[i], "v2"))
			r = sc_fail(e, SC_ERR_MALFORMED,
			    "imdsVersions: \"%.32s\" is neither v1 nor v2",
			    l.v[i]);
	sc_strlist_clear(&l);
	return r;
}

static int
aws_init(struct sc_provisioner *p, struct sc_error *e)
{
	int r;

	if ((r = sc_instance_init(p, e)) != 0 ||
	    (r = sc_json_get_strings(p->raw, "accounts", &p->accounts, e)) !=
		0 ||
	    (r = check_imds(p, e)) != 0)
		return r;
	return load_roots(p, e);
}

/* --- the document ------------------------------------------------------ */

struct document { /* clear when done */
	struct json_object *json;
	const char *account, *id, *ip, *region; /* borrowed from json */
	char *host; /* what the instance is called inside the cloud */
	int64_t pending; /* when it was started; 0: not said */
};

static void
document_clear(struct document *d)
{
	json_object_put(d->json);
	free(d->host);
	*d = (struct document){0};
}

static int
bad(struct sc_error *e, const char *member)
{
	return sc_fail(e, SC_ERR_UNAUTHENTICATED,
	    "identity document: %s is missing or not what it has to be",
	    member);
}

static const char *
text(struct json_object *o, const char *name)
{
	struct json_object *v = sc_json_member_exact(o, name);

	return v != NULL && json_object_is_type(v, json_type_string)
	    ? json_object_get_string(v)
	    : "";
}

/* ip-A-B-C-D.REGION.compute.internal; NULL when out of memory. */
static char *
host_name(const char *ip, const char *region)
{
	char *s = sc_asprintf("ip-%s.%s.compute.internal", ip, region);
	char *c;

	if (s != NULL)
		for (c = s; c < s + strlen("ip-") + strlen(ip); c++)
			if (*c == '.')
				*c = '-';
	return s;
}

static int
read_document(
    struct document *d, const uint8_t *p, size_t n, struct sc_error *e)
{
	const char *pending;
	uint8_t ip[16];
	size_t len = 0;

	if (sc_json_parse((const char *)p, n, 0, &d->json, NULL) != 0 ||
	    !json_object_is_type(d->json, json_type_object))
		return sc_fail(e, SC_ERR_UNAUTHENTICATED,
		    "identity document is not a JSON object");
	d->account = text(d->json, "accountId");
	d->id = text(d->json, "instanceId");
	d->ip = text(d->json, "privateIp");
	d->region = text(d->json, "region");
	pending = text(d->json, "pendingTime");
	if (d->account[0] == '\0')
		return bad(e, "accountId");
	if (d->id[0] == '\0')
		return bad(e, "instanceId");
	if (sc_san_ip_bytes(d->ip, ip, &len) != 0 || len != 4)
		return bad(e, "privateIp");
	if (d->region[0] == '\0')
		return bad(e, "region");
	if (pending[0] != '\0' && sc_time_parse(pending, &d->pending) != 0)
		return bad(e, "pendingTime");
	d->host = host_name(d->ip, d->region);
	return d->host == NULL ? sc_fail_nomem(e) : 0;
}

/* --- the token --------------------------------------------------------- */

static int
decode(struct json_object *o, const char *name, uint8_t **out, size_t *n,
    struct sc_error *e)
{
	const char *s = text(o, name);

	if (s[0] == '\0' ||
	    sc_b64_decode(SC_B64_STD, s, strlen(s), out, n) != 0)
		return sc_fail(e, SC_ERR_UNAUTHENTICATED,
		    "token claim amazon.%s is not base64", name);
	return 0;
}

static int
verify_document(const struct sc_provisioner *p, const uint8_t *doc, size_t n,
    const uint8_t *sig, size_t sig_len, struct sc_error *e)
{
	const struct sc_jws_alg *a = sc_jws_alg_by_name("RS256");
	size_t i;

	for (i = 0; i < p->keys_n; i++)
		if (sc_jws_alg_verify(
			a, p->keys[i], doc, n, sig, sig_len, NULL) == 0)
			return 0;
	return sc_fail(e, SC_ERR_UNAUTHENTICATED,
	    "the identity document is signed with none of the vendor's keys");
}

/* Both signatures: of the token, and of the document in it. */
static int
verify(const struct sc_provisioner *p, const struct sc_token *t,
    struct document *d, struct sc_error *e)
{
	struct json_object *o =
	    sc_json_member_exact(sc_token_claims(t), "amazon");
	uint8_t *doc = NULL, *sig = NULL;
	size_t n = 0, sig_len = 0;
	int r;

	if (o == NULL || !json_object_is_type(o, json_type_object))
		return sc_fail(e, SC_ERR_UNAUTHENTICATED,
		    "token without the claim amazon");
	if ((r = decode(o, "document", &doc, &n, e)) == 0 &&
	    (r = decode(o, "signature", &sig, &sig_len, e)) == 0 &&
	    (r = sc_jws_verify_hs256(t->jws, sig, sig_len, e)) == 0 &&
	    (r = verify_document(p, doc, n, sig, sig_len, e)) == 0)
		r = read_document(d, doc, n, e);
	free(doc);
	free(sig);
	return r;
}

static int
check_instance(const struct sc_provisioner *p, const struct sc_token *t,
    const struct document *d, int64_t now, struct sc_error *e)
{
	if (p->instance.known_names && !sc_streq(t->sub, d->id) &&
	    !sc_streq(t->sub, d->ip) && !sc_streq(t->sub, d->host))
		return sc_fail_client(e, SC_ERR_UNAUTHENTICATED,
		    "the token's subject (sub) is no name of the instance");
	if (p->accounts.n > 0 && !sc_strlist_has(&p->accounts, d->account))
		return sc_fail(e, SC_ERR_UNAUTHENTICATED,
		    "account \"%.64s\" is none of accounts", d->account);
	return sc_instance_check_age(p, d->pending, now, e);
}

/* On success the grant has what the record says of the token. */
static int
check_token(const struct sc_provisioner *p, const struct sc_audiences *aud,
    const struct sc_token *t, int64_t now, struct document *d,
    struct sc_grant *g, struct sc_error *e)
{
	int r;

	if ((r = verify(p, t, d, e)) != 0 ||
	    (r = sc_token_check_claims(ISSUER, t, now, e)) != 0 ||
	    (r = sc_token_check_audience(aud, SC_OP_SIGN, p->id, t, e)) != 0 ||
	    (r = check_instance(p, t, d, now, e)) != 0 ||
	    (r = sc_instance_spend_id(p, t, d->id, g, e)) != 0)
		return r;
	g->subject = sc_strdup(t->sub);
	g->principal = sc_strdup(d->id);
	return g->subject == NULL || g->principal == NULL ? sc_fail_nomem(e)
							  : 0;
}

/* --- grants ------------------------------------------------------------ */

static int
aws_authorize_sign(const struct sc_provisioner *p,
    const struct sc_audiences *aud, const struct sc_token *t, int64_t now,
    struct sc_grant *out, struct sc_error *e)
{
	struct document d = {0};
	int r = check_token(p, aud, t, now, &d, out, e);

	if (r != 0)
		goto out;
	out->from_request = !p->instance.known_names;
	out->some_dns = p->instance.known_names;
	if (p->instance.known_names &&
	    ((r = sc_sans_add(&out->sans, SC_SAN_DNS, d.host, e)) != 0 ||
		(r = sc_sans_add(&out->sans, SC_SAN_IP, d.ip, e)) != 0))
		goto out;
	if ((out->ext_credential_id = sc_strdup(d.account)) == NULL)
		r = sc_fail_nomem(e);
	else
		r = sc_instance_pair(out, "InstanceID", d.id, e);
out:
	document_clear(&d);
	return r;
}

/* A host, by the names that the cloud knows or by what it calls itself. */
static int
aws_authorize_ssh_sign(const struct sc_provisioner *p,
    const struct sc_audiences *aud, const struct sc_token *t, int64_t now,
    struct sc_ssh_grant *out, struct sc_error *e)
{
	struct document d = {0};
	int r = check_token(p, aud, t, now, &d, &out->common, e);

	if (r != 0)
		goto out;
	out->type = SC_SSH_HOST;
	out->some_principals = true;
	out->any_principals = !p->instance.known_names;
	if ((out->key_id = sc_strdup(d.id)) == NULL ||
	    sc_strlist_add(&out->principals, d.ip) != 0 ||
	    sc_strlist_add(&out->principals, d.host) != 0)
		r = sc_fail_nomem(e);
out:
	document_clear(&d);
	return r;
}

const struct sc_provisioner_type sc_provisioner_aws = {
    .name = "AWS",
    .number = 4,
    .id_prefix = "aws/",
    .token_flow = true,
    .x509_template = sc_instance_x509_template,
    .init = aws_init,
    .authorize_sign = aws_authorize_sign,
    .authorize_identity = aws_authorize_sign,
    .authorize_ssh_sign = aws_authorize_ssh_sign,
};
