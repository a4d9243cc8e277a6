#include "config.h"

#include <stdio.h>

#include <json-c/json.h>

#include "base/err.h"
#include "base/json.h"
#include "client/net/ca_client.h"
#include "client/commands.h"
#include "client/cli/options.h"

static int
health(struct sc_args *a, struct sc_error *e)
{
	struct json_object *answer = NULL;
	const char *status = NULL;
	struct sc_ca *ca = NULL;
	int r;

	r = sc_ca_from_args(a, &ca, e);
	if (r == 0)
		r = sc_ca_get(ca, "/health", &answer, e);
	if (r == 0)
		r = sc_json_get_string(answer, "status", &status, e);
	if (r == 0 && (status == NULL || status[0] == '\0'))
		r = sc_fail(e, SC_ERR_MALFORMED,
		    "the CA's answer does not match: no status");
	if (r == 0)
		puts(status);
	json_object_put(answer);
	sc_ca_free(ca);
	return r;
}

const struct sc_command sc_cmd_ca_health = {.name = "health",
    .help = "ask the CA whether it is well",
    .options = {sc_options_ca},
    .run = health};
