#include "config.h"

#include <stdlib.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/limits.h"
#include "crypto/cert.h"
#include "crypto/csr.h"
#include "crypto/der.h"
#include "crypto/general_names.h"
#include "crypto/key.h"
#include "crypto/name.h"
#include "crypto/sig_alg.h"

#define OID_EXTENSION_REQUEST "1.2.840.113549.1.9.14"
#define OID_SAN "2.5.29.17"

/* attributes [0] with one extensionRequest that holds the names. */
static int
put_attributes(struct sc_buf *info, const struct sc_sans *sans,
    bool empty_subject, struct sc_error *e)
{
	struct sc_buf *names = sc_buf_new(SC_MAX_CSR);
	struct sc_buf *ext = sc_buf_new(SC_MAX_CSR);
	struct sc_buf *list = sc_buf_new(SC_MAX_CSR);
	struct sc_buf *set = sc_buf_new(SC_MAX_CSR);
	struct sc_buf *attr = sc_buf_new(SC_MAX_CSR);
	struct sc_buf *attrs = sc_buf_new(SC_MAX_CSR);
	int r = 0;

	if (sans != NULL && sans->n > 0) {
		r = sc_general_names_put(names, sans, NULL, 0, e);
		(void)sc_der_put_oid(ext, OID_SAN);
		if (empty_subject)
			sc_der_put(ext, SC_DER_BOOLEAN, "\xff", 1);
		sc_der_put_buf(ext, SC_DER_OCTET_STRING, names);
		sc_der_put_buf(list, SC_DER_SEQUENCE, ext);
		sc_der_put_buf(set, SC_DER_SEQUENCE, list);
		(void)sc_der_put_oid(attr, OID_EXTENSION_REQUEST);
		sc_der_put_buf(attr, SC_DER_SET, set);
		sc_der_put_buf(attrs, SC_DER_SEQUENCE, attr);
	} else {
		sc_buf_free(names);
		sc_buf_free(ext);
		sc_buf_free(list);
		sc_buf_free(set);
		sc_buf_free(attr);
	}
	sc_der_put_buf(info, SC_DER_CONTEXT_CONS(0), attrs);
	return r;
}

static int
put_info(struct sc_buf *out, const struct sc_name *subject,
    const struct sc_sans *sans, const struct sc_key *key, struct sc_error *e)
{
	static const struct sc_name nobody;
	struct sc_buf *info = sc_buf_new(SC_MAX_CSR);
	uint8_t *name = NULL, *spki = NULL;
	size_t name_len = 0, spki_len = 0;
	int r;

	if ((r = sc_name_to_der(subject != NULL ? subject : &nobody, &name,
		 &name_len, e)) != 0)
		goto out;
	if ((r = sc_key_to_spki(key, &spki, &spki_len)) != 0) {
		r = sc_fail_nomem(e);
		goto out;
	}
	sc_der_put(info, SC_DER_INTEGER, "", 1);
	(void)sc_buf_put(info, name, name_len);
	(void)sc_buf_put(info, spki, spki_len);
	/* An empty Name is two octets. */
	r = put_attributes(info, sans, name_len == 2, e);
	sc_der_put_buf(out, SC_DER_SEQUENCE, info);
	info = NULL; /* transferred */
out:
	sc_buf_free(info);
	free(name);
	free(spki);
	return r;
}

int
sc_csr_create(const struct sc_name *subject, const struct sc_sans *sans,
    const struct sc_key *key, char **pem, struct sc_error *e)
{
	const struct sc_sig_alg *alg = sc_sig_alg_default(key);
	struct sc_buf *body = sc_buf_new(SC_MAX_CSR);
	struct sc_buf *all = sc_buf_new(SC_MAX_CSR);
	size_t info_len;
	int r;

	*pem = NULL;
	if ((r = put_info(body, subject, sans, key, e)) != 0)
		goto out;
	info_len = sc_buf_len(body);
	(void)sc_buf_put(body, alg->der, alg->der_len);
	if ((r = sc_buf_error(body)) != 0) {
		r = sc_fail(e, r, "certificate request is too large");
		goto out;
	}
	if ((r = sc_sig_put(body, alg, key, sc_buf_data(body), info_len, e)) !=
	    0)
		goto out;
	sc_der_put_buf(all, SC_DER_SEQUENCE, body);
	body = NULL; /* transferred */
	if ((r = sc_buf_error(all)) != 0) {
		r = sc_fail(e, r, "certificate request is too large");
		goto out;
	}
	if (sc_der_to_pem("CERTIFICATE REQUEST", sc_buf_data(all),
		sc_buf_len(all), pem) != 0)
		r = sc_fail_nomem(e);
out:
	sc_buf_free(body);
	sc_buf_free(all);
	return r;
}
