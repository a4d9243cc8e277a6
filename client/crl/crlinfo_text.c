#include "config.h"

#include <string.h>

#include <openssl/bn.h>
#include <openssl/x509.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "client/certificate/certinfo_internal.h"
#include "client/crl/crlinfo.h"

#define SIGNATURE_BYTES_PER_LINE 16

static void
put_time(struct sc_buf *b, int indent, const char *what, const ASN1_TIME *t)
{
	char text[SC_TIME_MAX];

	if (t == NULL)
		return;
	sc_time_format_go(sc_crlinfo_time(t), text);
	(void)sc_buf_putf(b, "%*s%s: %s\n", indent, "", what, text);
}

static int
put_extensions(struct sc_buf *b, int indent, const STACK_OF(X509_EXTENSION) * l,
    struct sc_error *e)
{
	struct sc_crl_ext x;
	const char *p, *end;
	int i, r = 0;

	for (i = 0; r == 0 && i < X509v3_get_ext_count(l); i++) {
		r = sc_crl_ext_read(X509v3_get_ext(l, i), &x, e);
		if (r != 0)
			break;
		(void)sc_buf_putf(b, "%*s%s\n", indent, "", sc_buf_str(x.name));
		for (p = sc_buf_str(x.details); *p != '\0'; p = end + 1) {
			end = strchr(p, '\n');
			(void)sc_buf_putf(
			    b, "%*s%.*s\n", indent + 4, "", (int)(end - p), p);
		}
		sc_crl_ext_clear(&x);
	}
	return r;
}

static int
put_entry(struct sc_buf *b, const X509_REVOKED *v, struct sc_error *e)
{
	const STACK_OF(X509_EXTENSION) *l = X509_REVOKED_get0_extensions(v);
	BIGNUM *n = ASN1_INTEGER_to_BN(X509_REVOKED_get0_serialNumber(v), NULL);
	char *dec = n != NULL ? BN_bn2dec(n) : NULL;
	char *hex = n != NULL ? BN_bn2hex(n) : NULL;
	int r = 0;

	if (dec == NULL || hex == NULL)
		r = sc_fail_nomem(e);
	else
		(void)sc_buf_putf(
		    b, "%12sSerial Number: %s (0x%s)\n", "", dec, hex);
	put_time(b, 16, "Revocation Date", X509_REVOKED_get0_revocationDate(v));
	if (r == 0 && X509v3_get_ext_count(l) > 0) {
		(void)sc_buf_putf(b, "%16sCRL Entry Extensions:\n", "");
		r = put_extensions(b, 20, l, e);
	}
	OPENSSL_free(dec);
	OPENSSL_free(hex);
	BN_free(n);
	return r;
}

static int
put_entries(struct sc_buf *b, X509_CRL *crl, struct sc_error *e)
{
	STACK_OF(X509_REVOKED) *l = X509_CRL_get_REVOKED(crl);
	int i, r = 0;

	if (sk_X509_REVOKED_num(l) <= 0) {
		(void)sc_buf_putf(b, "%8sNo Revoked Certificates.\n", "");
		return 0;
	}
	(void)sc_buf_putf(b, "%8sRevoked Certificates:\n", "");
	for (i = 0; r == 0 && i < sk_X509_REVOKED_num(l); i++)
		r = put_entry(b, sk_X509_REVOKED_value(l, i), e);
	return r;
}

int
sc_crlinfo_text(
    const struct sc_crlinfo *c, struct sc_buf *b, struct sc_error *e)
{
	const ASN1_BIT_STRING *sig;
	const X509_ALGOR *alg;
	long version = X509_CRL_get_version(c->crl);
	int r;

	X509_CRL_get0_signature(c->crl, &sig, &alg);
	(void)sc_buf_puts(b, "Certificate Revocation List (CRL):\n");
	(void)sc_buf_puts(b, "    Data:\n");
	(void)sc_buf_putf(
	    b, "        Valid: %s\n", c->valid ? "true" : "false");
	if (c->reason != NULL)
		(void)sc_buf_putf(b, "        Reason: %s\n", c->reason);
	(void)sc_buf_putf(b, "        Version: %ld (0x%lx)\n", version + 1,
	    (unsigned long)version);
	(void)sc_buf_puts(b, "    Signature algorithm: ");
	sc_certinfo_put_sig_alg(b, alg);
	(void)sc_buf_puts(b, "\n        Issuer: ");
	sc_certinfo_put_name(b, X509_CRL_get_issuer(c->crl));
	(void)sc_buf_putc(b, '\n');
	put_time(b, 8, "Last Update", X509_CRL_get0_lastUpdate(c->crl));
	put_time(b, 8, "Next Update", X509_CRL_get0_nextUpdate(c->crl));
	(void)sc_buf_puts(b, "        CRL Extensions:\n");
	r = put_extensions(b, 12, X509_CRL_get0_extensions(c->crl), e);
	if (r == 0)
		r = put_entries(b, c->crl, e);
	(void)sc_buf_puts(b, "    Signature Algorithm: ");
	sc_certinfo_put_sig_alg(b, alg);
	(void)sc_buf_putc(b, '\n');
	sc_certinfo_put_hex(b, ASN1_STRING_get0_data(sig),
	    (size_t)ASN1_STRING_length(sig), SIGNATURE_BYTES_PER_LINE, 8, 0);
	return r;
}
