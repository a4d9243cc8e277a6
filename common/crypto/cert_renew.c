#include "config.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/objects.h>
#include <openssl/x509.h>

#include "base/err.h"
#include "base/mem.h"
#include "crypto/cert.h"
#include "crypto/cert_internal.h"
#include "crypto/ossl.h"

#define OID_MAX 128

static int
copy_extension(
    struct sc_cert_plan *p, X509_EXTENSION *x, bool own_ski, struct sc_error *e)
{
	const ASN1_OCTET_STRING *v = X509_EXTENSION_get_data(x);
	char oid[OID_MAX];
	int n;

	n = OBJ_obj2txt(oid, sizeof(oid), X509_EXTENSION_get_object(x), 1);
	if (n <= 0 || n >= (int)sizeof(oid))
		return sc_ossl_fail(e, SC_ERR_UNSUPPORTED,
		    "certificate with an extension of too long a name");
	if (sc_streq(oid, SC_OID_AKI) ||
	    (sc_streq(oid, SC_OID_SKI) && !own_ski))
		return 0;
	if (sc_cert_plan_add_ext(p, oid, X509_EXTENSION_get_critical(x) != 0,
		ASN1_STRING_get0_data(v), (size_t)ASN1_STRING_length(v)) != 0)
		return sc_fail_nomem(e);
	return 0;
}

int
sc_cert_plan_renew(struct sc_cert_plan *p, const struct sc_cert *old,
    bool own_ski, struct sc_error *e)
{
	X509 *x = sc_cert_x509(old);
	const unsigned char *der;
	size_t n;
	int i, r;

	if (x == NULL)
		return sc_fail_nomem(e);
	if (X509_NAME_get0_der(X509_get_subject_name(x), &der, &n) != 1)
		return sc_ossl_fail(e, SC_ERR_CRYPTO, "subject");
	p->path_len = -1;
	p->own_ski = own_ski;
	p->subject.common_name = sc_strdup(sc_cert_common_name(old));
	if (p->subject.common_name == NULL ||
	    (p->raw_subject = malloc(n)) == NULL)
		return sc_fail_nomem(e);
	memcpy(p->raw_subject, der, n);
	p->raw_subject_len = n;
	for (i = 0; i < X509_get_ext_count(x); i++)
		if ((r = copy_extension(p, X509_get_ext(x, i), own_ski, e)) !=
		    0)
			return r;
	return 0;
}
