/*
 * ssh login: a certificate that only the agent has.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/mem.h"
#include "client/cli/options.h"
#include "client/cli/ui.h"
#include "client/commands.h"
#include "client/net/ca_client.h"
#include "client/net/ca_options.h"
#include "client/net/ssh_agent.h"
#include "client/ssh/ssh_files.h"
#include "client/ssh/ssh_issue.h"
#include "client/ssh/ssh_login.h"
#include "crypto/key.h"
#include "crypto/ssh_cert.h"
#include "crypto/ssh_key.h"

#define BACKDATE 60 /* seconds by which hosts' clocks may be late */

static const struct sc_opt options[] = {
    {.name = "identity",
	.arg = "NAME",
	.flags = SC_OPT_LINE_ONLY,
	.help = "the key id, and comment of the key"},
    SC_OPT_END};

/* A certificate of that name that is valid: 1, else 0. */
static int
is_there(const struct sc_agent_keys *keys, const char *name)
{
	struct sc_ssh_cert *c;
	size_t i;
	int r;

	for (i = 0; i < keys->n; i++) {
		const struct sc_agent_key *k = &keys->v[i];

		if (!sc_streq(k->comment, name) ||
		    sc_ssh_cert_parse(k->blob, k->blob_len, &c, NULL) != 0)
			continue;
		r = sc_ssh_cert_check_time(c, sc_clock_now(), NULL);
		sc_ssh_cert_free(c);
		if (r == 0)
			return 1;
	}
	return 0;
}

static int
look(const char *name, int *there, struct sc_error *e)
{
	struct sc_agent_keys keys = {0};
	struct sc_agent *agent = NULL;
	int r = sc_agent_open(&agent, e);

	if (r == 0 && (r = sc_agent_list(agent, &keys, e)) == 0)
		*there = is_there(&keys, name);
	sc_agent_keys_clear(&keys);
	sc_agent_close(agent);
	return r;
}

/* The identity as it is. */
static int
same_name(const char *key_id, struct sc_strlist *out)
{
	return sc_strlist_add(out, key_id);
}

static int
get(struct sc_ssh_issue *j, struct sc_error *e)
{
	struct sc_key *key = NULL;
	int r;

	if ((r = sc_key_generate("EC", NULL, 0, &key, e)) == 0 &&
	    (r = sc_ssh_key_new(key, &j->pub, e)) == 0 &&
	    (r = sc_ssh_issue_token(j, e)) == 0 &&
	    (r = sc_ssh_issue_request(j, e)) == 0)
		r = sc_ssh_agent_keep(key, j->cert, j->key_id, e);
	if (r == 0)
		sc_ui_status("SSH Agent", "yes");
	sc_key_free(key);
	return r;
}

int
sc_ssh_login(const struct sc_args *a, const char *identity, struct sc_error *e)
{
	struct sc_ssh_issue j = {.a = a, .key_id = identity};
	char after[SC_TIME_MAX];
	int r;

	sc_time_format(sc_clock_now() - BACKDATE, after);
	j.valid_after = after;
	if ((r = sc_args_check_time(a, "not-before", e)) == 0 &&
	    (r = sc_args_check_time(a, "not-after", e)) == 0 &&
	    (r = sc_ssh_issue_names(&j, same_name, e)) == 0)
		r = get(&j, e);
	sc_ssh_issue_clear(&j);
	return r;
}

static int
login(struct sc_args *a, struct sc_error *e)
{
	const char *identity = sc_args_pos(a, 0);
	int there = 0, r;

	if (identity == NULL)
		identity = sc_args_str(a, "identity");
	if (identity == NULL || identity[0] == '\0')
		return sc_args_check_required(a, "identity", e);
	if ((r = look(identity, &there, e)) != 0)
		return r;
	if (there && !sc_args_bool(a, "force")) {
		sc_ui_info("The key %s is already present in the SSH agent.",
		    identity);
		return 0;
	}
	return sc_ssh_login(a, identity, e);
}

const struct sc_command sc_cmd_ssh_login = {.name = "login",
    .args = "[<identity>]",
    .help = "get an SSH certificate into the agent",
    .notes = "Key and certificate are in the SSH agent alone, and gone when "
	     "the certificate has expired.",
    .max_args = 1,
    .options = {options, sc_options_ssh_issue, sc_options_provisioner,
	sc_options_set, sc_options_force, sc_options_ca},
    .run = login};
