#include "config.h"

#include <stdio.h>
#include <stdlib.h>

#include <json-c/json.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/json.h"
#include "base/limits.h"
#include "client/ca/ca_provisioner_edit.h"
#include "client/net/ca_client.h"
#include "client/commands.h"
#include "client/cli/options.h"

static int
list(struct sc_args *a, struct sc_error *e)
{
	struct json_object *all = NULL;
	struct sc_buf *b = NULL;
	struct sc_ca *ca = NULL;
	int r;

	r = sc_ca_from_args(a, &ca, e);
	if (r == 0)
		r = sc_ca_provisioners(ca, &all, e);
	if (r == 0) {
		b = sc_buf_new(2 * SC_MAX_RESPONSE);
		r = sc_json_put(b, all, "   ");
		if (r != 0)
			(void)sc_fail(e, r, "%s", sc_err_text(r));
		else
			puts(sc_buf_str(b));
	}
	sc_buf_free(b);
	json_object_put(all);
	sc_ca_free(ca);
	return r;
}

static int
jwe_key(struct sc_args *a, struct sc_error *e)
{
	struct sc_ca *ca = NULL;
	char *key = NULL;
	int r;

	r = sc_ca_from_args(a, &ca, e);
	if (r == 0)
		r = sc_ca_encrypted_key(ca, sc_args_pos(a, 0), &key, e);
	if (r == 0)
		puts(key);
	free(key);
	sc_ca_free(ca);
	return r;
}

static const struct sc_command cmd_list = {.name = "list",
    .help = "list the provisioners of the CA",
    .options = {sc_options_ca},
    .run = list};

static const struct sc_command cmd_jwe_key = {.name = "jwe-key",
    .args = "<kid>",
    .help = "print the encrypted key of a JWK provisioner",
    .min_args = 1,
    .max_args = 1,
    .options = {sc_options_ca},
    .run = jwe_key};

static const struct sc_command *const subs[] = {&cmd_list,
    &sc_cmd_ca_provisioner_get, &sc_cmd_ca_provisioner_add,
    &sc_cmd_ca_provisioner_update, &sc_cmd_ca_provisioner_remove,
    &sc_cmd_ca_provisioner_webhook, &cmd_jwe_key, NULL};

const struct sc_command sc_cmd_ca_provisioner = {.name = "provisioner",
    .help = "look at the provisioners of the CA, and change them",
    .subs = subs};
