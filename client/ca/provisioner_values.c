/*
 * From flags to values of members.
 */
#include "config.h"

#include <json-c/json.h>
#include <stdlib.h>

#include "base/encode.h"
#include "base/err.h"
#include "base/file.h"
#include "base/limits.h"
#include "base/mem.h"
#include "client/ca/provisioner_table.h"
#include "client/cli/options.h"
#include "crypto/cert.h"
#include "crypto/key.h"

static int
text_value(const char *s, struct json_object **out, struct sc_error *e)
{
	*out = json_object_new_string(s);
	return *out != NULL ? 0 : sc_fail_nomem(e);
}

int
sc_prov_text(const struct sc_args *a, const struct sc_prov_member *m,
    struct json_object **out, struct sc_error *e)
{
	return text_value(sc_args_str(a, m->flag), out, e);
}

int
sc_prov_switch(const struct sc_args *a, const struct sc_prov_member *m,
    struct json_object **out, struct sc_error *e)
{
	*out = json_object_new_boolean(sc_args_bool(a, m->flag));
	return *out != NULL ? 0 : sc_fail_nomem(e);
}

static int
base64_value(
    const void *p, size_t n, struct json_object **out, struct sc_error *e)
{
	char *s = sc_b64_encode(SC_B64_STD, p, n);
	int r = s != NULL ? text_value(s, out, e) : sc_fail_nomem(e);

	free(s);
	return r;
}

static int
check_roots(const char *file, const char *pem, size_t n, struct sc_error *e)
{
	struct sc_certs roots = {0};
	size_t i;
	int r;

	if ((r = sc_certs_from_pem(pem, n, &roots, e)) != 0)
		sc_error_prefix(e, "error parsing %s", file);
	for (i = 0; r == 0 && i < roots.n; i++)
		if (!sc_cert_is_ca(roots.v[i]))
			r = sc_fail(e, SC_ERR_MALFORMED,
			    "error parsing %s: certificate %zu is not that of "
			    "a CA",
			    file, i + 1);
	sc_certs_clear(&roots);
	return r;
}

int
sc_prov_roots(const struct sc_args *a, const struct sc_prov_member *m,
    struct json_object **out, struct sc_error *e)
{
	const char *file = sc_args_str(a, m->flag);
	char *pem = NULL;
	size_t n = 0;
	int r = sc_file_read(file, SC_MAX_PEM_FILE, &pem, &n, e);

	if (r == 0 && (r = check_roots(file, pem, n, e)) == 0)
		r = base64_value(pem, n, out, e);
	free(pem);
	return r;
}

int
sc_prov_keys(const struct sc_args *a, const struct sc_prov_member *m,
    struct json_object **out, struct sc_error *e)
{
	const char *file = sc_args_str(a, m->flag);
	struct sc_key *first = NULL;
	char *pem = NULL;
	size_t n = 0;
	int r = sc_file_read(file, SC_MAX_PEM_FILE, &pem, &n, e);

	if (r == 0)
		r = sc_key_public_from_pem(pem, n, file, &first, e);
	if (r == 0)
		r = base64_value(pem, n, out, e);
	sc_key_free(first);
	free(pem);
	return r;
}
