#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <openssl/objects.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"
#include "crypto/cert.h"
#include "crypto/der.h"
#include "crypto/key.h"
#include "crypto/ocsp.h"
#include "crypto/ossl.h"
#include "crypto/sig_alg.h"

#define OID_BASIC "1.3.6.1.5.5.7.48.1.1"
#define OID_NONCE "1.3.6.1.5.5.7.48.1.2"
#define RESPONSE_MAX (1024 * 1024)

struct sc_ocsp_signer {
	struct sc_cert *cert;
	struct sc_key *key;
	const struct sc_sig_alg *alg;
	uint8_t key_hash[20]; /* SHA-1, as byKey wants it */
};

/* id-kp-OCSPSigning alone, and usable for signatures. */
static int
check_usage(X509 *x, struct sc_error *e)
{
	uint32_t flags = X509_get_extension_flags(x);

	if (flags & (EXFLAG_INVALID | EXFLAG_CA))
		return sc_fail(
		    e, SC_ERR_MALFORMED, "it is a CA's or not valid");
	if (!(flags & EXFLAG_XKUSAGE) ||
	    X509_get_extended_key_usage(x) != XKU_OCSP_SIGN)
		return sc_fail(e, SC_ERR_MALFORMED,
		    "its extended key usage is not OCSP signing alone");
	if (!(X509_get_key_usage(x) & KU_DIGITAL_SIGNATURE))
		return sc_fail(e, SC_ERR_MALFORMED,
		    "its key usage has no digital signature");
	if (X509_get_ext_by_NID(x, NID_id_pkix_OCSP_noCheck, -1) < 0)
		return sc_fail(e, SC_ERR_MALFORMED,
		    "it has no id-pkix-ocsp-nocheck, so that clients would "
		    "ask for its own status");
	return 0;
}

static int
check_issued_by(X509 *x, const struct sc_cert *issuer, struct sc_error *e)
{
	X509 *i = sc_cert_x509(issuer);
	struct sc_key *key = NULL;
	int r;

	if (i == NULL)
		return sc_fail_nomem(e);
	if ((r = sc_cert_key(issuer, &key, e)) != 0)
		return r;
	if (X509_check_issued(i, x) != X509_V_OK ||
	    X509_verify(x, sc_key_evp(key)) != 1)
		r = sc_ossl_fail(e, SC_ERR_MALFORMED,
		    "it was not issued by the intermediate certificate");
	sc_key_free(key);
	return r;
}

int
sc_ocsp_signer_new(struct sc_cert *cert, struct sc_key *key,
    const struct sc_cert *issuer, struct sc_ocsp_signer **out,
    struct sc_error *e)
{
	X509 *x = sc_cert_x509(cert);
	struct sc_key *public = NULL;
	struct sc_ocsp_signer *s = NULL;
	int r;

	*out = NULL;
	if (x == NULL)
		return sc_fail_nomem(e);
	if ((r = sc_cert_key(cert, &public, e)) != 0 ||
	    (r = check_issued_by(x, issuer, e)) != 0 ||
	    (r = check_usage(x, e)) != 0)
		goto out;
	if (!sc_key_is_private(key) || !sc_key_same_public(public, key)) {
		r = sc_fail(
		    e, SC_ERR_MALFORMED, "the private key is of another");
		goto out;
	}
	if ((s = calloc(1, sizeof(*s))) == NULL) {
		r = sc_fail_nomem(e);
		goto out;
	}
	s->cert = sc_cert_dup(cert);
	s->key = sc_key_dup(key);
	s->alg = sc_sig_alg_default(key);
	if ((r = sc_key_ski(key, s->key_hash)) != 0) {
		r = sc_fail(e, r, "SHA-1 failed");
		goto out;
	}
	*out = s;
	s = NULL; /* transferred */
out:
	sc_key_free(public);
	sc_ocsp_signer_free(s);
	return r;
}

void
sc_ocsp_signer_free(struct sc_ocsp_signer *s)
{
	if (s == NULL)
		return;
	sc_cert_free(s->cert);
	sc_key_free(s->key);
	free(s);
}

const struct sc_cert *
sc_ocsp_signer_cert(const struct sc_ocsp_signer *s)
{
	return s->cert;
}

/* Always GeneralizedTime here (section 4.2.2.1). */
static int
put_time(struct sc_buf *b, int64_t t, struct sc_error *e)
{
	time_t when = (time_t)t;
	struct tm tm;
	char s[32];

	if (gmtime_r(&when, &tm) == NULL || tm.tm_year < 50 ||
	    tm.tm_year > 9999 - 1900)
		return sc_fail(e, SC_ERR_MALFORMED,
		    "time outside of the years 1950 to 9999");
	(void)strftime(s, sizeof(s), "%Y%m%d%H%M%SZ", &tm);
	sc_der_put(b, SC_DER_GENERALIZED_TIME, s, strlen(s));
	return 0;
}

/* The reasons of RFC 5280 section 5.3.1 that say anything. */
static bool
has_reason(int reason)
{
	return reason >= 1 && reason <= 10 && reason != 7;
}

static int
put_revoked(
    struct sc_buf *b, const struct sc_ocsp_single *s, struct sc_error *e)
{
	struct sc_buf *info = sc_buf_new(64);
	uint8_t enumerated[3] = {0x0a, 1, (uint8_t)s->reason};
	int r = put_time(info, s->revoked_at, e);

	if (has_reason(s->reason))
		sc_der_put(info, SC_DER_CONTEXT_CONS(0), enumerated,
		    sizeof(enumerated));
	sc_der_put_buf(b, SC_DER_CONTEXT_CONS(1), info);
	return r;
}

static int
put_single(
    struct sc_buf *list, const struct sc_ocsp_single *s, struct sc_error *e)
{
	struct sc_buf *b = sc_buf_new(RESPONSE_MAX), *next;
	int r = 0;

	(void)sc_buf_put(b, s->id->der.p, s->id->der.n);
	if (s->status == SC_OCSP_REVOKED)
		r = put_revoked(b, s, e);
	else
		sc_der_put(b,
		    s->status == SC_OCSP_GOOD ? SC_DER_CONTEXT(0)
					      : SC_DER_CONTEXT(2),
		    "", 0);
	if (r == 0)
		r = put_time(b, s->this_update, e);
	if (r == 0 && s->next_update != 0) {
		next = sc_buf_new(64);
		r = put_time(next, s->next_update, e);
		sc_der_put_buf(b, SC_DER_CONTEXT_CONS(0), next);
	}
	sc_der_put_buf(list, SC_DER_SEQUENCE, b);
	return r;
}

static void
put_nonce(struct sc_buf *b, struct sc_ocsp_bytes nonce)
{
	struct sc_buf *value = sc_buf_new(64), *x = sc_buf_new(128);
	struct sc_buf *list = sc_buf_new(128), *all = sc_buf_new(128);

	sc_der_put(value, SC_DER_OCTET_STRING, nonce.p, nonce.n);
	(void)sc_der_put_oid(x, OID_NONCE);
	sc_der_put_buf(x, SC_DER_OCTET_STRING, value);
	sc_der_put_buf(list, SC_DER_SEQUENCE, x);
	sc_der_put_buf(all, SC_DER_SEQUENCE, list);
	sc_der_put_buf(b, SC_DER_CONTEXT_CONS(1), all);
}

/* ResponseData, appended to out. */
static int
put_data(struct sc_buf *out, const struct sc_ocsp_signer *s,
    const struct sc_ocsp_single *single, size_t n, struct sc_ocsp_bytes nonce,
    int64_t produced_at, struct sc_error *e)
{
	struct sc_buf *b = sc_buf_new(RESPONSE_MAX), *id = sc_buf_new(64);
	struct sc_buf *list = sc_buf_new(RESPONSE_MAX);
	size_t i;
	int r;

	sc_der_put(id, SC_DER_OCTET_STRING, s->key_hash, sizeof(s->key_hash));
	sc_der_put_buf(b, SC_DER_CONTEXT_CONS(2), id);
	r = put_time(b, produced_at, e);
	for (i = 0; r == 0 && i < n; i++)
		r = put_single(list, &single[i], e);
	sc_der_put_buf(b, SC_DER_SEQUENCE, list);
	if (nonce.n > 0)
		put_nonce(b, nonce);
	sc_der_put_buf(out, SC_DER_SEQUENCE, b);
	return r;
}

/* BasicOCSPResponse: the data, what it was signed with, by whom. */
static int
put_basic(struct sc_buf *out, const struct sc_ocsp_signer *s,
    const struct sc_ocsp_single *single, size_t n, struct sc_ocsp_bytes nonce,
    int64_t produced_at, struct sc_error *e)
{
	struct sc_buf *b = sc_buf_new(RESPONSE_MAX), *certs, *list;
	const uint8_t *der;
	size_t len;
	int r = put_data(b, s, single, n, nonce, produced_at, e);

	len = sc_buf_len(b);
	(void)sc_buf_put(b, s->alg->der, s->alg->der_len);
	if (r == 0 && (r = sc_buf_error(b)) != 0)
		r = sc_fail(e, r, "OCSP response is too large");
	if (r == 0)
		r = sc_sig_put(b, s->alg, s->key, sc_buf_data(b), len, e);
	if (r == 0) {
		der = sc_cert_der(s->cert, &len);
		list = sc_buf_new(RESPONSE_MAX);
		certs = sc_buf_new(RESPONSE_MAX);
		(void)sc_buf_put(list, der, len);
		sc_der_put_buf(certs, SC_DER_SEQUENCE, list);
		sc_der_put_buf(b, SC_DER_CONTEXT_CONS(0), certs);
	}
	sc_der_put_buf(out, SC_DER_SEQUENCE, b);
	return r;
}

int
sc_ocsp_response_put(struct sc_buf *out, const struct sc_ocsp_signer *s,
    const struct sc_ocsp_single *single, size_t n, struct sc_ocsp_bytes nonce,
    int64_t produced_at, struct sc_error *e)
{
	struct sc_buf *basic = sc_buf_new(RESPONSE_MAX);
	struct sc_buf *bytes = sc_buf_new(RESPONSE_MAX);
	struct sc_buf *outer = sc_buf_new(RESPONSE_MAX);
	struct sc_buf *all = sc_buf_new(RESPONSE_MAX);
	int r = put_basic(basic, s, single, n, nonce, produced_at, e);

	(void)sc_der_put_oid(bytes, OID_BASIC);
	sc_der_put_buf(bytes, SC_DER_OCTET_STRING, basic);
	sc_der_put_buf(outer, SC_DER_SEQUENCE, bytes);
	(void)sc_buf_put(all, "\x0a\x01\x00", 3); /* successful */
	sc_der_put_buf(all, SC_DER_CONTEXT_CONS(0), outer);
	if (r == 0 && (r = sc_buf_error(all)) != 0)
		r = sc_fail(e, r, "cannot build an OCSP response");
	if (r == 0)
		sc_der_put_buf(out, SC_DER_SEQUENCE, all);
	else
		sc_buf_free(all);
	return r;
}

void
sc_ocsp_refusal_put(struct sc_buf *out, enum sc_ocsp_refusal why)
{
	uint8_t enumerated[3] = {0x0a, 1, (uint8_t)why};

	sc_der_put(out, SC_DER_SEQUENCE, enumerated, sizeof(enumerated));
}
