#include "config.h"

#include <stdlib.h>

#include "authority/pki.h"
#include "base/clock.h"
#include "base/err.h"
#include "client/ca/ca_init.h"
#include "client/ca/pki_files.h"
#include "client/commands.h"
#include "config/ca_json.h"
#include "client/cli/options.h"
#include "client/cli/ui.h"

/*
 * What another authority's defaults.json says is no answer here: most flags
 * count only on the command line.
 */
static const struct sc_opt options[] = {
    {.name = "name",
	.arg = "NAME",
	.flags = SC_OPT_LINE_ONLY,
	.help = "name of the PKI, part of the names of its certificates"},
    {.name = "dns",
	.kind = SC_OPT_LIST,
	.arg = "NAME",
	.flags = SC_OPT_LINE_ONLY,
	.help = "DNS name or IP address under which the CA is reached"},
    {.name = "address",
	.arg = "HOST:PORT",
	.flags = SC_OPT_LINE_ONLY,
	.help = "where it listens, as in :443"},
    {.name = "provisioner",
	.arg = "NAME",
	.flags = SC_OPT_LINE_ONLY,
	.help = "name of the first provisioner"},
    {.name = "password-file",
	.arg = "FILE",
	.flags = SC_OPT_LINE_ONLY,
	.help = "file with the password of the new keys"},
    {.name = "provisioner-password-file",
	.arg = "FILE",
	.flags = SC_OPT_LINE_ONLY,
	.help = "file with another password for the provisioner's key"},
    {.name = "with-ca-url",
	.arg = "URL",
	.flags = SC_OPT_LINE_ONLY,
	.help = "URL for clients, when it is not made of name and port"},
    {.name = "deployment-type",
	.arg = "TYPE",
	.flags = SC_OPT_LINE_ONLY,
	.help = "standalone",
	.choices = "standalone, linked, hosted"},
    {.name = "ssh",
	.kind = SC_OPT_BOOL,
	.flags = SC_OPT_LINE_ONLY,
	.help = "make keys for SSH certificates too"},
    {.name = "root",
	.arg = "FILE",
	.flags = SC_OPT_LINE_ONLY,
	.help = "go on from this root certificate"},
    {.name = "key",
	.arg = "FILE",
	.flags = SC_OPT_LINE_ONLY,
	.help = "its private key, which is not copied"},
    {.name = "key-password-file",
	.arg = "FILE",
	.flags = SC_OPT_LINE_ONLY,
	.help = "file with the password of that key"},
    {.name = "pki",
	.kind = SC_OPT_BOOL,
	.flags = SC_OPT_LINE_ONLY,
	.help = "certificates and keys only, no configuration"},
    {.name = "no-db",
	.kind = SC_OPT_BOOL,
	.flags = SC_OPT_LINE_ONLY,
	.help = "name no database in ca.json"},
    {.name = "force",
	.letter = 'f',
	.kind = SC_OPT_BOOL,
	.flags = SC_OPT_LINE_ONLY,
	.help = "overwrite files without asking"},
    SC_OPT_END};

#define REFUSED SC_OPT_LINE_ONLY | SC_OPT_HIDDEN

/* The reference's flags that ask for what is not there yet. */
static const struct sc_opt refused[] = {
    {.name = "acme", .kind = SC_OPT_BOOL, .flags = REFUSED},
    {.name = "remote-management", .kind = SC_OPT_BOOL, .flags = REFUSED},
    {.name = "helm", .kind = SC_OPT_BOOL, .flags = REFUSED},
    {.name = "admin-subject", .flags = REFUSED},
    {.name = "context", .flags = REFUSED},
    {.name = "authority", .flags = REFUSED},
    {.name = "profile", .flags = REFUSED}, {.name = "ra", .flags = REFUSED},
    {.name = "issuer", .flags = REFUSED},
    {.name = "issuer-fingerprint", .flags = REFUSED},
    {.name = "issuer-provisioner", .flags = REFUSED},
    {.name = "credentials-file", .flags = REFUSED},
    {.name = "kms", .flags = REFUSED}, {.name = "kms-root", .flags = REFUSED},
    {.name = "kms-intermediate", .flags = REFUSED},
    {.name = "kms-ssh-host", .flags = REFUSED},
    {.name = "kms-ssh-user", .flags = REFUSED}, SC_OPT_END};

static int
check_refused(const struct sc_args *a, struct sc_error *e)
{
	const struct sc_opt *o;

	for (o = refused; o->name != NULL; o++)
		if (o->kind == SC_OPT_BOOL ? sc_args_bool(a, o->name)
					   : sc_args_given(a, o->name))
			return sc_fail(e, SC_ERR_UNSUPPORTED,
			    "flag '--%s' is not supported yet", o->name);
	return 0;
}

static int
generate(const struct sc_args *a, const struct sc_init *in, struct sc_pki *pki,
    struct sc_error *e)
{
	struct sc_pki_request rq = {
	    .name = in->name,
	    .dns_names = &in->dns_names,
	    .address = in->address,
	    .ca_url = in->ca_url,
	    .provisioner = in->provisioner,
	    .password = in->password,
	    .provisioner_password = in->provisioner_password,
	    .ssh = sc_args_bool(a, "ssh"),
	    .no_db = sc_args_bool(a, "no-db"),
	    .pki_only = in->pki_only,
	    .root = in->root,
	    .root_key = in->root_key,
	    .now = sc_clock_now(),
	};
	char *base = sc_steppath_authority();
	int r;

	if (base == NULL)
		return sc_fail(e, SC_ERR_NOT_FOUND,
		    "there is no home folder; set STEPPATH");
	rq.steppath = base;
	r = sc_pki_create(&rq, pki, e);
	free(base);
	if (r != 0)
		return r;
	sc_ui_info("%s root certificate... done!",
	    in->root != NULL ? "Copying" : "Generating");
	sc_ui_info("Generating intermediate certificate... done!");
	if (rq.ssh)
		sc_ui_info("Generating user and host SSH certificate signing "
			   "keys... done!");
	return 0;
}

static void
tell(const struct sc_pki *pki)
{
	const struct sc_pki_file *f;
	size_t i;

	sc_ui_info("%s", "");
	for (i = 0; i < pki->n; i++) {
		f = &pki->files[i];
		if (f->label == NULL)
			continue;
		if (sc_streq(f->label, "Intermediate certificate"))
			sc_ui_status("Root fingerprint", pki->fingerprint);
		sc_ui_status(f->label, f->path);
	}
	sc_ui_info("\nYour PKI is ready to go. To generate certificates for "
		   "individual services see 'stepc help ca'.");
}

static int
init(struct sc_args *a, struct sc_error *e)
{
	struct sc_init in = {0};
	struct sc_pki pki = {0};
	int r;

	if ((r = check_refused(a, e)) != 0 ||
	    (r = sc_init_answers(a, &in, e)) != 0 ||
	    (r = generate(a, &in, &pki, e)) != 0 ||
	    (r = sc_pki_files_ask(&pki, sc_args_bool(a, "force"), e)) != 0 ||
	    (r = sc_pki_files_write(&pki, e)) != 0)
		goto out;
	tell(&pki);
out:
	sc_pki_clear(&pki);
	sc_init_clear(&in);
	return r;
}

const struct sc_command sc_cmd_ca_init = {.name = "init",
    .help = "make a new PKI and its configuration",
    .notes = "Asks for what no flag says.  An existing file is never "
	     "overwritten without a question, unless --force is given.",
    .options = {options, refused},
    .run = init};
