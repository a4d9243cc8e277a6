/*
 * ca renew, ca rekey.
 */
#include "config.h"

#include "base/err.h"
#include "client/net/ca_client.h"
#include "client/net/ca_options.h"
#include "client/commands.h"
#include "client/cli/key_options.h"
#include "client/cli/options.h"
#include "client/life/renew_job.h"

static const struct sc_opt renew_options[] = {
    {.name = "out",
	.alias = "output-file",
	.arg = "FILE",
	.flags = SC_OPT_LINE_ONLY,
	.help = "write the certificate to FILE (default: crt-file)"},
    {.name = "renew-period",
	.arg = "DURATION",
	.flags = SC_OPT_LINE_ONLY,
	.help = "with --daemon: renew every DURATION"},
    SC_OPT_END};

static const struct sc_opt rekey_options[] = {
    {.name = "out-cert",
	.arg = "FILE",
	.flags = SC_OPT_LINE_ONLY,
	.help = "write the certificate to FILE (default: crt-file)"},
    {.name = "out-key",
	.arg = "FILE",
	.flags = SC_OPT_LINE_ONLY,
	.help = "write the key to FILE (default: key-file)"},
    {.name = "private-key",
	.arg = "FILE",
	.flags = SC_OPT_LINE_ONLY,
	.help = "take the key in FILE instead of a new one"},
    {.name = "rekey-period",
	.arg = "DURATION",
	.flags = SC_OPT_LINE_ONLY,
	.help = "with --daemon: rekey every DURATION"},
    SC_OPT_END};

static int
renew(struct sc_args *a, struct sc_error *e)
{
	struct sc_renew_job j;
	int r;

	r = sc_renew_job_read(&j, a, "renew-period", e);
	if (sc_args_str(a, "out") != NULL)
		j.out_crt = sc_args_str(a, "out");
	if (r == 0)
		r = sc_renew_job_run(&j, "renew-period", e);
	sc_renew_job_clear(&j);
	return r;
}

static int
rekey(struct sc_args *a, struct sc_error *e)
{
	struct sc_renew_job j;
	int r;

	r = sc_renew_job_read(&j, a, "rekey-period", e);
	if (r == 0)
		r = sc_key_options_check(a, e);
	if (r == 0)
		r = sc_args_check_conflict(a, "private-key", "daemon", e);
	j.rekey = true;
	j.new_key = sc_args_str(a, "private-key");
	if (sc_args_str(a, "out-cert") != NULL)
		j.out_crt = sc_args_str(a, "out-cert");
	j.out_key = sc_args_str(a, "out-key");
	if (j.out_key == NULL && j.new_key == NULL)
		j.out_key = j.key;
	if (r == 0)
		r = sc_renew_job_run(&j, "rekey-period", e);
	sc_renew_job_clear(&j);
	return r;
}

const struct sc_command sc_cmd_ca_renew = {.name = "renew",
    .args = "<crt-file> <key-file>",
    .help = "renew a certificate, once or for good",
    .notes = "With --daemon it is renewed when a third of its life is left, "
	     "less a random part of a twentieth.",
    .min_args = 2,
    .max_args = 2,
    .options = {renew_options, sc_options_renew, sc_options_renew_hooks,
	sc_options_force, sc_options_ca},
    .run = renew};

const struct sc_command sc_cmd_ca_rekey = {.name = "rekey",
    .args = "<crt-file> <key-file>",
    .help = "renew a certificate with a new key",
    .notes = "With --daemon there is a new key each time.",
    .min_args = 2,
    .max_args = 2,
    .options = {rekey_options, sc_options_key, sc_options_renew,
	sc_options_renew_hooks, sc_options_force, sc_options_ca},
    .run = rekey};
