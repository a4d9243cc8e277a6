#include "config.h"

#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/bn.h>
#include <openssl/x509.h>

#include "authority/leaf.h"
#include "base/encode.h"
#include "base/err.h"
#include "base/json.h"
#include "base/mem.h"
#include "crypto/extensions.h"

#define OID_CN "2.5.4.3"
#define OID_KEY_USAGE "2.5.29.15"
#define OID_BASIC_CONSTRAINTS "2.5.29.19"
#define OID_SKI "2.5.29.14"
#define OID_EKU "2.5.29.37"

static int
wrong(struct sc_error *e, const char *member, const char *want)
{
	return sc_fail(e, SC_ERR_INTERNAL,
	    "what the template writes: %s: expected %s", member, want);
}

int
sc_leaf_read_texts(struct sc_strlist *to, struct json_object *o,
    const char *name, struct sc_error *e)
{
	struct json_object *v = sc_json_member(o, name), *one;
	size_t i, n = 0;

	if (v == NULL)
		return 0;
	if (json_object_is_type(v, json_type_array))
		n = json_object_array_length(v);
	else if (!json_object_is_type(v, json_type_string))
		return wrong(e, name, "a string or a list of strings");
	else if (sc_strlist_add(to, json_object_get_string(v)) != 0)
		return sc_fail_nomem(e);
	for (i = 0; i < n; i++) {
		one = json_object_array_get_idx(v, i);
		if (!json_object_is_type(one, json_type_string))
			return wrong(e, name, "a string or a list of strings");
		if (sc_strlist_add(to, json_object_get_string(one)) != 0)
			return sc_fail_nomem(e);
	}
	return 0;
}

static int
read_text(struct json_object *o, const char *name, const char **out,
    struct sc_error *e)
{
	*out = NULL;
	return sc_json_get_string(o, name, out, NULL) == 0
	    ? 0
	    : wrong(e, name, "a string");
}

/* A member in base64; *out is NULL when there is none. */
static int
read_bytes(struct json_object *o, const char *name, struct sc_blob *out,
    struct sc_error *e)
{
	const char *s;
	int r;

	*out = (struct sc_blob){0};
	if ((r = read_text(o, name, &s, e)) != 0 || s == NULL || s[0] == '\0')
		return r;
	r = sc_b64_decode(SC_B64_STD, s, strlen(s), &out->p, &out->n);
	return r == 0		? 0
	    : r == SC_ERR_NOMEM ? sc_fail_nomem(e)
				: wrong(e, name, "base64");
}

/* --- subject ------------------------------------------------------------ */

static int
read_one(char **to, struct json_object *o, const char *name, struct sc_error *e)
{
	const char *s;
	int r = read_text(o, name, &s, e);

	if (r != 0 || s == NULL)
		return r;
	*to = sc_strdup(s);
	return *to == NULL ? sc_fail_nomem(e) : 0;
}

static int
read_extra_name(struct sc_name *to, struct json_object *o, struct sc_error *e)
{
	const char *oid = NULL, *value = NULL;
	int r;

	if (!json_object_is_type(o, json_type_object) ||
	    read_text(o, "type", &oid, NULL) != 0 ||
	    read_text(o, "value", &value, NULL) != 0 || oid == NULL ||
	    value == NULL)
		return wrong(
		    e, "extraNames", "a list of {type, value} of texts");
	/* Rules look at one common name, which has its own member. */
	if (sc_streq(oid, OID_CN))
		return wrong(e, "extraNames", "no commonName");
	r = sc_name_add_extra(to, oid, value);
	return r == 0		? 0
	    : r == SC_ERR_NOMEM ? sc_fail_nomem(e)
				: wrong(e, "extraNames", "types as 1.2.3");
}

int
sc_leaf_read_subject(struct sc_name *to, struct json_object *o,
    const char *where, struct sc_error *e)
{
	struct json_object *extra = NULL;
	size_t i, n;
	int r;

	if (o == NULL)
		return 0;
	if (json_object_is_type(o, json_type_string)) {
		to->common_name = sc_strdup(json_object_get_string(o));
		return to->common_name == NULL ? sc_fail_nomem(e) : 0;
	}
	if (!json_object_is_type(o, json_type_object))
		return wrong(e, where, "a string or an object");
	if ((r = sc_leaf_read_texts(&to->country, o, "country", e)) != 0 ||
	    (r = sc_leaf_read_texts(&to->organization, o, "organization", e)) !=
		0 ||
	    (r = sc_leaf_read_texts(
		 &to->organizational_unit, o, "organizationalUnit", e)) != 0 ||
	    (r = sc_leaf_read_texts(&to->locality, o, "locality", e)) != 0 ||
	    (r = sc_leaf_read_texts(&to->province, o, "province", e)) != 0 ||
	    (r = sc_leaf_read_texts(
		 &to->street_address, o, "streetAddress", e)) != 0 ||
	    (r = sc_leaf_read_texts(&to->postal_code, o, "postalCode", e)) !=
		0 ||
	    (r = read_one(&to->serial_number, o, "serialNumber", e)) != 0 ||
	    (r = read_one(&to->common_name, o, "commonName", e)) != 0)
		return r;
	if (sc_json_get_array(o, "extraNames", &extra, NULL) != 0)
		return wrong(e, "extraNames", "a list");
	n = extra != NULL ? json_object_array_length(extra) : 0;
	for (i = 0; r == 0 && i < n; i++)
		r = read_extra_name(to, json_object_array_get_idx(extra, i), e);
	return r;
}

/* Rules look at its common name, of which there is one at most. */
static int
read_raw_subject(
    struct sc_cert_plan *p, struct json_object *o, struct sc_error *e)
{
	struct sc_blob raw;
	const unsigned char *in;
	unsigned char *text = NULL;
	X509_NAME *name;
	int r = read_bytes(o, "rawSubject", &raw, e), at, n;

	if (r != 0 || raw.p == NULL)
		return r;
	p->raw_subject = raw.p;
	p->raw_subject_len = raw.n;
	in = raw.p;
	name = d2i_X509_NAME(NULL, &in, (long)raw.n);
	if (name == NULL || in != raw.p + raw.n)
		r = wrong(e, "rawSubject", "the DER of a Name");
	free(p->subject.common_name);
	p->subject.common_name = NULL;
	at = name != NULL ? X509_NAME_get_index_by_NID(name, NID_commonName, -1)
			  : -1;
	if (r == 0 && at >= 0 &&
	    X509_NAME_get_index_by_NID(name, NID_commonName, at) >= 0)
		r = wrong(e, "rawSubject", "one commonName");
	if (r == 0 && at >= 0) {
		n = ASN1_STRING_to_UTF8(&text,
		    X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at)));
		p->subject.common_name =
		    n >= 0 ? sc_strndup((char *)text, (size_t)n) : NULL;
		OPENSSL_free(text);
		if (p->subject.common_name == NULL)
			r = wrong(e, "rawSubject", "a commonName of text");
	}
	X509_NAME_free(name);
	return r;
}

/* --- extensions -------------------------------------------------------- */

static int
read_basic_constraints(
    struct sc_cert_plan *p, struct json_object *o, struct sc_error *e)
{
	struct json_object *bc = NULL;
	int64_t len = 0;

	p->path_len = -1;
	if (sc_json_get_object(o, "basicConstraints", &bc, NULL) != 0 ||
	    (bc != NULL &&
		(sc_json_get_bool(bc, "isCA", &p->is_ca, NULL) != 0 ||
		    sc_json_get_int(bc, "maxPathLen", &len, NULL) != 0 ||
		    len < -1 || len > UINT16_MAX)))
		return wrong(e, "basicConstraints",
		    "{isCA: a boolean, maxPathLen: a number}");
	p->no_ca = bc != NULL && !p->is_ca;
	if (p->is_ca)
		p->path_len = (int)len;
	return 0;
}

/* --- extensions --------------------------------------------------------- */

static int
read_extension(
    struct sc_cert_plan *p, struct json_object *x, struct sc_error *e)
{
	struct sc_blob value = {0};
	const char *id = NULL;
	bool critical = false;
	int r;

	if (!json_object_is_type(x, json_type_object))
		return wrong(e, "extensions", "a list of objects");
	if ((r = read_text(x, "id", &id, e)) != 0 ||
	    (r = read_bytes(x, "value", &value, e)) != 0)
		return r;
	if (id == NULL || sc_json_get_bool(x, "critical", &critical, NULL) != 0)
		r = wrong(e, "extensions", "{id, critical, value}");
	else if (sc_cert_plan_add_ext(p, id, critical,
		     value.p != NULL ? value.p : (const uint8_t *)"",
		     value.n) != 0)
		r = sc_fail_nomem(e);
	free(value.p);
	return r;
}

/* An extension that a template writes itself stands for the generated one. */
static void
make_room(struct sc_cert_plan *p)
{
	if (sc_leaf_ext(p, OID_KEY_USAGE) != NULL)
		p->key_usage = 0;
	if (sc_leaf_ext(p, OID_EKU) != NULL)
		sc_strlist_clear(&p->ext_key_usage);
	if (sc_leaf_ext(p, OID_BASIC_CONSTRAINTS) != NULL)
		p->is_ca = p->no_ca = false;
	if (sc_leaf_ext(p, OID_SKI) != NULL)
		p->own_ski = true;
}

static int
add_encoded(struct sc_cert_plan *p, const char *oid, bool critical,
    uint8_t *der, size_t n, struct sc_error *e)
{
	int r = sc_cert_plan_add_ext(p, oid, critical, der, n);

	free(der);
	return r == 0 ? 0 : sc_fail_nomem(e);
}

static int
read_policies(struct sc_cert_plan *p, struct json_object *o, struct sc_error *e)
{
	struct sc_strlist oids = {0};
	uint8_t *der = NULL;
	size_t n = 0;
	int r = sc_leaf_read_texts(&oids, o, "policyIdentifiers", e);

	if (r == 0 && oids.n > 0 &&
	    (r = sc_ext_policies(&oids, &der, &n, e)) == 0)
		r = add_encoded(p, SC_OID_POLICIES, false, der, n, e);
	sc_strlist_clear(&oids);
	return r;
}

static int
read_subtrees(struct sc_ext_subtrees *s, struct json_object *o,
    const char *const names[4], struct sc_error *e)
{
	int r;

	if ((r = sc_leaf_read_texts(&s->dns, o, names[0], e)) != 0 ||
	    (r = sc_leaf_read_texts(&s->ip, o, names[1], e)) != 0 ||
	    (r = sc_leaf_read_texts(&s->email, o, names[2], e)) != 0)
		return r;
	return sc_leaf_read_texts(&s->uri, o, names[3], e);
}

static int
read_name_constraints(
    struct sc_cert_plan *p, struct json_object *o, struct sc_error *e)
{
	static const char *const permitted[] = {"permittedDNSDomains",
	    "permittedIPRanges", "permittedEmailAddresses",
	    "permittedURIDomains"};
	static const char *const excluded[] = {"excludedDNSDomains",
	    "excludedIPRanges", "excludedEmailAddresses", "excludedURIDomains"};
	struct sc_ext_subtrees yes = {0}, no = {0};
	struct json_object *nc = NULL;
	bool critical = false;
	uint8_t *der = NULL;
	size_t n = 0;
	int r;

	if (sc_json_get_object(o, "nameConstraints", &nc, NULL) != 0)
		return wrong(e, "nameConstraints", "an object");
	if (nc == NULL)
		return 0;
	if (sc_json_get_bool(nc, "critical", &critical, NULL) != 0)
		return wrong(e, "nameConstraints.critical", "a boolean");
	if ((r = read_subtrees(&yes, nc, permitted, e)) == 0 &&
	    (r = read_subtrees(&no, nc, excluded, e)) == 0)
		r = sc_ext_name_constraints(&yes, &no, &der, &n, e);
	/* An empty one says nothing. */
	if (r == 0 && n > 2)
		r = add_encoded(
		    p, SC_OID_NAME_CONSTRAINTS, critical, der, n, e);
	else
		free(der);
	sc_ext_subtrees_clear(&yes);
	sc_ext_subtrees_clear(&no);
	return r;
}

static int
read_crl_points(
    struct sc_cert_plan *p, struct json_object *o, struct sc_error *e)
{
	struct sc_strlist urls = {0};
	uint8_t *der = NULL;
	size_t n = 0;
	int r = sc_leaf_read_texts(&urls, o, "crlDistributionPoints", e);

	if (r == 0 && urls.n > 0 &&
	    (r = sc_ext_crl_points(&urls, &der, &n, e)) == 0)
		r = add_encoded(p, SC_OID_CRL_POINTS, false, der, n, e);
	sc_strlist_clear(&urls);
	return r;
}

static int
read_access_info(
    struct sc_cert_plan *p, struct json_object *o, struct sc_error *e)
{
	struct sc_strlist ocsp = {0}, issuers = {0};
	int r = sc_leaf_read_texts(&ocsp, o, "ocspServer", e);

	if (r == 0)
		r = sc_leaf_read_texts(&issuers, o, "issuingCertificateURL", e);
	if (r == 0 && ocsp.n + issuers.n > 0)
		r = sc_ext_access_info(
		    &ocsp, &issuers, &p->access_info.p, &p->access_info.n, e);
	sc_strlist_clear(&ocsp);
	sc_strlist_clear(&issuers);
	return r;
}

/* In the order in which the reference writes them. */
static int
read_extensions(
    struct sc_cert_plan *p, struct json_object *o, struct sc_error *e)
{
	struct json_object *list = NULL;
	size_t i, n;
	int r;

	if ((r = read_policies(p, o, e)) != 0 ||
	    (r = read_name_constraints(p, o, e)) != 0 ||
	    (r = read_crl_points(p, o, e)) != 0 ||
	    (r = read_access_info(p, o, e)) != 0)
		return r;
	if (sc_json_get_array(o, "extensions", &list, NULL) != 0)
		return wrong(e, "extensions", "a list");
	n = list != NULL ? json_object_array_length(list) : 0;
	for (i = 0; r == 0 && i < n; i++)
		r = read_extension(p, json_object_array_get_idx(list, i), e);
	make_room(p);
	return r;
}

/* --- the rest ----------------------------------------------------------- */

static int
read_time(struct json_object *o, const char *name, struct sc_timespec *out,
    struct sc_error *e)
{
	const char *s;
	int r = read_text(o, name, &s, e);

	if (r == 0 && s != NULL &&
	    (sc_timespec_parse(s, out) != 0 || out->kind == SC_TS_DURATION))
		r = wrong(e, name, "a time as 2026-01-02T03:04:05Z");
	return r;
}

/* A number, or the text of one: decimal, 0x, 0o or 0b. */
static int
read_serial(struct sc_cert_plan *p, struct json_object *o, struct sc_error *e)
{
	static const char want[] = "a positive number of at most 20 octets";
	struct json_object *v = sc_json_member(o, "serialNumber");
	const char *s;
	BIGNUM *n = NULL;
	int r = 0, got;

	if (v == NULL)
		return 0;
	if (!json_object_is_type(v, json_type_string) &&
	    !json_object_is_type(v, json_type_int))
		return wrong(e, "serialNumber", want);
	s = json_object_get_string(v);
	if (s[0] == '0' && (s[1] == 'x' || s[1] == 'X'))
		got = BN_hex2bn(&n, s + 2) == (int)strlen(s + 2);
	else
		got = BN_dec2bn(&n, s) == (int)strlen(s);
	if (!got || n == NULL || BN_is_negative(n) || BN_is_zero(n) ||
	    BN_num_bytes(n) > (int)sizeof(p->serial))
		r = wrong(e, "serialNumber", want);
	else
		p->serial_len = (size_t)BN_bn2bin(n, p->serial);
	BN_free(n);
	return r;
}

static int
read_sig_alg(struct sc_cert_plan *p, struct json_object *o, struct sc_error *e)
{
	static const char *const names[] = {"SHA256-RSA", "SHA384-RSA",
	    "SHA512-RSA", "SHA256-RSAPSS", "SHA384-RSAPSS", "SHA512-RSAPSS",
	    "ECDSA-SHA256", "ECDSA-SHA384", "ECDSA-SHA512", "Ed25519"};
	const char *s;
	size_t i;
	int r = read_text(o, "signatureAlgorithm", &s, e);

	if (r != 0 || s == NULL || s[0] == '\0')
		return r;
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (sc_strcaseeq(s, names[i]))
			p->sig_alg = names[i];
	return p->sig_alg != NULL
	    ? 0
	    : wrong(e, "signatureAlgorithm", "one with SHA-2, or Ed25519");
}

static int
read_members(struct sc_leaf *l, struct json_object *o, struct sc_error *e)
{
	struct sc_cert_plan *p = &l->plan;
	int r;

	if ((r = sc_leaf_read_subject(&p->subject, sc_json_member(o, "subject"),
		 "subject", e)) != 0 ||
	    (r = read_raw_subject(p, o, e)) != 0 ||
	    (r = sc_leaf_read_key_usage(p, o, e)) != 0 ||
	    (r = sc_leaf_read_ext_key_usage(p, o, e)) != 0 ||
	    (r = read_basic_constraints(p, o, e)) != 0 ||
	    (r = read_bytes(o, "subjectKeyId", &p->key_id, e)) != 0 ||
	    (r = read_serial(p, o, e)) != 0 ||
	    (r = read_time(o, "notBefore", &l->not_before, e)) != 0 ||
	    (r = read_time(o, "notAfter", &l->not_after, e)) != 0 ||
	    (r = read_sig_alg(p, o, e)) != 0 ||
	    (r = read_extensions(p, o, e)) != 0)
		return r;
	return sc_leaf_read_names(l, o, e);
}

int
sc_leaf_read(struct sc_leaf *l, const char *text, size_t n, struct sc_error *e)
{
	struct json_object *o = NULL;
	int r;

	if ((r = sc_json_parse(text, n, SC_JSON_FIRST_VALUE, &o, e)) != 0) {
		sc_error_prefix(e, "what the template writes");
		if (r == SC_ERR_NOMEM || e == NULL)
			return r;
		sc_error_client_whole(e, "error applying certificate template");
		return e->code = SC_ERR_INTERNAL;
	}
	if (!json_object_is_type(o, json_type_object))
		r = wrong(e, "certificate", "an object");
	else
		r = read_members(l, o, e);
	l->written = o; /* transferred */
	return r;
}
