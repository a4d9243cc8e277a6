#include "config.h"

#include <string.h>

#include <json-c/json.h>
#include <openssl/bn.h>
#include <openssl/x509.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/encode.h"
#include "base/err.h"
#include "base/mem.h"
#include "client/certificate/certinfo_internal.h"
#include "client/crl/crlinfo.h"

#define TEXT_MAX 65536

static void
add_text(struct json_object *o, const char *name, const char *s)
{
	json_object_object_add(
	    o, name, json_object_new_string(s != NULL ? s : ""));
}

static void
add_time(struct json_object *o, const char *name, const ASN1_TIME *t)
{
	char text[SC_TIME_MAX];

	if (t == NULL)
		return;
	sc_time_format(sc_crlinfo_time(t), text);
	add_text(o, name, text);
}

static struct json_object *
algorithm(const X509_ALGOR *alg)
{
	struct json_object *o = json_object_new_object();
	struct sc_buf *b = sc_buf_new(TEXT_MAX);
	const ASN1_OBJECT *oid;
	char text[128];

	sc_certinfo_put_sig_alg(b, alg);
	add_text(o, "name", sc_buf_error(b) == 0 ? sc_buf_str(b) : "");
	sc_buf_free(b);
	X509_ALGOR_get0(&oid, NULL, NULL, alg);
	(void)OBJ_obj2txt(text, sizeof(text), oid, 1);
	add_text(o, "oid", text);
	return o;
}

static int
add_extensions(struct json_object *o, const STACK_OF(X509_EXTENSION) * l,
    struct sc_error *e)
{
	struct json_object *list;
	struct sc_crl_ext x;
	int i, r = 0;

	if (X509v3_get_ext_count(l) <= 0)
		return 0;
	list = json_object_new_array();
	for (i = 0; r == 0 && i < X509v3_get_ext_count(l); i++) {
		r = sc_crl_ext_read(X509v3_get_ext(l, i), &x, e);
		if (r != 0)
			break;
		json_object_array_add(list, json_object_get(x.json));
		sc_crl_ext_clear(&x);
	}
	json_object_object_add(o, "extensions", list);
	return r;
}

static int
add_entry(struct json_object *list, const X509_REVOKED *v, struct sc_error *e)
{
	struct json_object *o = json_object_new_object();
	BIGNUM *n = ASN1_INTEGER_to_BN(X509_REVOKED_get0_serialNumber(v), NULL);
	char *dec = n != NULL ? BN_bn2dec(n) : NULL;
	int r;

	add_text(o, "serial_number", dec);
	add_time(o, "revocation_time", X509_REVOKED_get0_revocationDate(v));
	r = add_extensions(o, X509_REVOKED_get0_extensions(v), e);
	json_object_array_add(list, o);
	OPENSSL_free(dec);
	BN_free(n);
	return r;
}

static int
add_entries(struct json_object *o, X509_CRL *crl, struct sc_error *e)
{
	STACK_OF(X509_REVOKED) *l = X509_CRL_get_REVOKED(crl);
	struct json_object *list = json_object_new_array();
	int i, r = 0;

	for (i = 0; r == 0 && i < sk_X509_REVOKED_num(l); i++)
		r = add_entry(list, sk_X509_REVOKED_value(l, i), e);
	json_object_object_add(o, "revoked_certificates", list);
	return r;
}

static void
add_signature(struct json_object *o, const struct sc_crlinfo *c,
    const ASN1_BIT_STRING *sig, const X509_ALGOR *alg)
{
	struct json_object *s = json_object_new_object();
	char *b64 = sc_b64_encode(SC_B64_STD, ASN1_STRING_get0_data(sig),
	    (size_t)ASN1_STRING_length(sig));

	json_object_object_add(s, "signature_algorithm", algorithm(alg));
	add_text(s, "value", b64);
	json_object_object_add(s, "valid", json_object_new_boolean(c->valid));
	if (c->reason != NULL)
		add_text(s, "reason", c->reason);
	json_object_object_add(o, "signature", s);
	sc_free_secret(b64);
}

int
sc_crlinfo_json(
    const struct sc_crlinfo *c, struct json_object **out, struct sc_error *e)
{
	struct json_object *o = json_object_new_object();
	const ASN1_BIT_STRING *sig;
	const X509_ALGOR *alg;
	int r;

	*out = NULL;
	X509_CRL_get0_signature(c->crl, &sig, &alg);
	json_object_object_add(o, "version",
	    json_object_new_int64(X509_CRL_get_version(c->crl) + 1));
	json_object_object_add(o, "signature_algorithm", algorithm(alg));
	json_object_object_add(
	    o, "issuer", sc_certinfo_name_json(X509_CRL_get_issuer(c->crl)));
	add_time(o, "this_update", X509_CRL_get0_lastUpdate(c->crl));
	add_time(o, "next_update", X509_CRL_get0_nextUpdate(c->crl));
	r = add_entries(o, c->crl, e);
	if (r == 0)
		r = add_extensions(o, X509_CRL_get0_extensions(c->crl), e);
	if (r != 0) {
		json_object_put(o);
		return r;
	}
	add_signature(o, c, sig, alg);
	*out = o;
	return 0;
}
