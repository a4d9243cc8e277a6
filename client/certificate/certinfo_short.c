#include "config.h"

#include <string.h>

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/mem.h"
#include "client/certificate/certinfo_internal.h"
#include "crypto/cert.h"
#include "crypto/csr.h"
#include "crypto/key.h"

/* "1234...5678" for what is longer than eight characters. */
static void
put_abbreviated(struct sc_buf *b, const char *s)
{
	size_t n = strlen(s);

	if (n > 8)
		(void)sc_buf_putf(b, "%.4s...%s", s, s + n - 4);
	else
		(void)sc_buf_puts(b, s);
}

static void
put_subject_line(struct sc_buf *b, const char *name, int *lines)
{
	(void)sc_buf_puts(
	    b, (*lines)++ == 0 ? "  Subject:     " : "               ");
	sc_certinfo_put_clean(b, name, strlen(name));
	(void)sc_buf_putc(b, '\n');
}

/* The common name, then every name that differs from it, by kind. */
static void
put_subjects(
    struct sc_buf *b, const char *common_name, const struct sc_sans *sans)
{
	static const enum sc_san_type order[] = {
	    SC_SAN_DNS, SC_SAN_IP, SC_SAN_EMAIL, SC_SAN_URI};
	size_t i, k;
	int lines = 0;

	if (common_name[0] != '\0')
		put_subject_line(b, common_name, &lines);
	for (k = 0; k < sizeof(order) / sizeof(order[0]); k++)
		for (i = 0; i < sans->n; i++)
			if (sans->v[i].type == order[k] &&
			    !sc_streq(sans->v[i].value, common_name))
				put_subject_line(b, sans->v[i].value, &lines);
	if (lines == 0)
		(void)sc_buf_puts(b, "  Subject: \n");
}

static const char *
kind(const struct sc_cert *c)
{
	X509 *x = sc_cert_x509(c);

	if (!sc_cert_is_ca(c))
		return "TLS";
	return X509_NAME_cmp(
		   X509_get_subject_name(x), X509_get_issuer_name(x)) == 0
	    ? "Root CA"
	    : "Intermediate CA";
}

static void
put_issuer(struct sc_buf *b, X509 *x)
{
	const X509_NAME *name = X509_get_issuer_name(x);
	int i = X509_NAME_get_index_by_NID(name, NID_commonName, -1), n;
	unsigned char *utf8 = NULL;

	(void)sc_buf_puts(b, "  Issuer:      ");
	if (i >= 0 &&
	    (n = ASN1_STRING_to_UTF8(&utf8,
		 X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, i)))) > 0)
		sc_certinfo_put_clean(b, utf8, (size_t)n);
	OPENSSL_free(utf8);
	(void)sc_buf_putc(b, '\n');
}

static void
put_provisioner(struct sc_buf *b, const struct sc_cert *c)
{
	struct sc_provisioner_ext p;

	if (sc_cert_provisioner_ext(c, &p, NULL) != 0)
		return;
	(void)sc_buf_puts(b, "  Provisioner: ");
	sc_certinfo_put_clean(b, p.name, strlen(p.name));
	if (p.credential_id[0] != '\0') {
		(void)sc_buf_puts(b, " [ID: ");
		put_abbreviated(b, p.credential_id);
		(void)sc_buf_putc(b, ']');
	}
	(void)sc_buf_putc(b, '\n');
	sc_provisioner_ext_clear(&p);
}

int
sc_certinfo_short(const struct sc_cert *c, struct sc_buf *b, struct sc_error *e)
{
	X509 *x = sc_cert_x509(c);
	struct sc_sans sans = {0};
	char from[SC_TIME_MAX], to[SC_TIME_MAX];
	size_t n;
	const uint8_t *s = sc_cert_serial(c, &n);
	char *serial = sc_serial_decimal(s, n);
	int r;

	if (x == NULL || serial == NULL) {
		sc_free_secret(serial);
		return sc_fail(e, SC_ERR_MALFORMED, "not a certificate");
	}
	(void)sc_buf_putf(b, "X.509v3 %s Certificate (", kind(c));
	if (X509_get0_pubkey(x) != NULL)
		sc_certinfo_put_key_kind(b, X509_get0_pubkey(x));
	(void)sc_buf_puts(b, ") [Serial: ");
	put_abbreviated(b, serial);
	(void)sc_buf_puts(b, "]\n");
	(void)sc_cert_sans(c, &sans, NULL);
	put_subjects(b, sc_cert_common_name(c), &sans);
	put_issuer(b, x);
	put_provisioner(b, c);
	sc_time_format(sc_cert_not_before(c), from);
	sc_time_format(sc_cert_not_after(c), to);
	(void)sc_buf_putf(
	    b, "  Valid from:  %s\n          to:  %s\n", from, to);
	sc_sans_clear(&sans);
	sc_free_secret(serial);
	ERR_clear_error();
	if ((r = sc_buf_error(b)) != 0)
		return sc_fail(e, r, "certificate is too large to show");
	return 0;
}

int
sc_certinfo_csr_short(
    const uint8_t *der, size_t n, struct sc_buf *b, struct sc_error *e)
{
	struct sc_csr *csr = NULL;
	int r;

	if ((r = sc_csr_parse_der(der, n, &csr, e)) != 0)
		return r;
	(void)sc_buf_puts(b, "X.509v3 Certificate Signing Request (");
	sc_certinfo_put_key_kind(b, sc_key_evp(csr->key));
	(void)sc_buf_puts(b, ")\n");
	put_subjects(b, csr->common_name, &csr->sans);
	sc_csr_free(csr);
	if ((r = sc_buf_error(b)) != 0)
		return sc_fail(e, r, "request is too large to show");
	return 0;
}
