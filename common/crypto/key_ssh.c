#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/encode.h"
#include "base/err.h"
#include "base/limits.h"
#include "base/mem.h"
#include "crypto/der.h"
#include "crypto/key.h"
#include "crypto/key_build.h"
#include "crypto/key_ssh.h"
#include "crypto/ssh_seal.h"

#define MAGIC "openssh-key-v1" /* its NUL belongs to it */

const char *
sc_key_ssh_type(const struct sc_key *k)
{
	if (k->type == SC_KEY_RSA)
		return "ssh-rsa";
	if (k->type == SC_KEY_ED25519)
		return "ssh-ed25519";
	switch (k->bits) {
	case 256:
		return "ecdsa-sha2-nistp256";
	case 384:
		return "ecdsa-sha2-nistp384";
	default:
		return "ecdsa-sha2-nistp521";
	}
}

/* mpint (RFC 4251 section 5) of a magnitude without leading zeros. */
static void
put_mpint(struct sc_buf *b, const uint8_t *p, size_t n)
{
	if (n > 0 && *p & 0x80) {
		sc_buf_put_u32(b, (uint32_t)n + 1);
		sc_buf_put_u8(b, 0);
		sc_buf_put(b, p, n);
	} else
		sc_buf_put_string(b, p, n);
}

int
sc_key_put_ssh_blob(const struct sc_key *k, struct sc_buf *b)
{
	const char *type = sc_key_ssh_type(k);
	const uint8_t *pub = k->spki + k->pub_off;
	size_t len = k->spki_len - k->pub_off;
	struct sc_der d = {pub, len}, seq, n, x;

	sc_buf_put_string(b, type, strlen(type));
	if (k->type == SC_KEY_RSA) {
		if (!sc_der_get(&d, SC_DER_SEQUENCE, &seq) ||
		    !sc_der_get_positive(&seq, &n) ||
		    !sc_der_get_positive(&seq, &x))
			return SC_ERR_INTERNAL;
		put_mpint(b, x.p, x.n);
		put_mpint(b, n.p, n.n);
	} else {
		if (k->type == SC_KEY_EC)
			sc_buf_put_string(
			    b, k->curve->nist, strlen(k->curve->nist));
		sc_buf_put_string(b, pub, len);
	}
	return sc_buf_error(b);
}

int
sc_key_to_ssh_line(const struct sc_key *k, char **line)
{
	struct sc_buf *blob = sc_buf_new(8192), *b = sc_buf_new(16384);
	int r;

	*line = NULL;
	r = sc_key_put_ssh_blob(k, blob);
	if (r == 0) {
		sc_buf_putf(b, "%s ", sc_key_ssh_type(k));
		sc_b64_put(b, SC_B64_STD, sc_buf_data(blob), sc_buf_len(blob));
		*line = sc_buf_steal(b, NULL);
		b = NULL;
		if (*line == NULL)
			r = SC_ERR_NOMEM;
	}
	sc_buf_free(blob);
	sc_buf_free(b);
	return r;
}

/* --- private keys ----------------------------------------------------- */

/* A positive mpint as a magnitude. */
static struct sc_num
get_mpint(struct sc_reader *r)
{
	struct sc_num v = {0};

	v.p = sc_reader_string(r, &v.n);
	if (v.p == NULL || v.n == 0 || v.p[0] & 0x80)
		r->err = SC_ERR_MALFORMED;
	while (r->err == 0 && v.n > 0 && v.p[0] == 0) {
		v.p++;
		v.n--;
	}
	return v;
}

static bool
is_string(const uint8_t *p, size_t n, const char *s)
{
	return p != NULL && n == strlen(s) && memcmp(p, s, n) == 0;
}

static int
private_ec(struct sc_reader *r, const struct sc_curve *c, struct sc_key **out,
    struct sc_error *e)
{
	const uint8_t *curve, *point;
	size_t curve_len, point_len;
	uint8_t d[SC_EC_MAX] = {0};
	struct sc_num num;
	int rc;

	curve = sc_reader_string(r, &curve_len);
	point = sc_reader_string(r, &point_len);
	num = get_mpint(r);
	if (r->err != 0 || num.n > c->bytes ||
	    !is_string(curve, curve_len, c->nist))
		return sc_fail(e, SC_ERR_MALFORMED, "OpenSSH EC key");
	memcpy(d + c->bytes - num.n, num.p, num.n);
	rc = sc_key_from_ec(c, point, point_len, d, out, e);
	sc_wipe(d, sizeof d);
	return rc;
}

static int
private_rsa(struct sc_reader *r, struct sc_key **out, struct sc_error *e)
{
	struct sc_rsa_numbers v = {0};

	v.n = get_mpint(r);
	v.e = get_mpint(r);
	v.d = get_mpint(r);
	v.qi = get_mpint(r);
	v.p = get_mpint(r);
	v.q = get_mpint(r);
	if (r->err != 0)
		return sc_fail(e, SC_ERR_MALFORMED, "OpenSSH RSA key");
	return sc_key_from_rsa(&v, out, e);
}

static int
private_ed25519(struct sc_reader *r, struct sc_key **out, struct sc_error *e)
{
	const uint8_t *pub, *priv;
	size_t pub_len, priv_len;

	pub = sc_reader_string(r, &pub_len);
	priv = sc_reader_string(r, &priv_len);
	/* The private string is seed || public key. */
	if (r->err != 0 || pub_len != 32 || priv_len != 64 ||
	    memcmp(pub, priv + 32, 32) != 0)
		return sc_fail(e, SC_ERR_MALFORMED, "OpenSSH Ed25519 key");
	return sc_key_from_ed25519(pub, priv, out, e);
}

/* What follows the key: a comment, then the padding 1, 2, 3... */
static int
check_tail(struct sc_reader *r)
{
	const uint8_t *pad;
	size_t n, i;

	sc_reader_string(r, &n);
	n = r->n;
	pad = sc_reader_bytes(r, n);
	if (r->err != 0 || n > 16)
		return SC_ERR_MALFORMED;
	for (i = 0; i < n; i++)
		if (pad[i] != i + 1)
			return SC_ERR_MALFORMED;
	return 0;
}

/* Two numbers that are the same only when the password was right. */
static bool
checks_agree(const uint8_t *p, size_t n)
{
	return n >= 8 && sc_eq_ct(p, p + 4, 4);
}

static int
private_section(
    const uint8_t *p, size_t n, struct sc_key **out, struct sc_error *e)
{
	static const struct {
		const char *type, *curve;
	} ec[] = {
	    {"ecdsa-sha2-nistp256", "P-256"},
	    {"ecdsa-sha2-nistp384", "P-384"},
	    {"ecdsa-sha2-nistp521", "P-521"},
	};
	struct sc_reader r;
	const uint8_t *type;
	size_t type_len, i;
	int rc;

	if (!checks_agree(p, n))
		return sc_fail(e, SC_ERR_MALFORMED, "OpenSSH key is damaged");
	sc_reader_init(&r, p + 8, n - 8);
	type = sc_reader_string(&r, &type_len);
	if (r.err != 0)
		return sc_fail(e, SC_ERR_MALFORMED, "OpenSSH key");
	rc = SC_ERR_UNSUPPORTED;
	for (i = 0; i < sizeof ec / sizeof ec[0]; i++)
		if (is_string(type, type_len, ec[i].type)) {
			rc = private_ec(
			    &r, sc_curve_by_name(ec[i].curve), out, e);
			break;
		}
	if (is_string(type, type_len, "ssh-rsa"))
		rc = private_rsa(&r, out, e);
	else if (is_string(type, type_len, "ssh-ed25519"))
		rc = private_ed25519(&r, out, e);
	else if (i == sizeof ec / sizeof ec[0])
		return sc_fail(e, SC_ERR_UNSUPPORTED,
		    "OpenSSH key type %.*s is not supported",
		    type_len < 64 ? (int)type_len : 64, (const char *)type);
	if (rc == 0 && check_tail(&r) != 0) {
		sc_key_free(*out);
		*out = NULL;
		return sc_fail(e, SC_ERR_MALFORMED, "OpenSSH key is damaged");
	}
	return rc;
}

/* What precedes the private part. */
struct head {
	const uint8_t *cipher, *kdf, *options;
	size_t cipher_len, kdf_len, options_len;
};

/* Salt and rounds of bcrypt_pbkdf, and a cipher that we have. */
static int
read_seal(const struct head *h, const char *what, struct sc_ssh_seal *s,
    struct sc_error *e)
{
	struct sc_reader r;

	s->cipher = sc_ssh_cipher_by_name(h->cipher, h->cipher_len);
	if (s->cipher == NULL ||
	    !is_string(h->kdf, h->kdf_len, SC_SSH_SEAL_KDF))
		return sc_fail(e, SC_ERR_UNSUPPORTED,
		    "%s: OpenSSH keys encrypted with %.*s are not supported; "
		    "write a copy anew with 'ssh-keygen -p -Z aes256-ctr'",
		    what, h->cipher_len < 64 ? (int)h->cipher_len : 64,
		    (const char *)h->cipher);
	sc_reader_init(&r, h->options, h->options_len);
	s->salt = sc_reader_string(&r, &s->salt_len);
	s->rounds = sc_reader_u32(&r);
	if (sc_reader_end(&r) != 0 || s->rounds == 0)
		return sc_fail(
		    e, SC_ERR_MALFORMED, "%s: not an OpenSSH key", what);
	if (s->rounds > SC_MAX_BCRYPT_ROUNDS)
		return sc_fail(e, SC_ERR_TOO_LARGE,
		    "%s: %u rounds of bcrypt are more than %u; write a copy "
		    "anew with 'ssh-keygen -p -a 16'",
		    what, (unsigned)s->rounds, SC_MAX_BCRYPT_ROUNDS);
	return 0;
}

static int
sealed_section(const struct sc_ssh_seal *seal, const uint8_t *p, size_t n,
    const char *what, sc_password_fn *fn, void *arg, struct sc_key **out,
    struct sc_error *e)
{
	uint8_t *plain = NULL;
	char *pw = NULL;
	int r;

	if ((r = sc_key_ask_password(what, fn, arg, &pw, e)) != 0)
		return r;
	/* No key was ever encrypted with an empty one. */
	if (*pw == '\0') {
		r = sc_key_wrong_password(what, e);
		goto out;
	}
	if ((plain = malloc(n > 0 ? n : 1)) == NULL) {
		r = sc_fail_nomem(e);
		goto out;
	}
	memcpy(plain, p, n);
	r = sc_ssh_seal_apply(seal, pw, false, plain, n, e);
	if (r == 0 && !checks_agree(plain, n))
		r = sc_key_wrong_password(what, e);
	if (r == 0)
		r = private_section(plain, n, out, e);
out:
	sc_freezero(plain, n);
	sc_free_secret(pw);
	return r;
}

int
sc_key_from_openssh(const uint8_t *p, size_t n, const char *what,
    sc_password_fn *fn, void *arg, struct sc_key **out, struct sc_error *e)
{
	struct sc_reader r;
	struct sc_ssh_seal seal;
	struct head h;
	const uint8_t *magic, *secret;
	size_t pub_len, secret_len;
	uint32_t count;
	bool sealed;
	int rc;

	*out = NULL;
	sc_reader_init(&r, p, n);
	magic = sc_reader_bytes(&r, sizeof MAGIC);
	h.cipher = sc_reader_string(&r, &h.cipher_len);
	h.kdf = sc_reader_string(&r, &h.kdf_len);
	h.options = sc_reader_string(&r, &h.options_len);
	count = sc_reader_u32(&r);
	if (r.err != 0 || memcmp(magic, MAGIC, sizeof MAGIC) != 0)
		return sc_fail(
		    e, SC_ERR_MALFORMED, "%s: not an OpenSSH key", what);
	if (count != 1)
		return sc_fail(e, SC_ERR_MALFORMED,
		    "%s: want one OpenSSH key, found %u", what, count);
	sealed = !is_string(h.cipher, h.cipher_len, "none");
	if (sealed && (rc = read_seal(&h, what, &seal, e)) != 0)
		return rc;
	sc_reader_string(&r, &pub_len);
	secret = sc_reader_string(&r, &secret_len);
	if (sc_reader_end(&r) != 0 ||
	    (!sealed &&
		(!is_string(h.kdf, h.kdf_len, "none") || h.options_len != 0)))
		return sc_fail(
		    e, SC_ERR_MALFORMED, "%s: not an OpenSSH key", what);
	if (sealed)
		return sealed_section(
		    &seal, secret, secret_len, what, fn, arg, out, e);
	return private_section(secret, secret_len, out, e);
}
