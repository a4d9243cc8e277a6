#include "config.h"

#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "authority/authority.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/file.h"
#include "base/limits.h"
#include "base/mem.h"
#include "client/ca/ca_validate.h"
#include "config/ca_json.h"
#include "crypto/cert.h"
#include "crypto/key.h"
#include "client/cli/secret.h"

#define DAY (24 * 3600)

/* How long before its end a certificate deserves a word, in days. */
static const int soon[] = {7, 30, 90};

static bool
load_certs(struct sc_report *p, const char *member, const char *file,
    struct sc_certs *out)
{
	struct sc_error e = SC_ERROR_INIT;
	char *pem = NULL;
	size_t n = 0;
	int r;

	r = sc_file_read(file, SC_MAX_PEM_FILE, &pem, &n, &e);
	if (r == 0 && (r = sc_certs_from_pem(pem, n, out, &e)) != 0)
		sc_error_prefix(&e, "%s", file);
	if (r != 0)
		sc_report_bad(p, "%s: %s", member, e.msg);
	free(pem);
	return r == 0;
}

static bool
check_dates(struct sc_report *p, const char *member, const char *file,
    const struct sc_cert *c)
{
	int64_t left = sc_cert_not_after(c) - p->now;
	char when[SC_TIME_MAX];
	size_t i;

	if (sc_cert_not_before(c) > p->now) {
		sc_time_format(sc_cert_not_before(c), when);
		sc_report_bad(
		    p, "%s: %s: is not valid before %s", member, file, when);
		return false;
	}
	sc_time_format(sc_cert_not_after(c), when);
	if (left < 0) {
		sc_report_bad(p, "%s: %s: expired on %s", member, file, when);
		return false;
	}
	for (i = 0; i < sizeof(soon) / sizeof(soon[0]); i++)
		if (left < (int64_t)soon[i] * DAY) {
			sc_report_warn(p,
			    "%s: %s: expires in less than %d days, on %s",
			    member, file, soon[i], when);
			break;
		}
	return true;
}

/* A file of certificates of authorities, appended to all. */
static void
check_ca_file(struct sc_report *p, const char *member, const char *file,
    struct sc_certs *out)
{
	size_t i, before = out->n;
	bool good = true;

	if (!load_certs(p, member, file, out))
		return;
	for (i = before; i < out->n; i++) {
		if (!sc_cert_is_ca(out->v[i])) {
			sc_report_bad(p,
			    "%s: %s: \"%s\" is not a certificate authority",
			    member, file, sc_cert_common_name(out->v[i]));
			good = false;
		}
		if (!check_dates(p, member, file, out->v[i]))
			good = false;
	}
	if (good)
		sc_report_good("%s: %s", member, file);
}

static void
check_ca_files(struct sc_report *p, const char *member,
    const struct sc_strlist *files, struct sc_certs *out)
{
	size_t i;

	for (i = 0; i < files->n; i++)
		check_ca_file(p, member, files->v[i], out);
}

static void
check_chain(struct sc_report *p, const struct sc_certs *crt,
    const struct sc_certs *roots)
{
	const char *file = p->config->crt;
	struct sc_certs rest = {crt->v + 1, crt->n - 1};
	struct sc_error e = SC_ERROR_INIT;
	size_t i;

	if (sc_cert_verify(crt->v[0], &rest, roots, SC_EKU_ANY, NULL,
		SC_VERIFY_ANY_TIME, &e) != 0) {
		sc_report_bad(
		    p, "crt: %s: does not chain to root: %s", file, e.msg);
		return;
	}
	sc_report_good("crt: %s: chains to root", file);
	for (i = 0; i < roots->n; i++)
		if (sc_cert_not_after(roots->v[i]) >=
		    sc_cert_not_after(crt->v[0]))
			return;
	sc_report_warn(p, "crt: %s: outlives every root", file);
}

/* Only its owner has business with a private key. */
static void
check_mode(struct sc_report *p, const char *member, const char *file)
{
	struct stat st;

	if (stat(file, &st) != 0)
		return; /* told when it is read */
	if (st.st_mode & 007)
		sc_report_bad(p, "%s: %s: anybody has access (mode %04o)",
		    member, file, (unsigned)st.st_mode & 07777);
	else if (st.st_mode & 070)
		sc_report_warn(p, "%s: %s: its group has access (mode %04o)",
		    member, file, (unsigned)st.st_mode & 07777);
}

struct password_source {
	const struct sc_report *p;
	bool missing;
};

static int
give_password(void *arg, const char *what, char **pw, struct sc_error *e)
{
	struct password_source *src = arg;
	struct sc_secret_source from = {src->p->password_file};

	if (from.file == NULL && src->p->config->password[0] != '\0') {
		*pw = sc_strdup(src->p->config->password);
		return *pw == NULL ? sc_fail_nomem(e) : 0;
	}
	if (from.file != NULL || isatty(STDIN_FILENO))
		return sc_secret_for_key(&from, what, pw, e);
	src->missing = true;
	return sc_fail(e, SC_ERR_UNAUTHENTICATED, "no password");
}

/* NULL when it could not be opened, which has been told then. */
static struct sc_key *
open_key(struct sc_report *p, const char *member, const char *file)
{
	struct password_source src = {p, false};
	struct sc_error e = SC_ERROR_INIT;
	struct sc_key *key = NULL;
	char *pem = NULL;
	size_t n = 0;
	int r;

	check_mode(p, member, file);
	r = sc_file_read(file, SC_MAX_PEM_FILE, &pem, &n, &e);
	if (r == 0) {
		r = sc_key_from_pem(
		    pem, n, file, give_password, &src, &key, &e);
		if (r != 0 && strstr(e.msg, file) == NULL)
			sc_error_prefix(&e, "%s", file);
	}
	if (r != 0 && src.missing)
		sc_report_warn(p,
		    "%s: %s: is encrypted and was not opened: name a file "
		    "with --password-file",
		    member, file);
	else if (r != 0)
		sc_report_bad(p, "%s: %s", member, e.msg);
	sc_freezero(pem, n);
	return key;
}

static void
check_issuing_key(struct sc_report *p, const struct sc_certs *crt)
{
	const char *file = p->config->key;
	struct sc_error e = SC_ERROR_INIT;
	struct sc_key *key = open_key(p, "key", file), *public = NULL;

	if (key == NULL)
		return;
	if (crt->n == 0)
		sc_report_good("key: %s", file);
	else if (sc_cert_key(crt->v[0], &public, &e) != 0)
		sc_report_bad(p, "crt: %s: %s", p->config->crt, e.msg);
	else if (!sc_key_same_public(public, key))
		sc_report_bad(
		    p, "key: %s: is not the key of %s", file, p->config->crt);
	else
		sc_report_good("key: %s: is the key of crt", file);
	sc_key_free(public);
	sc_key_free(key);
}

static void
check_ssh_key(struct sc_report *p, const char *member, const char *file)
{
	struct sc_key *key;

	if (file[0] == '\0')
		return;
	key = open_key(p, member, file);
	if (key != NULL)
		sc_report_good("%s: %s", member, file);
	sc_key_free(key);
}

void
sc_validate_files(struct sc_report *p)
{
	struct sc_certs roots = {0}, federated = {0}, crt = {0};

	check_ca_files(p, "root", &p->config->roots, &roots);
	check_ca_files(
	    p, "federatedRoots", &p->config->federated_roots, &federated);
	check_ca_file(p, "crt", p->config->crt, &crt);
	if (roots.n > 0 && crt.n > 0)
		check_chain(p, &crt, &roots);
	check_issuing_key(p, &crt);
	check_ssh_key(p, "ssh.hostKey", p->config->ssh.host_key);
	check_ssh_key(p, "ssh.userKey", p->config->ssh.user_key);
	sc_certs_clear(&roots);
	sc_certs_clear(&federated);
	sc_certs_clear(&crt);
}

/* Cut path back to the nearest folder that exists. */
static void
existing_part(char *path)
{
	char *slash;

	while (!sc_file_exists(path)) {
		slash = strrchr(path, '/');
		if (slash == NULL || slash == path) {
			(void)snprintf(path, 2, "/");
			return;
		}
		*slash = '\0';
	}
}

/* Reading it changes nothing; what else is wrong has been told already. */
static void
check_ledger(struct sc_report *p, const char *dir)
{
	struct sc_authority *ca = NULL;
	struct sc_error e = SC_ERROR_INIT;

	if (p->bad == 0 &&
	    sc_authority_open(
		p->config->path, NULL, SC_NEED_STORE_READ, &ca, &e) != 0)
		sc_report_bad(p, "db.dataSource: %s: %s", dir, e.msg);
	else
		sc_report_good("db.dataSource: %s", dir);
	sc_authority_close(ca);
}

/* Number of files in dir of another owner; *first is malloc'ed. */
static size_t
count_strangers(const char *dir, uid_t owner, uid_t *other, char **first)
{
	DIR *d = opendir(dir);
	struct dirent *entry;
	struct stat st;
	size_t n = 0;

	*first = NULL;
	while (d != NULL && (entry = readdir(d)) != NULL) {
		if (fstatat(dirfd(d), entry->d_name, &st,
			AT_SYMLINK_NOFOLLOW) != 0 ||
		    !S_ISREG(st.st_mode) || st.st_uid == owner)
			continue;
		if (n++ == 0) {
			*first = sc_strdup(entry->d_name);
			*other = st.st_uid;
		}
	}
	if (d != NULL)
		(void)closedir(d);
	return n;
}

/*
 * A command that root has run here may leave files that the handlers cannot
 * open.
 */
static void
check_owners(struct sc_report *p, const char *dir, uid_t owner)
{
	char *first = NULL;
	uid_t other = 0;
	size_t n = count_strangers(dir, owner, &other, &first);

	if (n > 0)
		sc_report_bad(p,
		    "db.dataSource: %s/%s%s: belongs to user %ld, the folder "
		    "to %ld: chown it",
		    dir, first != NULL ? first : "", n > 1 ? " and others" : "",
		    (long)other, (long)owner);
	free(first);
}

void
sc_validate_ocsp(struct sc_report *p)
{
	const struct sc_config_ocsp *c = &p->config->ocsp;
	struct sc_authority *ca = NULL;
	struct sc_error e = SC_ERROR_INIT;

	/* Without crt and key the authority makes its own. */
	if (!c->enabled || c->crt == NULL || p->bad > 0)
		return;
	if (sc_authority_open(
		p->config->path, NULL, SC_NEED_OCSP_SIGNER, &ca, &e) != 0)
		sc_report_bad(p, "ocsp.crt: %s", e.msg);
	else
		sc_report_good("ocsp.crt: %s", c->crt);
	sc_authority_close(ca);
}

void
sc_validate_store(struct sc_report *p)
{
	const char *dir = p->config->store_dir;
	char *part = sc_strdup(dir);
	struct stat st;
	bool is_dir;

	if (part == NULL) {
		sc_report_bad(p, "db.dataSource: out of memory");
		return;
	}
	existing_part(part);
	is_dir = stat(part, &st) == 0 && S_ISDIR(st.st_mode);
	if (!is_dir)
		sc_report_bad(p, "db.dataSource: %s: is not a folder", part);
	else if (access(part, R_OK | W_OK | X_OK) != 0)
		sc_report_bad(
		    p, "db.dataSource: %s: %s", part, strerror(errno));
	else if (!sc_streq(part, dir))
		sc_report_good("db.dataSource: %s: will be made", dir);
	else
		check_ledger(p, dir);
	if (is_dir && sc_streq(part, dir))
		check_owners(p, dir, st.st_uid);
	if (is_dir && sc_streq(part, dir) && (st.st_mode & 007))
		sc_report_warn(p,
		    "db.dataSource: %s: anybody has access (mode %04o)", dir,
		    (unsigned)st.st_mode & 07777);
	free(part);
}
