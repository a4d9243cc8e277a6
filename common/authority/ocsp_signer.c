#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "authority/internal.h"
#include "authority/ocsp.h"
#include "authority/ocsp_signer.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/file.h"
#include "base/limits.h"
#include "base/mem.h"
#include "config/ca_json.h"
#include "crypto/cert.h"
#include "crypto/key.h"
#include "crypto/ocsp.h"
#include "store/store.h"

#define LIFE (14 * 24 * 3600) /* seconds */
#define PAUSE 30 /* seconds between two looks at the file */
#define FILE_NAME "ocsp-signer.pem"
#define LOCK_NAME "ocsp-signer.lock"
#define SUFFIX " OCSP signer"
#define MAX_CN 64 /* ub-common-name of RFC 5280 */

char *
sc_ocsp_signer_path(const struct sc_authority *ca)
{
	return sc_path_join(ca->config->store_dir, FILE_NAME);
}

static int
read_key(const char *path, struct sc_key **out, struct sc_error *e)
{
	char *pem = NULL;
	size_t n = 0;
	int r;

	if ((r = sc_file_read(path, SC_MAX_PEM_FILE, &pem, &n, e)) != 0)
		return r;
	r = sc_key_from_pem(pem, n, path, NULL, NULL, out, e);
	sc_freezero(pem, n);
	return r;
}

static int
read_certs(const char *path, struct sc_certs *out, struct sc_error *e)
{
	char *pem = NULL;
	size_t n = 0;
	int r;

	if ((r = sc_file_read(path, SC_MAX_PEM_FILE, &pem, &n, e)) != 0)
		return r;
	if ((r = sc_certs_from_pem(pem, n, out, e)) != 0)
		sc_error_prefix(e, "%s", path);
	/* The key may be in the same file. */
	sc_freezero(pem, n);
	return r;
}

static int
check_time(const struct sc_cert *c, int64_t now, struct sc_error *e)
{
	char text[SC_TIME_MAX];

	if (now < sc_cert_not_before(c)) {
		sc_time_format(sc_cert_not_before(c), text);
		return sc_fail(
		    e, SC_ERR_EXPIRED, "it is not valid before %s", text);
	}
	if (now >= sc_cert_not_after(c)) {
		sc_time_format(sc_cert_not_after(c), text);
		return sc_fail(e, SC_ERR_EXPIRED, "it expired at %s", text);
	}
	return 0;
}

int
sc_ocsp_signer_load(const struct sc_authority *ca, const char *crt,
    const char *key_path, int64_t now, struct sc_ocsp_signer **out,
    struct sc_error *e)
{
	struct sc_certs certs = {0};
	struct sc_key *key = NULL;
	int r;

	*out = NULL;
	if ((r = read_certs(crt, &certs, e)) != 0 ||
	    (r = read_key(key_path, &key, e)) != 0)
		goto out;
	if ((r = sc_ocsp_signer_new(
		 certs.v[0], key, ca->intermediates.v[0], out, e)) != 0 ||
	    (r = check_time(certs.v[0], now, e)) != 0) {
		sc_ocsp_signer_free(*out);
		*out = NULL;
		sc_error_prefix(e, "%s: not a usable OCSP signer", crt);
	}
out:
	sc_key_free(key);
	sc_certs_clear(&certs);
	return r;
}

/* --- making one ---------------------------------------------------------- */

static bool
is_revoked(const struct sc_authority *ca, const struct sc_cert *c)
{
	struct sc_store_serial serial;

	serial.p = sc_cert_serial(c, &serial.n);
	return sc_store_get_revoked(
		   ca->store, SC_STORE_X509, serial, NULL, NULL) == 0;
}

/*
 * Past half of its life, unless the issuer has no more to give; or revoked,
 * because somebody else may have its key.
 */
static bool
is_due(const struct sc_authority *ca, const char *path, int64_t now)
{
	struct sc_ocsp_signer *s = NULL;
	const struct sc_cert *c;
	int64_t from, to;
	bool due = true;

	if (sc_ocsp_signer_load(ca, path, path, now, &s, NULL) == 0) {
		c = sc_ocsp_signer_cert(s);
		from = sc_cert_not_before(c);
		to = sc_cert_not_after(c);
		due = is_revoked(ca, c) ||
		    (now >= from + (to - from) / 2 &&
			to != sc_cert_not_after(ca->intermediates.v[0]));
	}
	sc_ocsp_signer_free(s);
	return due;
}

/* Who can verify the issuer's signatures can verify this one's. */
static int
make_key(const struct sc_key *like, struct sc_key **out, struct sc_error *e)
{
	switch (sc_key_type(like)) {
	case SC_KEY_RSA:
		return sc_key_generate("RSA", NULL, 2048, out, e);
	case SC_KEY_ED25519:
		return sc_key_generate("OKP", "Ed25519", 0, out, e);
	default:
		return sc_key_generate("EC", "P-256", 0, out, e);
	}
}

static int
plan_signer(struct sc_cert_plan *p, const struct sc_authority *ca, int64_t now,
    struct sc_error *e)
{
	const struct sc_cert *issuer = sc_issuer_cert(ca->issuer);
	const char *cn = sc_cert_common_name(issuer);
	static const uint8_t null[] = {0x05, 0x00};

	p->path_len = -1;
	p->subject.common_name = strlen(cn) + strlen(SUFFIX) <= MAX_CN
	    ? sc_asprintf("%s" SUFFIX, cn)
	    : sc_strdup(&SUFFIX[1]);
	p->not_before = now - ca->config->backdate / SC_SECOND;
	p->not_after = now + LIFE;
	if (p->not_after > sc_cert_not_after(issuer))
		p->not_after = sc_cert_not_after(issuer);
	p->key_usage = SC_KU_DIGITAL_SIGNATURE;
	if (p->subject.common_name == NULL ||
	    sc_strlist_add(&p->ext_key_usage, SC_OID_EKU_OCSP_SIGNING) != 0 ||
	    sc_cert_plan_add_ext(
		p, SC_OID_OCSP_NOCHECK, false, null, sizeof(null)) != 0)
		return sc_fail_nomem(e);
	return 0;
}

static int
record(struct sc_authority *ca, const struct sc_cert *cert, int64_t now,
    struct sc_error *e)
{
	const struct sc_store_origin who = {
	    .provisioner_name = "(the authority itself)",
	    .subject = sc_cert_common_name(cert),
	};
	struct sc_store_cert sc = {
	    .form = SC_STORE_X509,
	    .kind = SC_STORE_ISSUE,
	    .not_before = sc_cert_not_before(cert),
	    .not_after = sc_cert_not_after(cert),
	};

	sc.der = sc_cert_der(cert, &sc.der_len);
	sc.serial.p = sc_cert_serial(cert, &sc.serial.n);
	return sc_store_issue(ca->store, NULL, &sc, &who, now, e);
}

/* Certificate and key in one file, which is there as a whole or not. */
static int
save(const char *path, const struct sc_cert *cert, const struct sc_key *key,
    struct sc_error *e)
{
	char *crt_pem = NULL, *key_pem = NULL, *all = NULL;
	int r;

	if ((r = sc_key_to_pem(key, NULL, &key_pem, e)) != 0)
		return r;
	if (sc_cert_to_pem(cert, &crt_pem) == 0)
		all = sc_asprintf("%s%s", crt_pem, key_pem);
	if (all == NULL)
		r = sc_fail_nomem(e);
	else
		r = sc_file_write(path, all, strlen(all), 0600, e);
	sc_free_secret(all);
	sc_free_secret(key_pem);
	free(crt_pem);
	return r;
}

static int
make_signer(
    struct sc_authority *ca, const char *path, int64_t now, struct sc_error *e)
{
	struct sc_cert_plan plan = {0};
	struct sc_cert *cert = NULL;
	struct sc_key *key = NULL;
	int r;

	if ((r = make_key(ca->key, &key, e)) != 0 ||
	    (r = plan_signer(&plan, ca, now, e)) != 0 ||
	    (r = sc_cert_build(&plan, key, ca->issuer, &cert, e)) != 0 ||
	    (r = record(ca, cert, now, e)) != 0)
		goto out;
	r = save(path, cert, key, e);
out:
	sc_cert_free(cert);
	sc_key_free(key);
	sc_cert_plan_clear(&plan);
	return r;
}

/* *fd is -1 when another process is at it. */
static int
lock(const struct sc_authority *ca, int *fd, struct sc_error *e)
{
	char *path = sc_path_join(ca->config->store_dir, LOCK_NAME);
	int r = 0;

	*fd = -1;
	if (path == NULL)
		return sc_fail_nomem(e);
	*fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (*fd < 0)
		r = sc_fail(
		    e, SC_ERR_IO, "open %s failed: %s", path, strerror(errno));
	else if (flock(*fd, LOCK_EX | LOCK_NB) != 0) {
		if (errno != EWOULDBLOCK)
			r = sc_fail(e, SC_ERR_IO, "lock %s failed: %s", path,
			    strerror(errno));
		(void)close(*fd);
		*fd = -1;
	}
	free(path);
	return r;
}

bool
sc_ocsp_is_ours(const struct sc_authority *ca)
{
	return ca->config->ocsp.enabled && ca->config->ocsp.crt == NULL;
}

int
sc_authority_ocsp_rotate(
    struct sc_authority *ca, int64_t now, struct sc_error *e)
{
	char *path;
	int fd = -1, r = 0;

	if (!sc_ocsp_is_ours(ca) || ca->issuer == NULL || ca->store == NULL ||
	    (ca->signer_checked <= now && now < ca->signer_checked + PAUSE))
		return 0;
	ca->signer_checked = now;
	if ((path = sc_ocsp_signer_path(ca)) == NULL)
		return sc_fail_nomem(e);
	if (!is_due(ca, path, now) || (r = lock(ca, &fd, e)) != 0 || fd < 0)
		goto out;
	/* Another process may just have been faster. */
	if (is_due(ca, path, now) && (r = make_signer(ca, path, now, e)) != 0)
		sc_error_prefix(e, "cannot make a new OCSP signer");
	(void)close(fd);
out:
	free(path);
	return r;
}

/* When the signer ends: NOT_FOUND; INT64_MAX when that is not to be seen. */
static int
signer_end(const struct sc_authority *ca, int64_t *end)
{
	const struct sc_config_ocsp *c = &ca->config->ocsp;
	struct sc_certs certs = {0};
	struct stat st;
	char *path;
	int r = 0;

	*end = INT64_MAX;
	if (c->crt == NULL) {
		if ((path = sc_ocsp_signer_path(ca)) == NULL)
			return 0;
		if (stat(path, &st) == 0)
			*end = (int64_t)st.st_mtime + LIFE;
		else if (errno == ENOENT)
			r = SC_ERR_NOT_FOUND;
		free(path);
	} else if (!sc_streq(c->crt, c->key)) {
		if ((r = read_certs(c->crt, &certs, NULL)) == 0)
			*end = sc_cert_not_after(certs.v[0]);
		sc_certs_clear(&certs);
	}
	return r;
}

bool
sc_authority_ocsp_healthy(
    const struct sc_authority *ca, int64_t now, char *text, size_t n)
{
	char when[SC_TIME_MAX];
	int64_t end;

	if (!ca->config->ocsp.enabled)
		return true;
	if (signer_end(ca, &end) != 0) {
		(void)snprintf(text, n, "there is no OCSP signer");
		return false;
	}
	if (now < end)
		return true;
	sc_time_format(end, when);
	(void)snprintf(text, n, "the OCSP signer expired at %s", when);
	return false;
}
