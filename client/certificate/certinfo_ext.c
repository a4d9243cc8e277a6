#include "config.h"

#include <arpa/inet.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"
#include "client/certificate/certinfo_internal.h"
#include "crypto/cert.h"
#include "crypto/der.h"
#include "crypto/general_names.h"

static const char *const usages[] = {"Digital Signature", "Content Commitment",
    "Key Encipherment", "Data Encipherment", "Key Agreement",
    "Certificate Sign", "CRL Sign", "Encipher Only", "Decipher Only"};

static void
put_key_usage(struct sc_buf *b, X509_EXTENSION *x, int indent)
{
	ASN1_BIT_STRING *bits = X509V3_EXT_d2i(x);
	const char *sep = "";
	int i;

	(void)sc_buf_putf(b, "%*s", indent, "");
	for (i = 0; bits != NULL && i < 9; i++)
		if (ASN1_BIT_STRING_get_bit(bits, i)) {
			(void)sc_buf_putf(b, "%s%s", sep, usages[i]);
			sep = ", ";
		}
	(void)sc_buf_puts(b, sep[0] != '\0' ? "\n" : "None\n");
	ASN1_BIT_STRING_free(bits);
}

static const struct {
	int nid;
	const char *text;
} purposes[] = {
    {NID_anyExtendedKeyUsage, "Any Usage"},
    {NID_server_auth, "Server Authentication"},
    {NID_client_auth, "Client Authentication"},
    {NID_code_sign, "Code Signing"},
    {NID_email_protect, "E-mail Protection"},
    {NID_ipsecEndSystem, "IPSec End System"},
    {NID_ipsecTunnel, "IPSec Tunnel"},
    {NID_ipsecUser, "IPSec User"},
    {NID_time_stamp, "Time Stamping"},
    {NID_OCSP_sign, "OCSP Signing"},
};

static void
put_purpose(struct sc_buf *b, const ASN1_OBJECT *oid)
{
	char text[128];
	size_t i;

	for (i = 0; i < sizeof(purposes) / sizeof(purposes[0]); i++)
		if (OBJ_obj2nid(oid) == purposes[i].nid) {
			(void)sc_buf_puts(b, purposes[i].text);
			return;
		}
	(void)OBJ_obj2txt(text, sizeof(text), oid, 1);
	(void)sc_buf_puts(b, text);
}

static void
put_ext_key_usage(struct sc_buf *b, X509_EXTENSION *x, int indent)
{
	EXTENDED_KEY_USAGE *list = X509V3_EXT_d2i(x);
	int i;

	(void)sc_buf_putf(b, "%*s", indent, "");
	for (i = 0; list != NULL && i < sk_ASN1_OBJECT_num(list); i++) {
		if (i > 0)
			(void)sc_buf_puts(b, ", ");
		put_purpose(b, sk_ASN1_OBJECT_value(list, i));
	}
	(void)sc_buf_putc(b, '\n');
	sk_ASN1_OBJECT_pop_free(list, ASN1_OBJECT_free);
}

static void
put_basic_constraints(struct sc_buf *b, X509_EXTENSION *x, int indent)
{
	BASIC_CONSTRAINTS *bc = X509V3_EXT_d2i(x);

	(void)sc_buf_putf(
	    b, "%*sCA:%s", indent, "", bc != NULL && bc->ca ? "TRUE" : "FALSE");
	if (bc != NULL && bc->ca && bc->pathlen != NULL)
		(void)sc_buf_putf(
		    b, ", pathlen:%ld", ASN1_INTEGER_get(bc->pathlen));
	(void)sc_buf_putc(b, '\n');
	BASIC_CONSTRAINTS_free(bc);
}

static void
put_key_id(struct sc_buf *b, const ASN1_OCTET_STRING *id, int indent)
{
	size_t n = id != NULL ? (size_t)ASN1_STRING_length(id) : 0;

	/* However long, an identifier stays on one line. */
	if (n > 0)
		sc_certinfo_put_hex(
		    b, ASN1_STRING_get0_data(id), n, n, indent, 1);
}

static void
put_ski(struct sc_buf *b, X509_EXTENSION *x, int indent)
{
	ASN1_OCTET_STRING *id = X509V3_EXT_d2i(x);

	put_key_id(b, id, indent);
	ASN1_OCTET_STRING_free(id);
}

static void
put_aki(struct sc_buf *b, X509_EXTENSION *x, int indent)
{
	AUTHORITY_KEYID *id = X509V3_EXT_d2i(x);

	if (id != NULL)
		put_key_id(b, id->keyid, indent);
	AUTHORITY_KEYID_free(id);
}

static struct sc_der
value_of(X509_EXTENSION *x)
{
	const ASN1_OCTET_STRING *v = X509_EXTENSION_get_data(x);
	struct sc_der d = {
	    ASN1_STRING_get0_data(v), (size_t)ASN1_STRING_length(v)};

	return d;
}

static void
put_sans(struct sc_buf *b, X509_EXTENSION *x, int indent)
{
	static const struct {
		enum sc_san_type type;
		const char *prefix;
	} kinds[] = {{SC_SAN_DNS, "DNS:"}, {SC_SAN_EMAIL, "email:"},
	    {SC_SAN_IP, "IP Address:"}, {SC_SAN_URI, "URI:"}};
	struct sc_sans sans = {0};
	size_t others = 0, i, k;
	int n;

	if (sc_general_names_parse(value_of(x), &sans, &others, NULL) != 0)
		(void)sc_buf_putf(b, "%*s(malformed)\n", indent, "");
	for (k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++) {
		for (i = 0, n = 0; i < sans.n; i++) {
			if (sans.v[i].type != kinds[k].type)
				continue;
			if (n++ == 0)
				(void)sc_buf_putf(b, "%*s", indent, "");
			else
				(void)sc_buf_puts(b, ", ");
			(void)sc_buf_puts(b, kinds[k].prefix);
			sc_certinfo_put_clean(
			    b, sans.v[i].value, strlen(sans.v[i].value));
		}
		if (n > 0)
			(void)sc_buf_putc(b, '\n');
	}
	if (others > 0)
		(void)sc_buf_putf(
		    b, "%*s%zu of other kinds\n", indent, "", others);
	sc_sans_clear(&sans);
}

static const char *
provisioner_type(int type)
{
	static const char *const names[] = {"NOOP", "JWK", "OIDC", "GCP", "AWS",
	    "Azure", "ACME", "X5C", "K8sSA", "SSHPOP", "SCEP", "Nebula"};

	return type >= 0 && (size_t)type < sizeof(names) / sizeof(names[0])
	    ? names[type]
	    : NULL;
}

static void
put_pairs(struct sc_buf *b, const struct sc_strlist *l, int indent)
{
	const char *v;
	size_t i;

	for (i = 0; i < l->n; i += 2) {
		v = i + 1 < l->n ? l->v[i + 1] : "-";
		(void)sc_buf_putf(b, "%*s", indent, "");
		sc_certinfo_put_clean(b, l->v[i], strlen(l->v[i]));
		(void)sc_buf_puts(b, ": ");
		sc_certinfo_put_clean(b, v, strlen(v));
		(void)sc_buf_putc(b, '\n');
	}
}

static void
put_provisioner(struct sc_buf *b, X509_EXTENSION *x, int indent)
{
	struct sc_provisioner_ext p;
	struct sc_der d = value_of(x);

	if (sc_provisioner_ext_parse(d.p, d.n, &p, NULL) != 0) {
		(void)sc_buf_putf(b, "%*s(malformed)\n", indent, "");
		return;
	}
	if (provisioner_type(p.type) != NULL)
		(void)sc_buf_putf(
		    b, "%*sType: %s\n", indent, "", provisioner_type(p.type));
	else
		(void)sc_buf_putf(
		    b, "%*sType: %d (unknown)\n", indent, "", p.type);
	(void)sc_buf_putf(b, "%*sName: ", indent, "");
	sc_certinfo_put_clean(b, p.name, strlen(p.name));
	if (p.credential_id[0] != '\0') {
		(void)sc_buf_putf(b, "\n%*sCredentialID: ", indent, "");
		sc_certinfo_put_clean(
		    b, p.credential_id, strlen(p.credential_id));
	}
	(void)sc_buf_putc(b, '\n');
	put_pairs(b, &p.pairs, indent);
	sc_provisioner_ext_clear(&p);
}

static void
put_uris(struct sc_buf *b, const GENERAL_NAME *name, const char **sep)
{
	const ASN1_IA5STRING *s;

	if (name->type != GEN_URI)
		return;
	s = name->d.uniformResourceIdentifier;
	(void)sc_buf_putf(b, "%sURI:", *sep);
	sc_certinfo_put_clean(
	    b, ASN1_STRING_get0_data(s), (size_t)ASN1_STRING_length(s));
	*sep = ", ";
}

static void
put_crl_points(struct sc_buf *b, X509_EXTENSION *x, int indent)
{
	STACK_OF(DIST_POINT) *list = X509V3_EXT_d2i(x);
	const char *sep = "";
	int i, k;

	(void)sc_buf_putf(b, "%*sFull Name:\n%18s", indent, "", "");
	for (i = 0; list != NULL && i < sk_DIST_POINT_num(list); i++) {
		const DIST_POINT *p = sk_DIST_POINT_value(list, i);

		if (p->distpoint == NULL || p->distpoint->type != 0)
			continue;
		for (k = 0;
		     k < sk_GENERAL_NAME_num(p->distpoint->name.fullname); k++)
			put_uris(b,
			    sk_GENERAL_NAME_value(
				p->distpoint->name.fullname, k),
			    &sep);
	}
	(void)sc_buf_putc(b, '\n');
	CRL_DIST_POINTS_free(list);
}

static void
put_access(struct sc_buf *b, X509_EXTENSION *x, int indent)
{
	static const struct {
		int nid;
		const char *title;
	} kinds[] = {
	    {NID_ad_OCSP, "OCSP - "}, {NID_ad_ca_issuers, "CA Issuers - "}};
	AUTHORITY_INFO_ACCESS *list = X509V3_EXT_d2i(x);
	const char *sep;
	size_t k;
	int i;

	for (k = 0; k < 2; k++) {
		sep = "";
		for (i = 0; list != NULL && i < sk_ACCESS_DESCRIPTION_num(list);
		     i++) {
			const ACCESS_DESCRIPTION *a =
			    sk_ACCESS_DESCRIPTION_value(list, i);

			if (OBJ_obj2nid(a->method) != kinds[k].nid)
				continue;
			if (sep[0] == '\0')
				(void)sc_buf_putf(
				    b, "%*s%s", indent, "", kinds[k].title);
			put_uris(b, a->location, &sep);
		}
		if (sep[0] != '\0')
			(void)sc_buf_putc(b, '\n');
	}
	AUTHORITY_INFO_ACCESS_free(list);
}

static void
put_policies(struct sc_buf *b, X509_EXTENSION *x, int indent)
{
	CERTIFICATEPOLICIES *list = X509V3_EXT_d2i(x);
	char text[128];
	int i;

	for (i = 0; list != NULL && i < sk_POLICYINFO_num(list); i++) {
		(void)OBJ_obj2txt(text, sizeof(text),
		    sk_POLICYINFO_value(list, i)->policyid, 1);
		(void)sc_buf_putf(b, "%*sPolicy: %s\n", indent, "", text);
	}
	CERTIFICATEPOLICIES_free(list);
}

/* Name constraints in libcrypto's words, moved to our indent. */
static void
put_by_libcrypto(struct sc_buf *b, X509_EXTENSION *x, int indent)
{
	BIO *mem = BIO_new(BIO_s_mem());
	char *p = NULL;
	long n;

	if (mem != NULL && X509V3_EXT_print(mem, x, 0, indent) == 1 &&
	    (n = BIO_get_mem_data(mem, &p)) > 0) {
		(void)sc_buf_put(b, p, (size_t)n);
		if (p[n - 1] != '\n')
			(void)sc_buf_putc(b, '\n');
	}
	BIO_free(mem);
}

static const struct {
	int nid;
	const char *title;
	void (*put)(struct sc_buf *b, X509_EXTENSION *x, int indent);
} known[] = {
    {NID_key_usage, "X509v3 Key Usage", put_key_usage},
    {NID_ext_key_usage, "X509v3 Extended Key Usage", put_ext_key_usage},
    {NID_basic_constraints, "X509v3 Basic Constraints", put_basic_constraints},
    {NID_subject_key_identifier, "X509v3 Subject Key Identifier", put_ski},
    {NID_authority_key_identifier, "X509v3 Authority Key Identifier", put_aki},
    {NID_subject_alt_name, "X509v3 Subject Alternative Name", put_sans},
    {NID_name_constraints, "X509v3 Name Constraints", put_by_libcrypto},
    {NID_crl_distribution_points, "X509v3 CRL Distribution Points",
	put_crl_points},
    {NID_info_access, "Authority Information Access", put_access},
    {NID_certificate_policies, "X509v3 Certificate Policies", put_policies},
};

static void
put_unknown(struct sc_buf *b, X509_EXTENSION *x, const char *oid, int indent)
{
	struct sc_der d = value_of(x);
	size_t i;

	if (sc_has_prefix(oid, "2.5.29.")) {
		(void)sc_buf_putf(b, "Unknown extension %s\n", oid);
		return;
	}
	(void)sc_buf_putf(b, "%*s%s:%s\n%*s", indent, "", oid,
	    X509_EXTENSION_get_critical(x) ? " critical" : "", indent + 4, "");
	for (i = 0; i < d.n; i++)
		(void)sc_buf_putc(
		    b, d.p[i] >= 0x20 && d.p[i] < 0x7f ? (char)d.p[i] : '.');
	(void)sc_buf_putc(b, '\n');
}

void
sc_certinfo_put_ext(struct sc_buf *b, X509_EXTENSION *x, int indent)
{
	ASN1_OBJECT *oid = X509_EXTENSION_get_object(x);
	const char *critical =
	    X509_EXTENSION_get_critical(x) ? " critical" : "";
	char text[128];
	size_t i;

	(void)OBJ_obj2txt(text, sizeof(text), oid, 1);
	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (OBJ_obj2nid(oid) == known[i].nid) {
			(void)sc_buf_putf(b, "%*s%s:%s\n", indent, "",
			    known[i].title, critical);
			known[i].put(b, x, indent + 4);
			return;
		}
	if (sc_streq(text, SC_OID_PROVISIONER)) {
		(void)sc_buf_putf(
		    b, "%*sX509v3 Step Provisioner:%s\n", indent, "", critical);
		put_provisioner(b, x, indent + 4);
		return;
	}
	put_unknown(b, x, text, indent);
}
