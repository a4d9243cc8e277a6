/*
 * ssh list, ssh logout: the keys that the agent has.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"
#include "client/cli/options.h"
#include "client/cli/ui.h"
#include "client/commands.h"
#include "client/net/ssh_agent.h"
#include "client/ssh/sshinfo.h"
#include "crypto/ssh_cert.h"
#include "crypto/ssh_key.h"

#define MAX_TEXT (256 * 1024)

static const struct sc_opt list_options[] = {
    {.name = "raw",
	.kind = SC_OPT_BOOL,
	.help = "the keys themselves, as in authorized_keys"},
    SC_OPT_END};

/* One of a kind that is not known is skipped. */
static int
put_key(struct sc_buf *b, const struct sc_agent_key *k, bool raw)
{
	struct sc_ssh_cert *c = NULL;
	struct sc_ssh_key *key = NULL;
	char *line = NULL;
	int r = 0;

	sc_text_clean(k->comment);
	if (sc_ssh_cert_parse(k->blob, k->blob_len, &c, NULL) != 0 &&
	    sc_ssh_key_parse(k->blob, k->blob_len, &key, NULL) != 0)
		return 0;
	if (!raw)
		r = sc_sshinfo_line(
		    c != NULL ? c->key : key, NULL, k->comment, c != NULL, b);
	else if ((r = c != NULL
			 ? sc_ssh_cert_to_line(c, k->comment, &line)
			 : sc_ssh_key_to_line(key, k->comment, &line)) == 0)
		r = sc_buf_putf(b, "%s\n", line);
	free(line);
	sc_ssh_cert_free(c);
	sc_ssh_key_free(key);
	return r;
}

static int
open_agent(
    struct sc_agent **agent, struct sc_agent_keys *keys, struct sc_error *e)
{
	int r = sc_agent_open(agent, e);

	return r != 0 ? r : sc_agent_list(*agent, keys, e);
}

static int
list(struct sc_args *a, struct sc_error *e)
{
	const char *subject = sc_args_pos(a, 0);
	struct sc_buf *b = sc_buf_new(MAX_TEXT);
	struct sc_agent_keys keys = {0};
	struct sc_agent *agent = NULL;
	size_t i;
	int r;

	if ((r = open_agent(&agent, &keys, e)) == 0) {
		for (i = 0; r == 0 && i < keys.n; i++)
			if (subject == NULL ||
			    sc_streq(keys.v[i].comment, subject))
				r = put_key(
				    b, &keys.v[i], sc_args_bool(a, "raw"));
		if (r != 0)
			r = sc_fail(e, r, "%s", sc_err_text(r));
		else
			fputs(sc_buf_len(b) > 0
				? sc_buf_str(b)
				: "The agent has no identities.\n",
			    stdout);
	}
	sc_agent_keys_clear(&keys);
	sc_agent_close(agent);
	sc_buf_free(b);
	return r;
}

const struct sc_command sc_cmd_ssh_list = {.name = "list",
    .args = "[<subject>]",
    .help = "list the keys that the SSH agent has",
    .max_args = 1,
    .options = {list_options},
    .run = list};

static const struct sc_opt logout_options[] = {
    {.name = "identity",
	.arg = "NAME",
	.flags = SC_OPT_LINE_ONLY,
	.help = "the key with this comment"},
    {.name = "all",
	.kind = SC_OPT_BOOL,
	.flags = SC_OPT_LINE_ONLY,
	.help = "keys without a certificate, too"},
    SC_OPT_END};

static bool
is_cert(const struct sc_agent_key *k)
{
	struct sc_ssh_cert *c = NULL;
	bool is = sc_ssh_cert_parse(k->blob, k->blob_len, &c, NULL) == 0;

	sc_ssh_cert_free(c);
	return is;
}

static int
remove_keys(struct sc_agent *agent, const struct sc_agent_keys *keys,
    const char *name, bool all, size_t *removed, struct sc_error *e)
{
	size_t i;
	int r;

	for (i = 0; i < keys->n; i++) {
		const struct sc_agent_key *k = &keys->v[i];

		if ((name != NULL && !sc_streq(k->comment, name)) ||
		    (!all && !is_cert(k)))
			continue;
		r = sc_agent_remove(agent, k->blob, k->blob_len, e);
		if (r != 0)
			return r;
		++*removed;
	}
	return 0;
}

static void
say(const char *name, bool all, size_t removed)
{
	const char *what = removed == 0 ? "Identity not found"
	    : all			? "All identities removed"
					: "Identity removed";

	if (name != NULL)
		printf("%s: %s\n", what, name);
	else
		printf("%s.\n", what);
}

static int
logout(struct sc_args *a, struct sc_error *e)
{
	const char *name = sc_args_pos(a, 0);
	bool all = sc_args_bool(a, "all");
	struct sc_agent_keys keys = {0};
	struct sc_agent *agent = NULL;
	size_t removed = 0;
	int r;

	if (name == NULL)
		name = sc_args_str(a, "identity");
	if ((r = open_agent(&agent, &keys, e)) == 0)
		r = remove_keys(agent, &keys, name, all, &removed, e);
	if (r == 0)
		say(name, all, removed);
	sc_agent_keys_clear(&keys);
	sc_agent_close(agent);
	return r;
}

const struct sc_command sc_cmd_ssh_logout = {.name = "logout",
    .args = "[<identity>]",
    .help = "remove keys with a certificate from the SSH agent",
    .max_args = 1,
    .options = {logout_options},
    .run = logout};
