#include "config.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/encode.h"
#include "base/err.h"
#include "base/limits.h"
#include "base/mem.h"
#include "crypto/key_build.h"
#include "crypto/key_ssh.h"
#include "crypto/ssh_key.h"
#include "crypto/ssh_wire.h"

#define MAX_APPLICATION 1024
#define CERT_SUFFIX "-cert-v01@openssh.com"

struct sc_ssh_type {
	const char *name, *cert, *shown;
	const char *curve; /* EC only */
	enum sc_key_type type;
	bool token; /* lives in a security key: has an application */
};

static const struct sc_ssh_type types[] = {
    {"ssh-ed25519", "ssh-ed25519" CERT_SUFFIX, "ED25519", NULL, SC_KEY_ED25519,
	false},
    {"ecdsa-sha2-nistp256", "ecdsa-sha2-nistp256" CERT_SUFFIX, "ECDSA", "P-256",
	SC_KEY_EC, false},
    {"ecdsa-sha2-nistp384", "ecdsa-sha2-nistp384" CERT_SUFFIX, "ECDSA", "P-384",
	SC_KEY_EC, false},
    {"ecdsa-sha2-nistp521", "ecdsa-sha2-nistp521" CERT_SUFFIX, "ECDSA", "P-521",
	SC_KEY_EC, false},
    {"ssh-rsa", "ssh-rsa" CERT_SUFFIX, "RSA", NULL, SC_KEY_RSA, false},
    {"sk-ssh-ed25519@openssh.com", "sk-ssh-ed25519" CERT_SUFFIX, "ED25519-SK",
	NULL, SC_KEY_ED25519, true},
    {"sk-ecdsa-sha2-nistp256@openssh.com", "sk-ecdsa-sha2-nistp256" CERT_SUFFIX,
	"ECDSA-SK", "P-256", SC_KEY_EC, true},
};
#define TYPE_COUNT (sizeof types / sizeof types[0])

struct sc_ssh_key {
	atomic_uint refs;
	const struct sc_ssh_type *t;
	struct sc_key *pub;
	char *application;
	uint8_t *blob;
	size_t len;
	size_t fields; /* where what follows the type's name begins */
};

static const struct sc_ssh_type *
type_by_name(const uint8_t *name, size_t n)
{
	size_t i;

	for (i = 0; i < TYPE_COUNT; i++)
		if (sc_ssh_is(name, n, types[i].name))
			return &types[i];
	return NULL;
}

const struct sc_ssh_type *
sc_ssh_type_by_cert(const uint8_t *name, size_t n)
{
	size_t i;

	for (i = 0; i < TYPE_COUNT; i++)
		if (sc_ssh_is(name, n, types[i].cert))
			return &types[i];
	return NULL;
}

/* --- reading ----------------------------------------------------------- */

static int
read_ec(struct sc_reader *r, const struct sc_ssh_type *t, struct sc_key **out,
    struct sc_error *e)
{
	const struct sc_curve *c = sc_curve_by_name(t->curve);
	const uint8_t *curve, *point;
	size_t curve_len, point_len;

	curve = sc_reader_string(r, &curve_len);
	point = sc_reader_string(r, &point_len);
	if (r->err != 0 || !sc_ssh_is(curve, curve_len, c->nist))
		return sc_fail(e, SC_ERR_MALFORMED, "%s key", t->name);
	return sc_key_from_ec(c, point, point_len, NULL, out, e);
}

static int
read_ed25519(struct sc_reader *r, const struct sc_ssh_type *t,
    struct sc_key **out, struct sc_error *e)
{
	size_t n;
	const uint8_t *p = sc_reader_string(r, &n);

	if (p == NULL || n != 32)
		return sc_fail(e, SC_ERR_MALFORMED, "%s key", t->name);
	return sc_key_from_ed25519(p, NULL, out, e);
}

static int
read_rsa(struct sc_reader *r, struct sc_key **out, struct sc_error *e)
{
	struct sc_rsa_numbers v = {0};

	v.e = sc_ssh_get_mpint(r);
	v.n = sc_ssh_get_mpint(r);
	if (r->err != 0 || v.e.n > v.n.n)
		return sc_fail(e, SC_ERR_MALFORMED, "ssh-rsa key");
	return sc_key_from_rsa(&v, out, e);
}

/* Take over pub and application; the blob is name and fields. */
static int
make(const struct sc_ssh_type *t, struct sc_key *pub, char *application,
    const uint8_t *fields, size_t n, struct sc_ssh_key **out,
    struct sc_error *e)
{
	struct sc_ssh_key *k = calloc(1, sizeof *k);
	struct sc_buf *b = sc_buf_new(SC_MAX_SSH_KEY);
	int r;

	sc_ssh_put_text(b, t->name);
	r = sc_buf_put(b, fields, n);
	if (k == NULL)
		r = SC_ERR_NOMEM;
	if (r != 0) {
		sc_buf_free(b);
		free(k);
		sc_key_free(pub);
		free(application);
		return sc_fail(e, r, "SSH key: %s", sc_err_text(r));
	}
	atomic_init(&k->refs, 1);
	k->t = t;
	k->pub = pub;
	k->application = application;
	k->fields = 4 + strlen(t->name);
	k->blob = (uint8_t *)sc_buf_steal(b, &k->len);
	if (k->blob == NULL) {
		sc_ssh_key_free(k);
		return sc_fail_nomem(e);
	}
	*out = k;
	return 0;
}

int
sc_ssh_key_read(struct sc_reader *r, const struct sc_ssh_type *t,
    struct sc_ssh_key **out, struct sc_error *e)
{
	const uint8_t *start = r->p;
	struct sc_key *pub = NULL;
	char *application = NULL;
	int rc;

	*out = NULL;
	switch (t->type) {
	case SC_KEY_EC:
		rc = read_ec(r, t, &pub, e);
		break;
	case SC_KEY_RSA:
		rc = read_rsa(r, &pub, e);
		break;
	default:
		rc = read_ed25519(r, t, &pub, e);
		break;
	}
	if (rc == 0 && t->token &&
	    (application = sc_ssh_get_text(r, MAX_APPLICATION)) == NULL)
		rc = sc_fail(e, r->err, "%s key: application", t->name);
	if (rc != 0) {
		sc_key_free(pub);
		return rc;
	}
	return make(t, pub, application, start, (size_t)(r->p - start), out, e);
}

int
sc_ssh_key_parse(
    const uint8_t *blob, size_t n, struct sc_ssh_key **out, struct sc_error *e)
{
	const struct sc_ssh_type *t;
	const uint8_t *name;
	size_t name_len;
	struct sc_reader r;
	int rc;

	*out = NULL;
	if (n > SC_MAX_SSH_KEY)
		return sc_fail(e, SC_ERR_TOO_LARGE, "SSH key of %zu bytes", n);
	sc_reader_init(&r, blob, n);
	name = sc_reader_string(&r, &name_len);
	if (name == NULL)
		return sc_fail(e, SC_ERR_MALFORMED, "not an SSH key");
	if (sc_ssh_is(name, name_len, "ssh-dss"))
		return sc_fail_client(e, SC_ERR_UNSUPPORTED,
		    "ssh certificate key algorithm (DSA) is not supported");
	if (sc_ssh_type_by_cert(name, name_len) != NULL)
		return sc_fail(e, SC_ERR_MALFORMED,
		    "an SSH certificate where a key was expected");
	t = type_by_name(name, name_len);
	if (t == NULL)
		return sc_fail(
		    e, SC_ERR_UNSUPPORTED, "SSH key type is not supported");
	rc = sc_ssh_key_read(&r, t, out, e);
	if (rc == 0 && sc_reader_end(&r) != 0) {
		sc_ssh_key_free(*out);
		*out = NULL;
		rc = sc_fail(
		    e, SC_ERR_MALFORMED, "SSH key with bytes behind it");
	}
	return rc;
}

int
sc_ssh_key_new(
    const struct sc_key *k, struct sc_ssh_key **out, struct sc_error *e)
{
	struct sc_buf *b = sc_buf_new(SC_MAX_SSH_KEY);
	int r;

	*out = NULL;
	r = sc_key_put_ssh_blob(k, b);
	if (r != 0)
		r = sc_fail(e, r, "SSH key: %s", sc_err_text(r));
	else
		r = sc_ssh_key_parse(sc_buf_data(b), sc_buf_len(b), out, e);
	sc_buf_free(b);
	return r;
}

/* --- lines ------------------------------------------------------------- */

int
sc_ssh_key_from_line(const char *line, size_t n, struct sc_ssh_key **out,
    char **comment, struct sc_error *e)
{
	struct sc_ssh_line l;
	int r;

	*out = NULL;
	if (comment != NULL)
		*comment = NULL;
	r = sc_ssh_line_parse(line, n, &l, e);
	if (r != 0)
		return r;
	r = sc_ssh_key_parse(l.blob, l.blob_len, out, e);
	if (r == 0 && !sc_streq(l.type, (*out)->t->name)) {
		sc_ssh_key_free(*out);
		*out = NULL;
		r = sc_fail(e, SC_ERR_MALFORMED,
		    "SSH key line: the type is not that of the key");
	}
	if (r == 0 && comment != NULL) {
		*comment = l.comment;
		l.comment = NULL; /* transferred */
	}
	sc_ssh_line_clear(&l);
	return r;
}

int
sc_ssh_key_to_line(const struct sc_ssh_key *k, const char *comment, char **line)
{
	return sc_ssh_line_format(k->t->name, k->blob, k->len, comment, line);
}

/* --- life and questions ------------------------------------------------ */

void
sc_ssh_key_free(struct sc_ssh_key *k)
{
	if (k == NULL || atomic_fetch_sub(&k->refs, 1) > 1)
		return;
	sc_key_free(k->pub);
	free(k->application);
	free(k->blob);
	free(k);
}

struct sc_ssh_key *
sc_ssh_key_dup(const struct sc_ssh_key *k)
{
	/* The count is the one part of a const key that may change. */
	struct sc_ssh_key *m = (struct sc_ssh_key *)(uintptr_t)k;

	if (m != NULL)
		atomic_fetch_add(&m->refs, 1);
	return m;
}

const uint8_t *
sc_ssh_key_blob(const struct sc_ssh_key *k, size_t *n)
{
	*n = k->len;
	return k->blob;
}

const uint8_t *
sc_ssh_key_fields(const struct sc_ssh_key *k, size_t *n)
{
	*n = k->len - k->fields;
	return k->blob + k->fields;
}

const char *
sc_ssh_key_type(const struct sc_ssh_key *k)
{
	return k->t->name;
}

const char *
sc_ssh_key_cert_type(const struct sc_ssh_key *k)
{
	return k->t->cert;
}

const char *
sc_ssh_key_short_type(const struct sc_ssh_key *k)
{
	return k->t->shown;
}

const struct sc_key *
sc_ssh_key_public(const struct sc_ssh_key *k)
{
	return k->pub;
}

const char *
sc_ssh_key_application(const struct sc_ssh_key *k)
{
	return k->application;
}

bool
sc_ssh_key_same(const struct sc_ssh_key *a, const struct sc_ssh_key *b)
{
	return a->len == b->len && sc_eq_ct(a->blob, b->blob, a->len);
}

int
sc_ssh_key_check(const struct sc_ssh_key *k, struct sc_error *e)
{
	if (k->t->type == SC_KEY_RSA && sc_key_bits(k->pub) < SC_MIN_RSA_BITS)
		return sc_fail_client(e, SC_ERR_FORBIDDEN,
		    "ssh certificate key must be at least %d bits (%d bytes)",
		    SC_MIN_RSA_BITS, SC_MIN_RSA_BITS / 8);
	return sc_key_check_strength(k->pub, e);
}

int
sc_ssh_fingerprint(const uint8_t *blob, size_t n, char out[SC_SSH_FINGERPRINT])
{
	uint8_t md[32];
	char *text;
	int r = sc_sha256(blob, n, md);

	if (r != 0)
		return r;
	text = sc_b64_encode(SC_B64_STD_RAW, md, sizeof md);
	if (text == NULL)
		return SC_ERR_NOMEM;
	memcpy(out, "SHA256:", 7);
	memcpy(out + 7, text, SC_SSH_FINGERPRINT - 7);
	free(text);
	return 0;
}

int
sc_ssh_key_fingerprint(const struct sc_ssh_key *k, char out[SC_SSH_FINGERPRINT])
{
	return sc_ssh_fingerprint(k->blob, k->len, out);
}
