#include "config.h"

#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "crypto/der.h"
#include "crypto/key_build.h"
#include "crypto/key_ssh.h"
#include "crypto/sig_alg.h"
#include "crypto/ssh_key.h"
#include "crypto/ssh_wire.h"

/* --- making ------------------------------------------------------------ */

/* ECDSA-Sig-Value (RFC 3279 2.2.3) as RFC 5656 section 3.1.2 wants it. */
static int
put_ecdsa(struct sc_buf *b, const uint8_t *der, size_t n)
{
	struct sc_der d = {der, n}, seq, r, s;
	struct sc_buf *rs;
	int rc;

	if (!sc_der_get(&d, SC_DER_SEQUENCE, &seq) || d.n != 0 ||
	    !sc_der_get_positive(&seq, &r) || !sc_der_get_positive(&seq, &s) ||
	    seq.n != 0)
		return SC_ERR_CRYPTO;
	rs = sc_buf_new(2 * (SC_EC_MAX + 5));
	sc_ssh_put_mpint(rs, r.p, r.n);
	sc_ssh_put_mpint(rs, s.p, s.n);
	rc = sc_ssh_put_buf(b, rs);
	sc_buf_free(rs);
	return rc;
}

int
sc_ssh_sign(struct sc_buf *b, const struct sc_key *k, enum sc_hash hash,
    const uint8_t *p, size_t n, struct sc_error *e)
{
	const struct sc_sig_alg *alg = sc_sig_alg_default(k);
	uint8_t sig[SC_SIG_MAX];
	size_t len;
	int r;

	if (sc_key_type(k) == SC_KEY_RSA) {
		if (hash == SC_SHA512)
			alg = sc_sig_alg_rsa(SC_SHA512);
		sc_ssh_put_text(
		    b, hash == SC_SHA512 ? "rsa-sha2-512" : "rsa-sha2-256");
	} else
		sc_ssh_put_text(b, sc_key_ssh_type(k));
	r = sc_sig_make(alg, k, p, n, sig, &len, e);
	if (r != 0)
		return r;
	if (sc_key_type(k) == SC_KEY_EC)
		r = put_ecdsa(b, sig, len);
	else
		r = sc_buf_put_string(b, sig, len);
	return r == 0 ? 0 : sc_fail(e, r, "SSH signature");
}

/* --- checking ---------------------------------------------------------- */

/* Back to DER; *n bytes in out, which has room for SC_SIG_MAX. */
static int
get_ecdsa(const uint8_t *p, size_t n, uint8_t *out, size_t *len)
{
	struct sc_buf *rs = sc_buf_new(SC_SIG_MAX / 2);
	struct sc_buf *der = sc_buf_new(SC_SIG_MAX);
	struct sc_num r, s;
	struct sc_reader rd;
	int rc;

	sc_reader_init(&rd, p, n);
	r = sc_ssh_get_mpint(&rd);
	s = sc_ssh_get_mpint(&rd);
	rc = sc_reader_end(&rd);
	if (rc == 0 && (r.n > SC_EC_MAX || s.n > SC_EC_MAX))
		rc = SC_ERR_MALFORMED;
	if (rc == 0) {
		sc_der_put_unsigned(rs, r.p, r.n);
		sc_der_put_unsigned(rs, s.p, s.n);
		sc_der_put(
		    der, SC_DER_SEQUENCE, sc_buf_data(rs), sc_buf_len(rs));
		rc = sc_buf_error(rs) != 0 ? sc_buf_error(rs)
					   : sc_buf_error(der);
	}
	if (rc == 0) {
		*len = sc_buf_len(der);
		memcpy(out, sc_buf_data(der), *len);
	}
	sc_buf_free(rs);
	sc_buf_free(der);
	return rc;
}

/* NULL when a signature by k cannot have this name. */
static const struct sc_sig_alg *
alg_of(const struct sc_key *k, const uint8_t *name, size_t n)
{
	if (sc_key_type(k) != SC_KEY_RSA)
		return sc_ssh_is(name, n, sc_key_ssh_type(k))
		    ? sc_sig_alg_default(k)
		    : NULL;
	if (sc_ssh_is(name, n, "rsa-sha2-256"))
		return sc_sig_alg_rsa(SC_SHA256);
	if (sc_ssh_is(name, n, "rsa-sha2-512"))
		return sc_sig_alg_rsa(SC_SHA512);
	return NULL;
}

int
sc_ssh_verify(const struct sc_ssh_key *k, const uint8_t *p, size_t n,
    const uint8_t *sig, size_t sig_len, struct sc_error *e)
{
	const struct sc_key *pub = sc_ssh_key_public(k);
	const struct sc_sig_alg *alg;
	const uint8_t *name, *raw;
	size_t name_len, raw_len;
	uint8_t der[SC_SIG_MAX];
	struct sc_reader r;
	int rc;

	if (sc_ssh_key_application(k) != NULL)
		return sc_fail(e, SC_ERR_UNSUPPORTED,
		    "signatures of keys in tokens are not supported");
	sc_reader_init(&r, sig, sig_len);
	name = sc_reader_string(&r, &name_len);
	raw = sc_reader_string(&r, &raw_len);
	alg = name != NULL ? alg_of(pub, name, name_len) : NULL;
	if (sc_reader_end(&r) != 0 || alg == NULL)
		return sc_fail(e, SC_ERR_UNAUTHENTICATED,
		    "SSH signature of a wrong form or algorithm");
	if (sc_key_type(pub) == SC_KEY_EC) {
		rc = get_ecdsa(raw, raw_len, der, &raw_len);
		if (rc != 0)
			return sc_fail(e,
			    rc == SC_ERR_NOMEM ? rc : SC_ERR_UNAUTHENTICATED,
			    "ECDSA signature of a wrong form");
		raw = der;
	}
	return sc_sig_verify(alg, pub, p, n, raw, raw_len, e);
}
