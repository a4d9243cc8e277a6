/*
 * ca root, ca roots, ca federation.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "client/net/ca_client.h"
#include "client/net/ca_options.h"
#include "client/commands.h"
#include "crypto/cert.h"
#include "client/cli/options.h"
#include "client/cli/output.h"
#include "client/net/pem_out.h"
#include "client/cli/ui.h"

static const struct sc_opt root_options[] = {
    {.name = "fingerprint",
	.arg = "HASH",
	.help = "SHA-256 fingerprint of the root"},
    SC_OPT_END};

/* To the file that the first argument names, or to stdout. */
static int
give(const struct sc_args *a, const char *pem, const char *what,
    struct sc_error *e)
{
	const char *file = sc_args_pos(a, 0);
	int r;

	if (file == NULL) {
		fputs(pem, stdout);
		return 0;
	}
	r = sc_output_write(
	    file, pem, strlen(pem), 0600, sc_args_bool(a, "force"), e);
	if (r == 0)
		sc_ui_info("The %s has been saved in %s.", what, file);
	return r;
}

static int
root(struct sc_args *a, struct sc_error *e)
{
	char *base = NULL, *pem = NULL;
	int64_t timeout = 0;
	int r;

	r = sc_args_check_required(a, "ca-url", e);
	if (r == 0)
		r = sc_args_check_required(a, "fingerprint", e);
	if (r == 0)
		r = sc_ca_url(sc_args_str(a, "ca-url"), &base, e);
	if (r == 0 &&
	    sc_strtonum(sc_args_str(a, "timeout"), 1, 3600, &timeout) != 0)
		r = sc_args_invalid(a, "timeout", sc_args_str(a, "timeout"),
		    "it is in seconds", e);
	if (r == 0)
		r = sc_ca_fetch_root(base, sc_args_str(a, "fingerprint"),
		    (long)timeout, &pem, e);
	if (r == 0)
		r = give(a, pem, "root certificate", e);
	free(pem);
	free(base);
	return r;
}

static int
bundle(
    struct sc_args *a, const char *path, const char *what, struct sc_error *e)
{
	struct sc_certs certs = {NULL, 0};
	struct sc_ca *ca = NULL;
	char *pem = NULL;
	int r;

	r = sc_ca_from_args(a, &ca, e);
	if (r == 0)
		r = sc_ca_fetch_roots(ca, path, &certs, e);
	if (r == 0)
		r = sc_pem_out(&certs, &pem, e);
	if (r == 0)
		r = give(a, pem, what, e);
	free(pem);
	sc_certs_clear(&certs);
	sc_ca_free(ca);
	return r;
}

static int
roots(struct sc_args *a, struct sc_error *e)
{
	return bundle(a, "/roots", "root certificate bundle", e);
}

static int
federation(struct sc_args *a, struct sc_error *e)
{
	return bundle(a, "/federation", "federation certificate bundle", e);
}

const struct sc_command sc_cmd_ca_root = {.name = "root",
    .args = "[<root-file>]",
    .help = "download the root certificate and check its fingerprint",
    .max_args = 1,
    .options = {root_options, sc_options_force, sc_options_ca},
    .run = root};

const struct sc_command sc_cmd_ca_roots = {.name = "roots",
    .args = "[<roots-file>]",
    .help = "download all root certificates of the CA",
    .max_args = 1,
    .options = {sc_options_force, sc_options_ca},
    .run = roots};

const struct sc_command sc_cmd_ca_federation = {.name = "federation",
    .args = "[<federation-file>]",
    .help = "download the roots of the CA and of those it federates with",
    .max_args = 1,
    .options = {sc_options_force, sc_options_ca},
    .run = federation};
