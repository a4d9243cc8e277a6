/*
 * ssh inspect, ssh fingerprint, ssh needs-renewal: what a file says.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/mem.h"
#include "client/cli/options.h"
#include "client/commands.h"
#include "client/life/renew_limit.h"
#include "client/ssh/ssh_files.h"
#include "client/ssh/sshinfo.h"
#include "crypto/ssh_cert.h"
#include "crypto/ssh_key.h"

#define MAX_TEXT (512 * 1024)

static const struct sc_opt inspect_options[] = {{.name = "format",
						    .arg = "FORMAT",
						    .def = "text",
						    .choices = "text, json",
						    .help = "text or json"},
    SC_OPT_END};

static int
inspect(struct sc_args *a, struct sc_error *e)
{
	const char *file = sc_args_pos(a, 0);
	const char *name = file != NULL ? file : "stdin";
	struct sc_buf *b = sc_buf_new(MAX_TEXT);
	struct json_object *o = NULL;
	struct sc_ssh_cert *c = NULL;
	int r;

	if ((r = sc_ssh_file_cert(file, &c, NULL, e)) != 0)
		goto out;
	if (sc_streq(sc_args_str(a, "format"), "json")) {
		if ((r = sc_sshinfo_json(c, name, &o)) == 0)
			puts(json_object_to_json_string_ext(o,
			    JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED |
				JSON_C_TO_STRING_NOSLASHESCAPE));
	} else if ((r = sc_sshinfo_text(c, name, b)) == 0) {
		fputs(sc_buf_str(b), stdout);
	}
	if (r != 0)
		r = sc_fail(e, r, "%s", sc_err_text(r));
out:
	json_object_put(o);
	sc_ssh_cert_free(c);
	sc_buf_free(b);
	return r;
}

const struct sc_command sc_cmd_ssh_inspect = {.name = "inspect",
    .args = "[<crt-file>]",
    .help = "show what an SSH certificate says",
    .max_args = 1,
    .options = {inspect_options},
    .run = inspect};

static const struct sc_opt fingerprint_options[] = {
    {.name = "certificate",
	.kind = SC_OPT_BOOL,
	.help = "of the certificate instead of its key"},
    SC_OPT_END};

static int
fingerprint(struct sc_args *a, struct sc_error *e)
{
	const char *file = sc_args_pos(a, 0);
	struct sc_buf *b = sc_buf_new(MAX_TEXT);
	struct sc_ssh_cert *c = NULL;
	struct sc_ssh_key *k = NULL;
	bool whole = sc_args_bool(a, "certificate");
	char *comment = NULL;
	int r;

	r = sc_ssh_file_read(file, &k, &c, &comment, e);
	if (r == 0 && whole && c == NULL)
		r = sc_fail(e, SC_ERR_MALFORMED,
		    "flag '--certificate' requires an SSH certificate");
	if (r == 0)
		r = sc_sshinfo_line(k, whole ? c : NULL, comment, c != NULL, b);
	if (r == 0)
		fputs(sc_buf_str(b), stdout);
	sc_ssh_cert_free(c);
	sc_ssh_key_free(k);
	free(comment);
	sc_buf_free(b);
	return r;
}

const struct sc_command sc_cmd_ssh_fingerprint = {.name = "fingerprint",
    .args = "[<file>]",
    .help = "show the fingerprint of an SSH key or certificate",
    .max_args = 1,
    .options = {fingerprint_options},
    .run = fingerprint};

static const struct sc_opt needs_options[] = {{.name = "verbose",
						  .letter = 'v',
						  .kind = SC_OPT_BOOL,
						  .help = "say it, too"},
    SC_OPT_END};

static int
needs_renewal(struct sc_args *a, struct sc_error *e)
{
	const char *file = sc_args_pos(a, 0);
	struct sc_renew_limit limit;
	struct sc_renew_life life;
	struct sc_ssh_cert *c = NULL;
	bool needs;
	int r;

	if ((r = sc_renew_limit_read(a, &limit, e)) != 0)
		return r;
	r = sc_ssh_file_cert(file, &c, NULL, e);
	if (r == SC_ERR_NOT_FOUND)
		return SC_RENEW_NO_FILE;
	if (r != 0)
		return r;
	life.not_before = (int64_t)c->valid_after;
	life.not_after =
	    c->valid_before > INT64_MAX ? INT64_MAX : (int64_t)c->valid_before;
	needs = c->valid_before != SC_SSH_FOREVER &&
	    sc_renew_limit_reached(&limit, &life, sc_clock_now());
	sc_ssh_cert_free(c);
	return sc_renew_limit_tell(a, needs);
}

const struct sc_command sc_cmd_ssh_needs_renewal = {.name = "needs-renewal",
    .args = "<crt-file>",
    .help = "tell by the exit status whether it is time to renew",
    .notes = "The exit status is 0 when the certificate needs renewal, 1 when "
	     "it does not, 2 when the file does not exist, and 255 after any "
	     "other error.",
    .min_args = 1,
    .max_args = 1,
    .options = {needs_options, sc_options_renew_limit},
    .error_status = SC_RENEW_FAILED,
    .run = needs_renewal};
