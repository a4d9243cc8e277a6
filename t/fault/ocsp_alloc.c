/*
 * OCSP while memory runs out: the n-th allocation of ours fails, for each n.
 * A response is a response or a refusal, never half of one; a signer is the
 * old one or a new one.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/ocsp.h>

#include "authority/authority.h"
#include "authority/internal.h"
#include "authority/ocsp.h"
#include "authority_kit.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/file.h"
#include "crypto/cert.h"
#include "tap.h"

#define NOW KIT_CA_NOW
#define MOST 5000

void *__real_malloc(size_t n);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t n);
void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t n);

static long left = -1; /* allocations until the one that fails; -1: none */

static int
fails(void)
{
	return left >= 0 && left-- == 0;
}

void *
__wrap_malloc(size_t n)
{
	return fails() ? NULL : __real_malloc(n);
}

void *
__wrap_calloc(size_t n, size_t size)
{
	return fails() ? NULL : __real_calloc(n, size);
}

void *
__wrap_realloc(void *p, size_t n)
{
	return fails() ? NULL : __real_realloc(p, n);
}

static struct sc_error e;

static void
rotation(void)
{
	struct sc_authority *ca;
	int n, r = -1;

	kit_ca_make("rotation", "ocsp", "{\"enabled\":true}");
	ca = kit_ca_open(SC_NEED_CRL_KEY | SC_NEED_STORE_WRITE);
	tap_need(ca != NULL);
	for (n = 0; r != 0 && n < MOST; n++) {
		tap_context("allocation %d", n);
		ca->signer_checked = 0;
		e = (struct sc_error)SC_ERROR_INIT;
		left = n;
		r = sc_authority_ocsp_rotate(ca, NOW, &e);
		left = -1;
		if (r == 0 &&
		    !sc_file_exists(kit_ca_path("db/stepc/ocsp-signer.pem"))) {
			tap_fail("no signer, and no error");
			break;
		}
		if (r != 0)
			tap_ok(e.msg[0] != '\0');
	}
	tap_context("%s", "");
	tap_int(r, 0);
	tap_ok(n > 20);
	sc_authority_close(ca);
}

/* An OCSPRequest about a serial number, as a client sends it. */
static int
request(struct sc_authority *ca, unsigned char **der)
{
	X509 *x = sc_cert_x509(ca->intermediates.v[0]);
	OCSP_REQUEST *rq = OCSP_REQUEST_new();
	ASN1_INTEGER *serial = ASN1_INTEGER_new();
	int n;

	ASN1_INTEGER_set(serial, 77);
	OCSP_request_add0_id(rq,
	    OCSP_cert_id_new(EVP_sha1(), X509_get_subject_name(x),
		X509_get0_pubkey_bitstr(x), serial));
	*der = NULL;
	n = i2d_OCSP_REQUEST(rq, der);
	ASN1_INTEGER_free(serial);
	OCSP_REQUEST_free(rq);
	return n;
}

/* The status of the one response in out; -1 when it is none. */
static int
status(const struct sc_buf *out)
{
	const unsigned char *p = sc_buf_data(out);
	OCSP_RESPONSE *rs = d2i_OCSP_RESPONSE(NULL, &p, (long)sc_buf_len(out));
	int s = -1;

	if (rs != NULL && p == sc_buf_data(out) + sc_buf_len(out))
		s = OCSP_response_status(rs);
	OCSP_RESPONSE_free(rs);
	return s;
}

static void
responses(void)
{
	struct sc_authority *ca;
	struct sc_ocsp_info info;
	struct sc_buf *out;
	unsigned char *der;
	int n, len, r, s = -1;

	/* The signer of the test before. */
	tap_need((ca = kit_ca_open(SC_NEED_OCSP_SIGNER | SC_NEED_STORE_READ)) !=
	    NULL);
	len = request(ca, &der);
	for (n = 0; s != OCSP_RESPONSE_STATUS_SUCCESSFUL && n < MOST; n++) {
		tap_context("allocation %d", n);
		e = (struct sc_error)SC_ERROR_INIT;
		out = sc_buf_new(65536);
		left = n;
		r = sc_authority_ocsp(
		    ca, der, (size_t)len, NOW, out, &info, &e);
		left = -1;
		s = r == 0 ? status(out) : OCSP_RESPONSE_STATUS_INTERNALERROR;
		tap_ok(s == OCSP_RESPONSE_STATUS_SUCCESSFUL ||
		    s == OCSP_RESPONSE_STATUS_TRYLATER ||
		    s == OCSP_RESPONSE_STATUS_INTERNALERROR);
		if (s != OCSP_RESPONSE_STATUS_SUCCESSFUL)
			tap_int(info.fresh_until, 0);
		sc_buf_free(out);
	}
	tap_context("%s", "");
	tap_int(s, OCSP_RESPONSE_STATUS_SUCCESSFUL);
	tap_ok(n > 10);
	OPENSSL_free(der);
	sc_authority_close(ca);
}

TAP_MAIN(TAP_NAMED("V8 a new signer", rotation),
    TAP_NAMED("V6 responses", responses))
