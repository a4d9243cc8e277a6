#include "config.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "base/err.h"
#include "base/mem.h"
#include "client/net/cert_urls.h"
#include "crypto/cert.h"
#include "client/net/fetch.h"

/* What is no address, or has a NUL in it, is passed over. */
static int
add(const GENERAL_NAME *g, struct sc_strlist *out, struct sc_error *e)
{
	const ASN1_STRING *s = g->d.uniformResourceIdentifier;
	char *url;
	int r = 0;

	if (g->type != GEN_URI)
		return 0;
	url = sc_strndup((const char *)ASN1_STRING_get0_data(s),
	    (size_t)ASN1_STRING_length(s));
	if (url == NULL)
		return sc_fail_nomem(e);
	if (strlen(url) == (size_t)ASN1_STRING_length(s) &&
	    sc_fetch_is_url(url) && sc_strlist_add(out, url) != 0)
		r = sc_fail_nomem(e);
	free(url);
	return r;
}

int
sc_cert_urls_crl(
    const struct sc_cert *c, struct sc_strlist *out, struct sc_error *e)
{
	CRL_DIST_POINTS *l = X509_get_ext_d2i(
	    sc_cert_x509(c), NID_crl_distribution_points, NULL, NULL);
	const GENERAL_NAMES *names;
	const DIST_POINT *p;
	int i, k, r = 0;

	for (i = 0; i < sk_DIST_POINT_num(l); i++) {
		p = sk_DIST_POINT_value(l, i);
		if (p->distpoint == NULL || p->distpoint->type != 0)
			continue;
		names = p->distpoint->name.fullname;
		for (k = 0; r == 0 && k < sk_GENERAL_NAME_num(names); k++)
			r = add(sk_GENERAL_NAME_value(names, k), out, e);
	}
	CRL_DIST_POINTS_free(l);
	ERR_clear_error();
	return r;
}

static int
info_access(const struct sc_cert *c, int method, struct sc_strlist *out,
    struct sc_error *e)
{
	AUTHORITY_INFO_ACCESS *l =
	    X509_get_ext_d2i(sc_cert_x509(c), NID_info_access, NULL, NULL);
	const ACCESS_DESCRIPTION *d;
	int i, r = 0;

	for (i = 0; r == 0 && i < sk_ACCESS_DESCRIPTION_num(l); i++) {
		d = sk_ACCESS_DESCRIPTION_value(l, i);
		if (OBJ_obj2nid(d->method) == method)
			r = add(d->location, out, e);
	}
	AUTHORITY_INFO_ACCESS_free(l);
	ERR_clear_error();
	return r;
}

int
sc_cert_urls_ocsp(
    const struct sc_cert *c, struct sc_strlist *out, struct sc_error *e)
{
	return info_access(c, NID_ad_OCSP, out, e);
}

int
sc_cert_urls_issuer(
    const struct sc_cert *c, struct sc_strlist *out, struct sc_error *e)
{
	return info_access(c, NID_ad_ca_issuers, out, e);
}
