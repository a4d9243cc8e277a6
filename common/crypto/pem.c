#include "config.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>

#include "base/buf.h"
#include "base/encode.h"
#include "base/err.h"
#include "base/limits.h"
#include "base/mem.h"
#include "crypto/cert.h"
#include "crypto/ossl.h"

#define PEM_LINE 48 /* octets, which make 64 characters */

int
sc_pem_to_der(const char *pem, size_t n, uint8_t **der, size_t *len,
    char **label, struct sc_error *e)
{
	char *name = NULL, *header = NULL;
	unsigned char *data = NULL;
	long size = 0;
	BIO *in = NULL;
	int r = 0;

	*der = NULL;
	*len = 0;
	if (label != NULL)
		*label = NULL;
	if (n > INT_MAX || (in = BIO_new_mem_buf(pem, (int)n)) == NULL)
		return sc_fail_nomem(e);
	if (PEM_read_bio(in, &name, &header, &data, &size) != 1) {
		r = sc_ossl_fail(e, SC_ERR_MALFORMED, "not a PEM block");
		goto out;
	}
	if ((*der = malloc((size_t)size + 1)) == NULL ||
	    (label != NULL && (*label = sc_strdup(name)) == NULL)) {
		r = sc_fail_nomem(e);
		free(*der);
		*der = NULL;
		goto out;
	}
	memcpy(*der, data, (size_t)size);
	*len = (size_t)size;
out:
	OPENSSL_free(name);
	OPENSSL_free(header);
	OPENSSL_clear_free(data, size > 0 ? (size_t)size : 0);
	BIO_free(in);
	return r;
}

int
sc_der_to_pem(const char *label, const uint8_t *der, size_t n, char **pem)
{
	struct sc_buf *b = sc_buf_new(2 * n + 256);
	size_t k;

	(void)sc_buf_putf(b, "-----BEGIN %s-----\n", label);
	for (; n > 0; der += k, n -= k) {
		k = n < PEM_LINE ? n : PEM_LINE;
		(void)sc_b64_put(b, SC_B64_STD, der, k);
		(void)sc_buf_putc(b, '\n');
	}
	(void)sc_buf_putf(b, "-----END %s-----\n", label);
	*pem = sc_buf_steal(b, NULL);
	return *pem == NULL ? SC_ERR_NOMEM : 0;
}

/* One block's verdict: 1 took a certificate, 0 skipped, else an error. */
static int
take_block(const char *name, const unsigned char *data, long size,
    struct sc_certs *out, struct sc_error *e)
{
	struct sc_cert *c = NULL;
	void *v;
	int r;

	if (!sc_streq(name, "CERTIFICATE"))
		return 0;
	if (out->n >= SC_MAX_CHAIN * 16)
		return sc_fail(e, SC_ERR_TOO_LARGE, "too many certificates");
	if ((r = sc_cert_parse_der(data, (size_t)size, &c, e)) != 0)
		return r;
	if ((v = sc_reallocarray(out->v, out->n + 1, sizeof(*out->v))) ==
	    NULL) {
		sc_cert_free(c);
		return sc_fail_nomem(e);
	}
	out->v = v;
	out->v[out->n++] = c;
	return 1;
}

int
sc_certs_from_pem(
    const char *pem, size_t n, struct sc_certs *out, struct sc_error *e)
{
	char *name, *header;
	unsigned char *data;
	long size;
	size_t before = out->n;
	BIO *in;
	int r = 0;

	if (n > INT_MAX || (in = BIO_new_mem_buf(pem, (int)n)) == NULL)
		return sc_fail_nomem(e);
	while (r >= 0 && PEM_read_bio(in, &name, &header, &data, &size) == 1) {
		r = take_block(name, data, size, out, e);
		OPENSSL_free(name);
		OPENSSL_free(header);
		OPENSSL_free(data);
	}
	ERR_clear_error();
	BIO_free(in);
	if (r < 0)
		return r;
	if (out->n == before)
		return sc_fail(
		    e, SC_ERR_MALFORMED, "contains no PEM certificate blocks");
	return 0;
}
