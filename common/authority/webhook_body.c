/*
 * What a webhook is told: the reference's members, in its order and forms,
 * null where it writes null.
 */
#include "config.h"

#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>

#include <openssl/objects.h>
#include <openssl/x509v3.h>

#include "authority/leaf.h"
#include "authority/ssh_sign.h"
#include "authority/webhook_internal.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/json.h"
#include "base/mem.h"
#include "config/ca_json.h"
#include "crypto/cert.h"
#include "crypto/csr.h"
#include "crypto/key.h"
#include "crypto/name.h"
#include "crypto/ssh_cert.h"
#include "crypto/ssh_key.h"
#include "provisioner/grant.h"
#include "template/data.h"

/* A member, whose name in Go is of no use here; without a value none of it. */
static void
put(struct sc_tpl_data *d, struct sc_tpl_val *o, const char *name,
    struct sc_tpl_val *v)
{
	if (v == NULL)
		sc_tpl_data_fail(d, SC_ERR_NOMEM);
	sc_tpl_field(d, o, name, name, v);
}

static struct sc_tpl_val *
object(struct sc_tpl_data *d)
{
	return sc_tpl_struct(d, "webhook.RequestBody");
}

static struct sc_tpl_val *
bytes_or_null(struct sc_tpl_data *d, const void *p, size_t n)
{
	return n > 0 ? sc_tpl_bytes(d, p, n) : sc_tpl_nil(d);
}

static struct sc_tpl_val *
texts_or_null(struct sc_tpl_data *d, const struct sc_strlist *l)
{
	struct sc_tpl_val *list;
	size_t i;

	if (l == NULL || l->n == 0)
		return sc_tpl_nil(d);
	list = sc_tpl_list(d, "[]string");
	for (i = 0; i < l->n; i++)
		sc_tpl_list_add(d, list, sc_tpl_string(d, l->v[i]));
	return list;
}

/* publicKey and publicKeyAlgorithm. */
static void
put_key(struct sc_tpl_data *d, struct sc_tpl_val *o, const struct sc_key *key)
{
	uint8_t *der = NULL;
	size_t n = 0;

	put(d, o, "publicKey",
	    sc_key_to_spki(key, &der, &n) == 0 ? sc_tpl_bytes(d, der, n)
					       : NULL);
	put(d, o, "publicKeyAlgorithm",
	    sc_tpl_string(d, sc_leaf_data_key_alg(key)));
	free(der);
}

/* --- what they have in common ------------------------------------------- */

static int
put_credential(struct sc_tpl_data *d, struct sc_tpl_val *body,
    const struct sc_cert *c, struct sc_error *e)
{
	struct sc_tpl_val *o = object(d);
	struct sc_key *key = NULL;
	size_t n;
	const uint8_t *der = sc_cert_der(c, &n);
	int r = sc_cert_key(c, &key, e);

	if (r != 0)
		return r;
	put(d, o, "raw", sc_tpl_bytes(d, der, n));
	put_key(d, o, key);
	put(d, o, "notBefore", sc_tpl_time(d, sc_cert_not_before(c)));
	put(d, o, "notAfter", sc_tpl_time(d, sc_cert_not_after(c)));
	put(d, body, "x5cCertificate", o);
	sc_key_free(key);
	return 0;
}

static int
write_body(struct sc_buf *out, struct sc_tpl_data *d, const struct sc_grant *g,
    const char *about, struct sc_tpl_val *o, struct sc_error *e)
{
	struct sc_tpl_val *body = object(d);
	int r;

	put(d, body, "timestamp", sc_tpl_time(d, sc_clock_now()));
	put(d, body, "provisionerName", sc_tpl_string(d, g->provisioner_name));
	put(d, body, about, o);
	if (g->credential != NULL &&
	    (r = put_credential(d, body, g->credential, e)) != 0)
		return r;
	if (g->principal != NULL && g->principal[0] != '\0')
		put(d, body, "authorizationPrincipal",
		    sc_tpl_string(d, g->principal));
	r = sc_tpl_put_value(d, body, out);
	return r != 0 ? sc_fail(e, r, "what webhooks are told") : 0;
}

/* --- X.509 -------------------------------------------------------------- */

static void
put_names(struct sc_tpl_data *d, struct sc_tpl_val *o,
    const struct sc_sans *names, enum sc_san_type type, const char *member)
{
	size_t i;

	for (i = 0; i < names->n; i++)
		if (names->v[i].type == type)
			break;
	put(d, o, member,
	    i < names->n ? sc_leaf_data_names(d, names, type, "[]string")
			 : sc_tpl_nil(d));
}

static struct sc_tpl_val *
key_usage(struct sc_tpl_data *d, unsigned bits)
{
	struct sc_tpl_val *list;
	unsigned bit;

	if (bits == 0)
		return sc_tpl_nil(d);
	list = sc_tpl_list(d, "[]string");
	for (bit = 1; bit <= SC_KU_DECIPHER_ONLY; bit <<= 1)
		if (bits & bit)
			sc_tpl_list_add(d, list,
			    sc_tpl_string(d, sc_leaf_key_usage_name(bit)));
	return list;
}

/* extKeyUsage, which is a list in any case, and unknownExtKeyUsage. */
static void
put_ext_key_usage(
    struct sc_tpl_data *d, struct sc_tpl_val *o, const struct sc_strlist *oids)
{
	struct sc_tpl_val *known = sc_tpl_list(d, "[]string"), *others = NULL;
	const char *name;
	size_t i;

	for (i = 0; i < oids->n; i++) {
		name = sc_leaf_ext_key_usage_name(oids->v[i]);
		if (name != NULL) {
			sc_tpl_list_add(d, known, sc_tpl_string(d, name));
			continue;
		}
		if (others == NULL)
			others = sc_tpl_list(d, "[]string");
		sc_tpl_list_add(d, others, sc_tpl_string(d, oids->v[i]));
	}
	put(d, o, "extKeyUsage", known);
	put(d, o, "unknownExtKeyUsage",
	    others != NULL ? others : sc_tpl_nil(d));
}

static struct sc_tpl_val *
basic_constraints(struct sc_tpl_data *d, struct sc_tpl_val *is_ca,
    struct sc_tpl_val *max_path_len)
{
	struct sc_tpl_val *v = object(d);

	put(d, v, "isCA", is_ca);
	put(d, v, "maxPathLen", max_path_len);
	return v;
}

/* Of a request; no length is -1. */
static struct sc_tpl_val *
requested_constraints(struct sc_tpl_data *d, const BASIC_CONSTRAINTS *bc)
{
	if (bc == NULL)
		return sc_tpl_nil(d);
	return basic_constraints(d, sc_tpl_bool(d, bc->ca != 0),
	    sc_tpl_int(
		d, bc->pathlen != NULL ? ASN1_INTEGER_get(bc->pathlen) : -1));
}

/* What the request's own extensions ask for; one that is no such is none. */
static int
put_requested(
    struct sc_tpl_data *d, struct sc_tpl_val *o, const struct sc_csr *csr)
{
	const unsigned char *p = csr->extensions;
	STACK_OF(X509_EXTENSION) *list = p == NULL
	    ? NULL
	    : d2i_X509_EXTENSIONS(NULL, &p, (long)csr->extensions_len);
	ASN1_BIT_STRING *ku = X509V3_get_d2i(list, NID_key_usage, NULL, NULL);
	EXTENDED_KEY_USAGE *eku =
	    X509V3_get_d2i(list, NID_ext_key_usage, NULL, NULL);
	BASIC_CONSTRAINTS *bc =
	    X509V3_get_d2i(list, NID_basic_constraints, NULL, NULL);
	struct sc_strlist oids = {0};
	unsigned bits = 0;
	char oid[128];
	int i, r = 0;

	for (i = 0; ku != NULL && i < 9; i++)
		if (ASN1_BIT_STRING_get_bit(ku, i))
			bits |= 1U << i;
	for (i = 0; i < sk_ASN1_OBJECT_num(eku); i++)
		if (OBJ_obj2txt(oid, sizeof(oid), sk_ASN1_OBJECT_value(eku, i),
			1) > 0 &&
		    sc_strlist_add(&oids, oid) != 0)
			r = SC_ERR_NOMEM;
	put(d, o, "keyUsage", key_usage(d, bits));
	put_ext_key_usage(d, o, &oids);
	put(d, o, "basicConstraints", requested_constraints(d, bc));
	sc_strlist_clear(&oids);
	ASN1_BIT_STRING_free(ku);
	EXTENDED_KEY_USAGE_free(eku);
	BASIC_CONSTRAINTS_free(bc);
	sk_X509_EXTENSION_pop_free(list, X509_EXTENSION_free);
	return r;
}

int
sc_webhook_body_x509_request(struct sc_buf *out, const struct sc_grant *g,
    const struct sc_csr *csr, struct sc_error *e)
{
	struct sc_tpl_data *d = sc_tpl_data_new();
	struct sc_tpl_val *o;
	int r;

	if (d == NULL)
		return sc_fail_nomem(e);
	o = object(d);
	put(d, o, "version", sc_tpl_int(d, 0));
	put(d, o, "subject",
	    sc_leaf_data_name(d, csr->subject, csr->subject_len));
	put(d, o, "rawSubject",
	    sc_tpl_bytes(d, csr->subject, csr->subject_len));
	put_names(d, o, &csr->sans, SC_SAN_DNS, "dnsNames");
	put_names(d, o, &csr->sans, SC_SAN_EMAIL, "emailAddresses");
	put_names(d, o, &csr->sans, SC_SAN_IP, "ipAddresses");
	put_names(d, o, &csr->sans, SC_SAN_URI, "uris");
	put(d, o, "sans", sc_tpl_nil(d));
	put(d, o, "extensions",
	    csr->extensions == NULL
		? sc_tpl_nil(d)
		: sc_leaf_data_extensions(
		      d, csr->extensions, csr->extensions_len));
	r = put_requested(d, o, csr);
	put(d, o, "signatureAlgorithm", sc_tpl_string(d, ""));
	put_key(d, o, csr->key);
	put(d, o, "raw", sc_tpl_bytes(d, csr->der, csr->der_len));
	r = r != 0 ? sc_fail_nomem(e)
		   : write_body(out, d, g, "x509CertificateRequest", o, e);
	sc_tpl_data_free(d);
	return r;
}

/* A member of what the template has written, as a list of texts. */
static int
put_written(struct sc_tpl_data *d, struct sc_tpl_val *o,
    struct json_object *written, const char *member, struct sc_error *e)
{
	struct sc_strlist l = {0};
	int r = sc_leaf_read_texts(&l, written, member, e);

	if (r == 0)
		put(d, o, member, texts_or_null(d, &l));
	sc_strlist_clear(&l);
	return r;
}

/* The member of a list's entry, or what stands for none. */
static struct sc_tpl_val *
member_or(struct sc_tpl_data *d, struct json_object *o, const char *name,
    struct sc_tpl_val *other)
{
	struct json_object *v = sc_json_member(o, name);

	return v != NULL ? sc_tpl_json(d, v) : other;
}

static struct sc_tpl_val *
written_sans(struct sc_tpl_data *d, struct json_object *written)
{
	struct json_object *list = sc_json_member(written, "sans"), *one;
	struct sc_tpl_val *v, *san;
	size_t i;

	if (list == NULL)
		return sc_tpl_nil(d);
	v = sc_tpl_list(d, NULL);
	for (i = 0; i < json_object_array_length(list); i++) {
		one = json_object_array_get_idx(list, i);
		san = object(d);
		put(d, san, "type",
		    member_or(d, one, "type", sc_tpl_string(d, "")));
		put(d, san, "value",
		    member_or(d, one, "value", sc_tpl_string(d, "")));
		if (sc_json_member(one, "asn1Value") != NULL)
			put(d, san, "asn1Value",
			    sc_tpl_json(d, sc_json_member(one, "asn1Value")));
		sc_tpl_list_add(d, v, san);
	}
	return v;
}

static struct sc_tpl_val *
written_extensions(struct sc_tpl_data *d, struct json_object *written)
{
	struct json_object *list = sc_json_member(written, "extensions"), *one;
	struct sc_tpl_val *v, *x;
	size_t i;

	if (list == NULL)
		return sc_tpl_nil(d);
	v = sc_tpl_list(d, NULL);
	for (i = 0; i < json_object_array_length(list); i++) {
		one = json_object_array_get_idx(list, i);
		x = object(d);
		put(d, x, "id", member_or(d, one, "id", sc_tpl_nil(d)));
		put(d, x, "critical",
		    member_or(d, one, "critical", sc_tpl_bool(d, false)));
		put(d, x, "value", member_or(d, one, "value", sc_tpl_nil(d)));
		sc_tpl_list_add(d, v, x);
	}
	return v;
}

/* No length is 0 here. */
static struct sc_tpl_val *
written_constraints(struct sc_tpl_data *d, struct json_object *written)
{
	struct json_object *bc = sc_json_member(written, "basicConstraints");

	if (bc == NULL)
		return sc_tpl_nil(d);
	return basic_constraints(d,
	    member_or(d, bc, "isCA", sc_tpl_bool(d, false)),
	    member_or(d, bc, "maxPathLen", sc_tpl_int(d, 0)));
}

static int
put_name_constraints(struct sc_tpl_data *d, struct sc_tpl_val *o,
    struct json_object *written, struct sc_error *e)
{
	static const char *const members[] = {"permittedDNSDomains",
	    "excludedDNSDomains", "permittedIPRanges", "excludedIPRanges",
	    "permittedEmailAddresses", "excludedEmailAddresses",
	    "permittedURIDomains", "excludedURIDomains"};
	struct json_object *nc = sc_json_member(written, "nameConstraints");
	struct sc_tpl_val *v = nc != NULL ? object(d) : sc_tpl_nil(d);
	size_t i;
	int r = 0;

	if (nc != NULL)
		put(d, v, "critical",
		    member_or(d, nc, "critical", sc_tpl_bool(d, false)));
	for (i = 0;
	     r == 0 && nc != NULL && i < sizeof(members) / sizeof(members[0]);
	     i++)
		r = put_written(d, v, nc, members[i], e);
	put(d, o, "nameConstraints", v);
	return r;
}

static struct sc_tpl_val *
plan_subject(struct sc_tpl_data *d, const struct sc_cert_plan *p)
{
	struct sc_tpl_val *v = NULL;
	uint8_t *der = NULL;
	size_t n = 0;

	if (sc_name_to_der(&p->subject, &der, &n, NULL) == 0)
		v = sc_leaf_data_name(d, der, n);
	free(der);
	return v;
}

/* As a text when it is more than the values of templates hold. */
static struct sc_tpl_val *
plan_serial(struct sc_tpl_data *d, const struct sc_cert_plan *p)
{
	struct sc_tpl_val *v;
	char *text;
	int64_t n;

	if (p->serial_len == 0)
		return sc_tpl_nil(d);
	if ((text = sc_serial_decimal(p->serial, p->serial_len)) == NULL)
		return NULL;
	v = sc_strtonum(text, 0, INT64_MAX, &n) == 0 ? sc_tpl_int(d, n)
						     : sc_tpl_string(d, text);
	free(text);
	return v;
}

static int
put_x509_lists(struct sc_tpl_data *d, struct sc_tpl_val *o,
    const struct sc_leaf *l, struct sc_error *e)
{
	const struct sc_cert_plan *p = &l->plan;
	struct json_object *w = l->written;
	int r;

	if ((r = put_written(d, o, w, "dnsNames", e)) != 0 ||
	    (r = put_written(d, o, w, "emailAddresses", e)) != 0 ||
	    (r = put_written(d, o, w, "ipAddresses", e)) != 0 ||
	    (r = put_written(d, o, w, "uris", e)) != 0)
		return r;
	put(d, o, "sans", written_sans(d, w));
	put(d, o, "extensions", written_extensions(d, w));
	put(d, o, "keyUsage", key_usage(d, p->key_usage));
	put_ext_key_usage(d, o, &p->ext_key_usage);
	put(d, o, "subjectKeyId", bytes_or_null(d, p->key_id.p, p->key_id.n));
	put(d, o, "authorityKeyId",
	    member_or(d, w, "authorityKeyId", sc_tpl_nil(d)));
	if ((r = put_written(d, o, w, "ocspServer", e)) != 0 ||
	    (r = put_written(d, o, w, "issuingCertificateURL", e)) != 0 ||
	    (r = put_written(d, o, w, "crlDistributionPoints", e)) != 0)
		return r;
	return put_written(d, o, w, "policyIdentifiers", e);
}

int
sc_webhook_body_x509(struct sc_buf *out, const struct sc_grant *g,
    const struct sc_leaf *l, const struct sc_key *key, struct sc_error *e)
{
	const struct sc_cert_plan *p = &l->plan;
	struct sc_tpl_data *d = sc_tpl_data_new();
	struct sc_tpl_val *o;
	int r;

	if (d == NULL)
		return sc_fail_nomem(e);
	o = object(d);
	put(d, o, "version", sc_tpl_int(d, 0));
	put(d, o, "subject", plan_subject(d, p));
	put(d, o, "rawSubject",
	    bytes_or_null(d, p->raw_subject, p->raw_subject_len));
	put(d, o, "issuer", object(d));
	put(d, o, "serialNumber", plan_serial(d, p));
	if ((r = put_x509_lists(d, o, l, e)) != 0)
		goto out;
	put(d, o, "basicConstraints", written_constraints(d, l->written));
	if ((r = put_name_constraints(d, o, l->written, e)) != 0)
		goto out;
	put(d, o, "signatureAlgorithm",
	    sc_tpl_string(d, p->sig_alg != NULL ? p->sig_alg : ""));
	put_key(d, o, key);
	put(d, o, "notBefore", sc_tpl_time(d, p->not_before));
	put(d, o, "notAfter", sc_tpl_time(d, p->not_after));
	put(d, o, "raw", sc_tpl_nil(d));
	r = write_body(out, d, g, "x509Certificate", o, e);
out:
	sc_tpl_data_free(d);
	return r;
}

/* --- SSH ---------------------------------------------------------------- */

static void
put_ssh_key(
    struct sc_tpl_data *d, struct sc_tpl_val *o, const struct sc_ssh_key *key)
{
	size_t n;
	const uint8_t *blob = sc_ssh_key_blob(key, &n);

	put(d, o, "publicKey", sc_tpl_bytes(d, blob, n));
}

static struct sc_tpl_val *
text_or_empty(struct sc_tpl_data *d, const char *s)
{
	return sc_tpl_string(d, s != NULL ? s : "");
}

int
sc_webhook_body_ssh_request(struct sc_buf *out, const struct sc_grant *g,
    const struct sc_ssh_sign_request *rq, struct sc_error *e)
{
	struct sc_tpl_data *d = sc_tpl_data_new();
	struct sc_tpl_val *o;
	int r;

	if (d == NULL)
		return sc_fail_nomem(e);
	o = object(d);
	put_ssh_key(d, o, rq->key);
	put(d, o, "type", text_or_empty(d, rq->cert_type));
	put(d, o, "keyID", text_or_empty(d, rq->key_id));
	put(d, o, "principals", texts_or_null(d, rq->principals));
	r = write_body(out, d, g, "sshCertificateRequest", o, e);
	sc_tpl_data_free(d);
	return r;
}

static struct sc_tpl_val *
ssh_options(struct sc_tpl_data *d, const struct sc_ssh_options *options)
{
	struct sc_tpl_val *map;
	size_t i;

	if (options->n == 0)
		return sc_tpl_nil(d);
	map = sc_tpl_map(d);
	for (i = 0; i < options->n; i++)
		sc_tpl_map_set(d, map, options->v[i].name,
		    sc_tpl_string(d, options->v[i].value));
	return map;
}

/* As a text when it is more than the values of templates hold. */
static struct sc_tpl_val *
unsigned_number(struct sc_tpl_data *d, uint64_t n)
{
	char text[24];

	if (n <= INT64_MAX)
		return sc_tpl_int(d, (int64_t)n);
	(void)snprintf(text, sizeof(text), "%llu", (unsigned long long)n);
	return sc_tpl_string(d, text);
}

int
sc_webhook_body_ssh(struct sc_buf *out, const struct sc_grant *g,
    const struct sc_ssh_cert *c, struct sc_error *e)
{
	struct sc_tpl_data *d = sc_tpl_data_new();
	struct sc_tpl_val *o;
	int r;

	if (d == NULL)
		return sc_fail_nomem(e);
	o = object(d);
	put(d, o, "nonce", sc_tpl_nil(d));
	put(d, o, "serial", unsigned_number(d, c->serial));
	put(d, o, "type",
	    sc_tpl_string(d, c->type == SC_SSH_HOST ? "host" : "user"));
	put(d, o, "keyId", text_or_empty(d, c->key_id));
	put(d, o, "principals", texts_or_null(d, &c->principals));
	put(d, o, "criticalOptions", ssh_options(d, &c->critical));
	put(d, o, "extensions", ssh_options(d, &c->extensions));
	put(d, o, "reserved", sc_tpl_nil(d));
	put_ssh_key(d, o, c->key);
	put(d, o, "signatureKey", sc_tpl_nil(d));
	put(d, o, "validBefore", unsigned_number(d, c->valid_before));
	put(d, o, "validAfter", unsigned_number(d, c->valid_after));
	r = write_body(out, d, g, "sshCertificate", o, e);
	sc_tpl_data_free(d);
	return r;
}
