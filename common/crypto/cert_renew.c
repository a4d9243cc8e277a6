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
copy_extension(struct sc_cert_plan *p, const struct sc_tbs_ext *x, bool own_ski,
    struct sc_error *e)
{
	const unsigned char *at = x->whole_oid.p;
	ASN1_OBJECT *o = d2i_ASN1_OBJECT(NULL, &at, (long)x->whole_oid.n);
	char oid[OID_MAX];
	int n = o != NULL ? OBJ_obj2txt(oid, sizeof(oid), o, 1) : 0;

	ASN1_OBJECT_free(o);
	if (n <= 0 || n >= (int)sizeof(oid))
		return sc_ossl_fail(e, SC_ERR_UNSUPPORTED,
		    "certificate with an extension of too long a name");
	if (sc_streq(oid, SC_OID_AKI) ||
	    (sc_streq(oid, SC_OID_SKI) && !own_ski))
		return 0;
	if (sc_cert_plan_add_ext(p, oid, x->critical, x->value.p, x->value.n) !=
	    0)
		return sc_fail_nomem(e);
	return 0;
}

int
sc_cert_plan_renew(struct sc_cert_plan *p, const struct sc_cert *old,
    bool own_ski, struct sc_error *e)
{
	struct sc_tbs_ext x;
	struct sc_tbs t;
	int r;

	if (!sc_tbs_read(old->der, old->der_len, &t))
		return sc_fail(e, SC_ERR_MALFORMED, "not a certificate");
	p->path_len = -1;
	p->own_ski = own_ski;
	p->subject.common_name = sc_strdup(sc_cert_common_name(old));
	if (p->subject.common_name == NULL ||
	    (p->raw_subject = malloc(t.subject.n)) == NULL)
		return sc_fail_nomem(e);
	memcpy(p->raw_subject, t.subject.p, t.subject.n);
	p->raw_subject_len = t.subject.n;
	while (sc_tbs_next_ext(&t.extensions, &x) == 1)
		if ((r = copy_extension(p, &x, own_ski, e)) != 0)
			return r;
	return 0;
}
