/*
 * ssh krl, and the keys of the CA: what hosts are to trust, and not.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "base/encode.h"
#include "base/err.h"
#include "base/json.h"
#include "base/mem.h"
#include "client/cli/options.h"
#include "client/cli/output.h"
#include "client/cli/ui.h"
#include "client/commands.h"
#include "client/net/ca_client.h"
#include "client/net/fetch.h"
#include "client/ssh/ssh_fetch.h"
#include "crypto/ssh_key.h"
#include "crypto/ssh_krl.h"

#define MAX_KRL (64 * 1024 * 1024)

static int
get_krl(struct sc_ca *ca, const char *roots, char **bytes, size_t *n,
    struct sc_error *e)
{
	char *url = sc_asprintf("%s/ssh/krl", sc_ca_base(ca));
	struct sc_fetch q = {.url = url, .roots = roots, .max = MAX_KRL};
	struct sc_ssh_krl *krl = NULL;
	int r;

	if (url == NULL)
		return sc_fail_nomem(e);
	r = sc_fetch(&q, bytes, n, e);
	/* sshd lets nobody in when it cannot read the file. */
	if (r == 0 &&
	    (r = sc_ssh_krl_parse((const uint8_t *)*bytes, *n, &krl, e)) != 0)
		sc_error_prefix(e, "the CA sent no revocation list");
	sc_ssh_krl_free(krl);
	free(url);
	return r;
}

static int
krl(struct sc_args *a, struct sc_error *e)
{
	const char *file = sc_args_pos(a, 0);
	const char *roots = sc_args_str(a, "root");
	char *bytes = NULL, *own = NULL;
	struct sc_ca *ca = NULL;
	size_t n = 0;
	int r;

	if (roots == NULL)
		roots = own = sc_output_abs("certs/root_ca.crt");
	if (roots == NULL)
		return sc_fail_nomem(e);
	if ((r = sc_ca_from_args(a, &ca, e)) == 0)
		r = get_krl(ca, roots, &bytes, &n, e);
	if (r == 0)
		r = sc_output_put(file, bytes, n, 0644, e);
	if (r == 0)
		sc_ui_status("Revocation List", file);
	sc_ca_free(ca);
	free(bytes);
	free(own);
	return r;
}

const struct sc_command sc_cmd_ssh_krl = {.name = "krl",
    .args = "<file>",
    .help = "fetch the list of revoked SSH certificates for sshd",
    .notes = "The file is replaced at once and only by a list that can be "
	     "read: it is for RevokedKeys of sshd_config.",
    .min_args = 1,
    .max_args = 1,
    .options = {sc_options_ca},
    .run = krl};

static int
print_key(const char *text, struct sc_error *e)
{
	struct sc_ssh_key *k = NULL;
	uint8_t *blob = NULL;
	char *line = NULL;
	size_t n = 0;
	int r;

	if (text == NULL ||
	    sc_b64_decode(SC_B64_STD, text, strlen(text), &blob, &n) != 0)
		return sc_fail(
		    e, SC_ERR_MALFORMED, "the CA sent an SSH key that is none");
	if ((r = sc_ssh_key_parse(blob, n, &k, e)) == 0 &&
	    (r = sc_ssh_key_to_line(k, NULL, &line)) == 0)
		puts(line);
	sc_ssh_key_free(k);
	free(line);
	free(blob);
	return r;
}

int
sc_ssh_print_keys(const struct sc_args *a, struct sc_error *e)
{
	const char *path =
	    sc_args_bool(a, "federation") ? "/ssh/federation" : "/ssh/roots";
	struct json_object *answer = NULL, *list;
	struct sc_ca *ca = NULL;
	size_t i, n;
	int r;

	if ((r = sc_ca_from_args(a, &ca, e)) == 0)
		r = sc_ca_get(ca, path, &answer, e);
	if (r == 0) {
		list = sc_json_member_exact(
		    answer, sc_args_bool(a, "host") ? "hostKey" : "userKey");
		n = json_object_is_type(list, json_type_array)
		    ? json_object_array_length(list)
		    : 0;
		for (i = 0; r == 0 && i < n; i++)
			r = print_key(json_object_get_string(
					  json_object_array_get_idx(list, i)),
			    e);
		if (r == 0 && n == 0)
			r = sc_fail(e, SC_ERR_NOT_FOUND,
			    "the CA has no SSH keys of this kind");
	}
	json_object_put(answer);
	sc_ca_free(ca);
	return r;
}
