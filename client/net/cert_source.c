#include "config.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/err.h"
#include "base/file.h"
#include "base/limits.h"
#include "base/mem.h"
#include "client/net/cert_source.h"
#include "client/net/tls_peek.h"

bool
sc_cert_source_is_url(const char *name)
{
	return name != NULL && sc_tls_peek_port(name) != NULL;
}

static int
from_der(const char *text, size_t n, const char *name,
    struct sc_cert_source *out, struct sc_error *e)
{
	struct sc_cert *c = NULL;

	if (sc_cert_parse_der((const uint8_t *)text, n, &c, NULL) != 0)
		return sc_fail(e, SC_ERR_MALFORMED,
		    "file %s does not contain any valid CERTIFICATE or "
		    "CERTIFICATE REQUEST blocks",
		    name);
	if ((out->certs.v = calloc(1, sizeof(*out->certs.v))) == NULL) {
		sc_cert_free(c);
		return sc_fail_nomem(e);
	}
	out->certs.v[out->certs.n++] = c;
	return 0;
}

static int
from_pem(const char *text, size_t n, const char *name,
    struct sc_cert_source *out, struct sc_error *e)
{
	const char *p = strstr(text, "-----BEGIN ");
	char *label = NULL;
	int r;

	if (strstr(text, "-----BEGIN CERTIFICATE-----") != NULL) {
		if ((r = sc_certs_from_pem(text, n, &out->certs, e)) != 0)
			sc_error_prefix(e, "error parsing %s", name);
		return r;
	}
	if ((p = strstr(text, "CERTIFICATE REQUEST-----")) != NULL)
		while (p > text && !sc_has_prefix(p, "-----BEGIN"))
			p--;
	if (p == NULL)
		return from_der(text, n, name, out, e);
	r = sc_pem_to_der(
	    p, n - (size_t)(p - text), &out->csr, &out->csr_len, &label, e);
	free(label);
	if (r != 0)
		sc_error_prefix(e, "error parsing %s", name);
	return r;
}

int
sc_cert_source_load(const char *name, const struct sc_cert_source_tls *tls,
    struct sc_cert_source *out, struct sc_error *e)
{
	char *text = NULL;
	size_t n = 0;
	int r;

	*out = (struct sc_cert_source){0};
	if (sc_cert_source_is_url(name))
		return sc_tls_peek(name, tls, &out->certs, e);
	if (name == NULL || sc_streq(name, "-")) {
		name = "-";
		r = sc_fd_read(0, SC_MAX_PEM_FILE, &text, &n, e);
	} else {
		r = sc_file_read(name, SC_MAX_PEM_FILE, &text, &n, e);
	}
	if (r != 0)
		return r;
	r = strstr(text, "-----BEGIN ") != NULL
	    ? from_pem(text, n, name, out, e)
	    : from_der(text, n, name, out, e);
	sc_freezero(text, n);
	if (r != 0)
		sc_cert_source_clear(out);
	return r;
}

void
sc_cert_source_clear(struct sc_cert_source *s)
{
	sc_certs_clear(&s->certs);
	free(s->csr);
	*s = (struct sc_cert_source){0};
}

static int
add_file(const char *path, struct sc_certs *out, struct sc_error *e)
{
	char *pem = NULL;
	size_t n = 0;
	int r;

	if ((r = sc_file_read(path, SC_MAX_PEM_FILE, &pem, &n, e)) != 0)
		return r;
	if ((r = sc_certs_from_pem(pem, n, out, e)) != 0)
		sc_error_prefix(e, "%s", path);
	free(pem);
	return r;
}

static int
not_hidden(const struct dirent *d)
{
	return d->d_name[0] != '.';
}

/* What has no certificate in it is passed over; links are followed. */
static int
add_folder(const char *path, struct sc_certs *out, struct sc_error *e)
{
	struct dirent **names = NULL;
	int i, n = scandir(path, &names, not_hidden, alphasort), r = 0;
	struct stat st;
	char *file;

	if (n < 0)
		return sc_fail(
		    e, SC_ERR_IO, "open %s: %s", path, strerror(errno));
	for (i = 0; i < n; i++) {
		file = sc_asprintf("%s/%s", path, names[i]->d_name);
		if (file == NULL)
			r = sc_fail_nomem(e);
		else if (r == 0 && stat(file, &st) == 0 &&
		    S_ISREG(st.st_mode) &&
		    (r = add_file(file, out, e)) == SC_ERR_MALFORMED)
			r = 0;
		free(file);
		free(names[i]);
	}
	free(names);
	return r;
}

int
sc_cert_source_roots(const char *list, struct sc_certs *out, struct sc_error *e)
{
	char *copy = sc_strdup(list), *save = NULL, *path;
	size_t before = out->n;
	struct stat st;
	int r = 0;

	if (copy == NULL)
		return sc_fail_nomem(e);
	for (path = strtok_r(copy, ",", &save); r == 0 && path != NULL;
	     path = strtok_r(NULL, ",", &save))
		r = stat(path, &st) == 0 && S_ISDIR(st.st_mode)
		    ? add_folder(path, out, e)
		    : add_file(path, out, e);
	free(copy);
	if (r == 0 && out->n == before)
		r = sc_fail(e, SC_ERR_MALFORMED,
		    "\"%s\" contains no PEM certificate blocks", list);
	return r;
}
