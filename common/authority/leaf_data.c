#include "config.h"

#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/x509v3.h>

#include "authority/leaf.h"
#include "base/err.h"
#include "base/mem.h"
#include "crypto/cert.h"
#include "crypto/csr.h"
#include "crypto/key.h"
#include "crypto/nebula.h"
#include "provisioner/cert_template.h"
#include "provisioner/grant.h"
#include "template/data.h"

#define TYPE_SUBJECT "x509util.Subject"
#define TYPE_SAN "x509util.SubjectAlternativeName"

/* Attributes of a subject that have a field of their own. */
static const struct attribute {
	int nid;
	const char *name, *json;
	bool one; /* a text, not a list of them */
} attributes[] = {
    {NID_countryName, "Country", "country,omitempty", false},
    {NID_organizationName, "Organization", "organization,omitempty", false},
    {NID_organizationalUnitName, "OrganizationalUnit",
	"organizationalUnit,omitempty", false},
    {NID_localityName, "Locality", "locality,omitempty", false},
    {NID_stateOrProvinceName, "Province", "province,omitempty", false},
    {NID_streetAddress, "StreetAddress", "streetAddress,omitempty", false},
    {NID_postalCode, "PostalCode", "postalCode,omitempty", false},
    {NID_serialNumber, "SerialNumber", "serialNumber,omitempty", true},
    {NID_commonName, "CommonName", "commonName,omitempty", true},
};
#define ATTRIBUTES (sizeof(attributes) / sizeof(attributes[0]))

static struct sc_tpl_val *
value_text(struct sc_tpl_data *d, const X509_NAME_ENTRY *entry)
{
	unsigned char *text = NULL;
	struct sc_tpl_val *v;
	int n = ASN1_STRING_to_UTF8(&text, X509_NAME_ENTRY_get_data(entry));

	/* What cannot be told as text is as if it were empty. */
	v = sc_tpl_stringn(
	    d, text != NULL ? (char *)text : "", n > 0 ? (size_t)n : 0);
	OPENSSL_free(text);
	return v;
}

static const struct attribute *
find_attribute(int nid)
{
	size_t i;

	for (i = 0; i < ATTRIBUTES; i++)
		if (attributes[i].nid == nid)
			return &attributes[i];
	return NULL;
}

static struct sc_tpl_val *
extra_name(struct sc_tpl_data *d, const X509_NAME_ENTRY *entry)
{
	struct sc_tpl_val *v = sc_tpl_struct(d, "x509util.DistinguishedName");
	char oid[128];

	if (OBJ_obj2txt(
		oid, sizeof(oid), X509_NAME_ENTRY_get_object(entry), 1) <= 0)
		oid[0] = '\0';
	sc_tpl_field(d, v, "Type", "type", sc_tpl_string(d, oid));
	sc_tpl_field(d, v, "Value", "value", value_text(d, entry));
	return v;
}

/* name NULL: only a common name. */
static struct sc_tpl_val *
subject(struct sc_tpl_data *d, X509_NAME *name, const char *common_name)
{
	struct sc_tpl_val *s = sc_tpl_struct(d, TYPE_SUBJECT);
	struct sc_tpl_val *extra =
	    sc_tpl_list(d, "[]x509util.DistinguishedName");
	struct sc_tpl_val *v[ATTRIBUTES], *text;
	const struct attribute *a;
	X509_NAME_ENTRY *entry;
	size_t i;
	int k;

	for (i = 0; i < ATTRIBUTES; i++)
		v[i] = attributes[i].one ? sc_tpl_string(d, "")
					 : sc_tpl_list(d, "[]string");
	if (common_name != NULL)
		v[ATTRIBUTES - 1] = sc_tpl_string(d, common_name);
	for (k = 0; name != NULL && k < X509_NAME_entry_count(name); k++) {
		entry = X509_NAME_get_entry(name, k);
		a = find_attribute(
		    OBJ_obj2nid(X509_NAME_ENTRY_get_object(entry)));
		if (a == NULL) {
			sc_tpl_list_add(d, extra, extra_name(d, entry));
			continue;
		}
		text = value_text(d, entry);
		if (a->one)
			v[a - attributes] = text;
		else
			sc_tpl_list_add(d, v[a - attributes], text);
	}
	for (i = 0; i < ATTRIBUTES; i++)
		sc_tpl_field(
		    d, s, attributes[i].name, attributes[i].json, v[i]);
	sc_tpl_field(d, s, "ExtraNames", "extraNames,omitempty", extra);
	return s;
}

/* Kind by kind, in the order that templates know. */
static struct sc_tpl_val *
san_list(struct sc_tpl_data *d, const struct sc_sans *names)
{
	static const enum sc_san_type order[] = {
	    SC_SAN_DNS, SC_SAN_IP, SC_SAN_EMAIL, SC_SAN_URI};
	struct sc_tpl_val *list = sc_tpl_list(d, "[]" TYPE_SAN), *v;
	size_t t, i;

	for (t = 0; t < sizeof(order) / sizeof(order[0]); t++)
		for (i = 0; i < names->n; i++) {
			if (names->v[i].type != order[t])
				continue;
			v = sc_tpl_struct(d, TYPE_SAN);
			sc_tpl_field(d, v, "Type", "type",
			    sc_tpl_string(d, sc_san_type_name(order[t])));
			sc_tpl_field(d, v, "Value", "value",
			    sc_tpl_string(d, names->v[i].value));
			sc_tpl_list_add(d, list, v);
		}
	return list;
}

struct sc_tpl_val *
sc_leaf_data_names(struct sc_tpl_data *d, const struct sc_sans *names,
    enum sc_san_type type, const char *go_type)
{
	struct sc_tpl_val *list = sc_tpl_list(d, go_type);
	size_t i;

	for (i = 0; i < names->n; i++)
		if (names->v[i].type == type)
			sc_tpl_list_add(
			    d, list, sc_tpl_string(d, names->v[i].value));
	return list;
}

static struct sc_tpl_val *
extension(struct sc_tpl_data *d, X509_EXTENSION *x)
{
	struct sc_tpl_val *v = sc_tpl_struct(d, "x509util.Extension");
	const ASN1_OCTET_STRING *value = X509_EXTENSION_get_data(x);
	char oid[128];

	if (OBJ_obj2txt(oid, sizeof(oid), X509_EXTENSION_get_object(x), 1) <= 0)
		oid[0] = '\0';
	sc_tpl_field(d, v, "ID", "id", sc_tpl_string(d, oid));
	sc_tpl_field(d, v, "Critical", "critical",
	    sc_tpl_bool(d, X509_EXTENSION_get_critical(x) != 0));
	sc_tpl_field(d, v, "Value", "value",
	    sc_tpl_bytes(d, ASN1_STRING_get0_data(value),
		(size_t)ASN1_STRING_length(value)));
	return v;
}

static struct sc_tpl_val *
extensions(struct sc_tpl_data *d, const STACK_OF(X509_EXTENSION) * list)
{
	struct sc_tpl_val *v = sc_tpl_list(d, "[]x509util.Extension");
	int i;

	for (i = 0; i < sk_X509_EXTENSION_num(list); i++)
		sc_tpl_list_add(
		    d, v, extension(d, sk_X509_EXTENSION_value(list, i)));
	return v;
}

struct sc_tpl_val *
sc_leaf_data_extensions(struct sc_tpl_data *d, const uint8_t *der, size_t n)
{
	const unsigned char *p = der;
	STACK_OF(X509_EXTENSION) *list = NULL;
	struct sc_tpl_val *v;

	if (n > 0 && (list = d2i_X509_EXTENSIONS(NULL, &p, (long)n)) == NULL)
		return NULL;
	v = extensions(d, list);
	sk_X509_EXTENSION_pop_free(list, X509_EXTENSION_free);
	return v;
}

struct sc_tpl_val *
sc_leaf_data_name(struct sc_tpl_data *d, const uint8_t *der, size_t n)
{
	const unsigned char *p = der;
	X509_NAME *name = d2i_X509_NAME(NULL, &p, (long)n);
	struct sc_tpl_val *v = name != NULL ? subject(d, name, NULL) : NULL;

	X509_NAME_free(name);
	return v;
}

const char *
sc_leaf_data_key_alg(const struct sc_key *key)
{
	switch (sc_key_type(key)) {
	case SC_KEY_RSA:
		return "RSA";
	case SC_KEY_EC:
		return "ECDSA";
	default:
		return "Ed25519";
	}
}

/* The idiom of templates: typeIs "*rsa.PublicKey" .Insecure.CR.PublicKey */
static struct sc_tpl_val *
public_key(struct sc_tpl_data *d, const struct sc_key *key)
{
	switch (sc_key_type(key)) {
	case SC_KEY_RSA:
		return sc_tpl_struct(d, "*rsa.PublicKey");
	case SC_KEY_EC:
		return sc_tpl_struct(d, "*ecdsa.PublicKey");
	default:
		return sc_tpl_struct(d, "ed25519.PublicKey");
	}
}

static void
name_fields(
    struct sc_tpl_data *d, struct sc_tpl_val *cr, const struct sc_sans *s)
{
	sc_tpl_field(d, cr, "DNSNames", "dnsNames,omitempty",
	    sc_leaf_data_names(d, s, SC_SAN_DNS, "[]string"));
	sc_tpl_field(d, cr, "EmailAddresses", "emailAddresses,omitempty",
	    sc_leaf_data_names(d, s, SC_SAN_EMAIL, "[]string"));
	sc_tpl_field(d, cr, "IPAddresses", "ipAddresses,omitempty",
	    sc_leaf_data_names(d, s, SC_SAN_IP, "[]net.IP"));
	sc_tpl_field(d, cr, "URIs", "uris,omitempty",
	    sc_leaf_data_names(d, s, SC_SAN_URI, "[]*url.URL"));
}

/* What the request says of itself: nobody but its maker has checked that. */
static struct sc_tpl_val *
request(struct sc_tpl_data *d, const struct sc_csr *csr, struct sc_error *e)
{
	struct sc_tpl_val *cr = sc_tpl_struct(d, "x509util.CertificateRequest");
	struct sc_tpl_val *name, *list;

	name = sc_leaf_data_name(d, csr->subject, csr->subject_len);
	list = sc_leaf_data_extensions(d, csr->extensions, csr->extensions_len);
	if (name == NULL || list == NULL) {
		(void)sc_fail_client(
		    e, SC_ERR_MALFORMED, "invalid certificate request");
		return NULL;
	}
	sc_tpl_field(d, cr, "Version", "version", sc_tpl_int(d, 0));
	sc_tpl_field(d, cr, "Subject", "subject", name);
	sc_tpl_field(d, cr, "RawSubject", "rawSubject",
	    sc_tpl_bytes(d, csr->subject, csr->subject_len));
	name_fields(d, cr, &csr->sans);
	sc_tpl_field(d, cr, "SANs", "sans,omitempty", san_list(d, &csr->sans));
	sc_tpl_field(d, cr, "Extensions", "extensions", list);
	sc_tpl_field(d, cr, "PublicKey", NULL, public_key(d, csr->key));
	sc_tpl_field(d, cr, "PublicKeyAlgorithm", NULL,
	    sc_tpl_string(d, sc_leaf_data_key_alg(csr->key)));
	return cr;
}

/* The certificate that vouches, with the fields of Go's x509.Certificate. */
static int
set_cert(struct sc_tpl_data *d, const struct sc_cert *c, struct sc_error *e)
{
	struct sc_tpl_val *v = sc_tpl_struct(d, "*x509.Certificate");
	X509 *x = sc_cert_x509(c);
	struct sc_sans names = {0};
	size_t n = 0;
	const uint8_t *serial = sc_cert_serial(c, &n), *der;
	char *decimal = sc_serial_decimal(serial, n);
	int r = sc_cert_sans(c, &names, e);

	if (r == 0 && decimal == NULL)
		r = sc_fail_nomem(e);
	if (r != 0)
		goto out;
	der = sc_cert_der(c, &n);
	sc_tpl_field(d, v, "Raw", NULL, sc_tpl_bytes(d, der, n));
	sc_tpl_field(d, v, "SerialNumber", NULL, sc_tpl_string(d, decimal));
	sc_tpl_field(
	    d, v, "Issuer", NULL, subject(d, X509_get_issuer_name(x), NULL));
	sc_tpl_field(
	    d, v, "Subject", NULL, subject(d, X509_get_subject_name(x), NULL));
	sc_tpl_field(
	    d, v, "NotBefore", NULL, sc_tpl_time(d, sc_cert_not_before(c)));
	sc_tpl_field(
	    d, v, "NotAfter", NULL, sc_tpl_time(d, sc_cert_not_after(c)));
	name_fields(d, v, &names);
	sc_tpl_field(
	    d, v, "Extensions", NULL, extensions(d, X509_get0_extensions(x)));
	sc_tpl_data_set(d, "AuthorizationCrt", v);
out:
	sc_sans_clear(&names);
	free(decimal);
	return r;
}

static struct sc_tpl_val *
networks(struct sc_tpl_data *d, const struct sc_nebula_nets *nets)
{
	struct sc_tpl_val *list = sc_tpl_list(d, "[]netip.Prefix");
	char text[SC_NEBULA_NET_TEXT];
	size_t i;

	for (i = 0; i < nets->n; i++) {
		sc_nebula_net_text(&nets->v[i], text);
		sc_tpl_list_add(d, list, sc_tpl_string(d, text));
	}
	return list;
}

/* One of Nebula, with the methods of Go's cert.Certificate. */
static void
set_nebula(struct sc_tpl_data *d, const struct sc_nebula_cert *c)
{
	struct sc_tpl_val *v = sc_tpl_struct(d, "cert.Certificate");
	struct sc_tpl_val *groups = sc_tpl_list(d, "[]string");
	size_t i;

	for (i = 0; i < c->groups.n; i++)
		sc_tpl_list_add(d, groups, sc_tpl_string(d, c->groups.v[i]));
	sc_tpl_field(d, v, "Version", NULL, sc_tpl_int(d, c->version));
	sc_tpl_field(d, v, "Name", NULL, sc_tpl_string(d, c->name));
	sc_tpl_field(d, v, "Networks", NULL, networks(d, &c->networks));
	sc_tpl_field(
	    d, v, "UnsafeNetworks", NULL, networks(d, &c->unsafe_networks));
	sc_tpl_field(d, v, "Groups", NULL, groups);
	sc_tpl_field(d, v, "NotBefore", NULL, sc_tpl_time(d, c->not_before));
	sc_tpl_field(d, v, "NotAfter", NULL, sc_tpl_time(d, c->not_after));
	sc_tpl_data_set(d, "AuthorizationCrt", v);
}

int
sc_leaf_data_credential(
    struct sc_tpl_data *d, const struct sc_grant *g, struct sc_error *e)
{
	if (g->nebula != NULL)
		set_nebula(d, g->nebula);
	return g->credential != NULL ? set_cert(d, g->credential, e) : 0;
}

int
sc_leaf_data(struct sc_tpl_data *d, const struct sc_grant *g,
    const struct sc_csr *csr, struct json_object *user, struct sc_error *e)
{
	struct sc_tpl_val *cr = request(d, csr, e), *insecure;
	int r;

	if (cr == NULL && sc_tpl_data_error(d) == 0)
		return SC_ERR_MALFORMED;
	insecure = sc_tpl_map(d);
	sc_tpl_map_set(d, insecure, "CR", cr);
	if (user != NULL)
		sc_tpl_map_set(d, insecure, "User", sc_tpl_json(d, user));
	sc_tpl_data_set(d, "Insecure", insecure);
	sc_tpl_data_set(d, "Subject", subject(d, NULL, g->subject));
	sc_tpl_data_set(d, "SANs", san_list(d, &g->sans));
	if ((r = sc_leaf_data_credential(d, g, e)) != 0)
		return r;
	sc_tpl_data_set(d, "Token", sc_tpl_json(d, g->token));
	sc_tpl_data_merge(d, g->template->data);
	r = sc_tpl_data_error(d);
	return r != 0 ? sc_fail(e, r, "data of the template") : 0;
}
