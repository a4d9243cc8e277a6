#include "config.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/ocsp.h>
#include <openssl/x509v3.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/mem.h"
#include "client/crl/crlinfo.h"
#include "crypto/cert.h"
#include "client/net/fetch.h"
#include "client/certificate/revocation.h"

#define CRL_MAX (128u * 1024 * 1024)
#define OCSP_MAX (64u * 1024)
#define SKEW_SECONDS 300 /* a clock of others may be ahead of ours */

/* --- revocation lists -------------------------------------------------- */

/* Does the list speak of all certificates like this one? */
static const char *
wrong_scope(X509_CRL *crl, bool ca)
{
	ISSUING_DIST_POINT *p;
	const char *why = NULL;
	X509_EXTENSION *x;
	int i, nid, crit = 0;

	for (i = 0; i < X509_CRL_get_ext_count(crl); i++) {
		x = X509_CRL_get_ext(crl, i);
		nid = OBJ_obj2nid(X509_EXTENSION_get_object(x));
		if (nid == NID_delta_crl)
			return "it has only changes of another list";
		if (X509_EXTENSION_get_critical(x) &&
		    nid != NID_issuing_distribution_point)
			return "it has an unknown critical extension";
	}
	p = X509_CRL_get_ext_d2i(
	    crl, NID_issuing_distribution_point, &crit, NULL);
	if (p == NULL)
		return crit == -1 ? NULL : "its scope is not understood";
	if (p->indirectCRL > 0 || p->onlyattr > 0 || p->onlysomereasons != NULL)
		why = "it is not a list of all revoked certificates";
	else if (ca ? p->onlyuser > 0 : p->onlyCA > 0)
		why = ca ? "it has no certificates of authorities"
			 : "it has only certificates of authorities";
	ISSUING_DIST_POINT_free(p);
	return why;
}

static const char *
crl_wrong(const struct sc_revocation *q, X509_CRL *crl)
{
	X509 *issuer = sc_cert_x509(q->issuer);
	const ASN1_TIME *next = X509_CRL_get0_nextUpdate(crl);
	int64_t now = sc_clock_now();

	if (X509_NAME_cmp(
		X509_CRL_get_issuer(crl), X509_get_subject_name(issuer)) != 0)
		return "it is of another issuer";
	if ((X509_get_key_usage(issuer) & KU_CRL_SIGN) == 0 ||
	    X509_CRL_verify(crl, X509_get0_pubkey(issuer)) != 1)
		return "its signature is not that of the issuer";
	if (sc_crlinfo_time(X509_CRL_get0_lastUpdate(crl)) > now + SKEW_SECONDS)
		return "it is not valid yet";
	if (next == NULL || sc_crlinfo_time(next) < now)
		return "it has expired";
	return wrong_scope(crl, sc_cert_is_ca(q->cert));
}

static int
crl_judge(const struct sc_revocation *q, X509_CRL *crl, const char *url,
    struct sc_error *e)
{
	const char *why = crl_wrong(q, crl);
	X509_REVOKED *entry = NULL;

	if (why != NULL)
		return sc_fail(e, SC_ERR_UNAUTHENTICATED,
		    "error validating the CRL of %s: %s", url, why);
	/* 2: taken off the list again. */
	if (X509_CRL_get0_by_cert(crl, &entry, sc_cert_x509(q->cert)) == 1)
		return sc_fail(e, SC_ERR_FORBIDDEN,
		    "certificate marked as revoked in CRL %s", url);
	return 0;
}

/* DER as RFC 5280 section 4.2.1.13 demands, or PEM as people have it. */
static int
crl_parse(const char *text, size_t n, X509_CRL **out, struct sc_error *e)
{
	const unsigned char *p = (const unsigned char *)text, *end = p + n;
	uint8_t *der = NULL;
	size_t len = 0;

	if (strncmp(text, "-----BEGIN", 10) == 0) {
		if (sc_pem_to_der(text, n, &der, &len, NULL, e) != 0)
			return SC_ERR_MALFORMED;
		p = der;
		end = der + len;
	}
	*out = d2i_X509_CRL(NULL, &p, (long)(end - p));
	if (*out != NULL && p != end) {
		X509_CRL_free(*out);
		*out = NULL;
	}
	free(der);
	return *out != NULL
	    ? 0
	    : sc_fail(e, SC_ERR_MALFORMED, "not a certificate revocation list");
}

int
sc_revocation_crl(
    const struct sc_revocation *q, const char *url, struct sc_error *e)
{
	struct sc_fetch get = {.url = url, .roots = q->roots, .max = CRL_MAX};
	X509_CRL *crl = NULL;
	char *text = NULL;
	size_t n = 0;
	int r;

	if ((r = sc_fetch(&get, &text, &n, e)) != 0)
		sc_error_prefix(e, "error downloading crl");
	else if ((r = crl_parse(text, n, &crl, e)) != 0)
		sc_error_prefix(e, "error parsing crl");
	else
		r = crl_judge(q, crl, url, e);
	X509_CRL_free(crl);
	free(text);
	ERR_clear_error();
	return r;
}

/* --- OCSP -------------------------------------------------------------- */

struct asking {
	const struct sc_revocation *q;
	const char *url;
	OCSP_REQUEST *request;
	OCSP_CERTID *id; /* owned by request */
	OCSP_RESPONSE *response;
	OCSP_BASICRESP *basic;
};

static void
asking_clear(struct asking *s)
{
	OCSP_REQUEST_free(s->request);
	OCSP_RESPONSE_free(s->response);
	OCSP_BASICRESP_free(s->basic);
}

/* CertIDs with SHA-1: RFC 5019 section 2.1.1, and all that some know. */
static int
ocsp_request(struct asking *s, uint8_t **der, int *n, struct sc_error *e)
{
	OCSP_CERTID *id = OCSP_cert_to_id(
	    EVP_sha1(), sc_cert_x509(s->q->cert), sc_cert_x509(s->q->issuer));

	s->request = OCSP_REQUEST_new();
	if (id == NULL || s->request == NULL ||
	    OCSP_request_add0_id(s->request, id) == NULL) {
		OCSP_CERTID_free(id);
		return sc_fail(e, SC_ERR_CRYPTO, "error creating OCSP request");
	}
	s->id = id;
	if (OCSP_request_add1_nonce(s->request, NULL, -1) != 1 ||
	    (*n = i2d_OCSP_REQUEST(s->request, der)) <= 0)
		return sc_fail(e, SC_ERR_CRYPTO, "error creating OCSP request");
	return 0;
}

/* Signed by the issuer, or by whom it has certified for just that. */
static int
ocsp_signature(const struct asking *s)
{
	X509 *issuer = sc_cert_x509(s->q->issuer);
	STACK_OF(X509) *own = sk_X509_new_null();
	X509_STORE *store = X509_STORE_new();
	int good = 0;

	if (own != NULL && store != NULL && sk_X509_push(own, issuer) > 0 &&
	    X509_STORE_add_cert(store, issuer) == 1)
		good = OCSP_basic_verify(s->basic, own, store,
			   OCSP_TRUSTOTHER | OCSP_PARTIAL_CHAIN) == 1;
	X509_STORE_free(store);
	sk_X509_free(own);
	return good;
}

static int
ocsp_open(struct asking *s, const char *text, size_t n, struct sc_error *e)
{
	const unsigned char *p = (const unsigned char *)text;
	int status;

	s->response = d2i_OCSP_RESPONSE(NULL, &p, (long)n);
	if (s->response == NULL || p != (const unsigned char *)text + n)
		return sc_fail(e, SC_ERR_MALFORMED,
		    "error parsing response from OCSP server: %s", s->url);
	status = OCSP_response_status(s->response);
	if (status != OCSP_RESPONSE_STATUS_SUCCESSFUL)
		return sc_fail(e, SC_ERR_IO, "OCSP server %s answers: %s",
		    s->url, OCSP_response_status_str(status));
	if ((s->basic = OCSP_response_get1_basic(s->response)) == NULL)
		return sc_fail(e, SC_ERR_MALFORMED,
		    "error parsing response from OCSP server: %s", s->url);
	return 0;
}

static int
ocsp_judge(const struct asking *s, struct sc_error *e)
{
	ASN1_GENERALIZEDTIME *from = NULL, *to = NULL;
	const char *why = NULL;
	int status = -1;

	/* -1: the responder knows no nonces; then the times must do. */
	if (OCSP_check_nonce(s->request, s->basic) == 0)
		why = "it is for another request";
	else if (!ocsp_signature(s))
		why = "its signature is not that of the issuer";
	else if (OCSP_resp_find_status(
		     s->basic, s->id, &status, NULL, NULL, &from, &to) != 1)
		why = "it is about another certificate";
	else if (OCSP_check_validity(from, to, SKEW_SECONDS, -1) != 1)
		why = "it is not of today";
	if (why != NULL)
		return sc_fail(e, SC_ERR_UNAUTHENTICATED,
		    "error validating the response of OCSP server %s: %s",
		    s->url, why);
	if (status == V_OCSP_CERTSTATUS_GOOD)
		return 0;
	return sc_fail(e, SC_ERR_FORBIDDEN,
	    status == V_OCSP_CERTSTATUS_REVOKED
		? "certificate has been revoked according to OCSP %s"
		: "certificate status is unknown according to OCSP %s",
	    s->url);
}

int
sc_revocation_ocsp(
    const struct sc_revocation *q, const char *url, struct sc_error *e)
{
	struct asking s = {.q = q, .url = url};
	struct sc_fetch post = {.url = url,
	    .roots = q->roots,
	    .post_type = "application/ocsp-request",
	    .max = OCSP_MAX};
	unsigned char *der = NULL;
	char *text = NULL;
	size_t n = 0;
	int len = 0, r;

	if ((r = ocsp_request(&s, &der, &len, e)) != 0)
		goto out;
	post.post = der;
	post.post_len = (size_t)len;
	if ((r = sc_fetch(&post, &text, &n, e)) != 0) {
		sc_error_prefix(e, "error contacting OCSP server");
		goto out;
	}
	if ((r = ocsp_open(&s, text, n, e)) == 0)
		r = ocsp_judge(&s, e);
out:
	asking_clear(&s);
	OPENSSL_free(der);
	free(text);
	ERR_clear_error();
	return r;
}
