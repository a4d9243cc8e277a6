/*
 * The members "ssh" and "authority.disableGetSSHHosts" of ca.json.
 */
#ifndef SC_CONFIG_SSH_H
#define SC_CONFIG_SSH_H

#include <stdbool.h>
#include <stddef.h>

#include "base/mem.h"

struct json_object;
struct sc_error;
struct sc_key;

/* One of ssh.keys: another CA key that hosts and users trust. */
struct sc_config_ssh_key {
	bool host; /* else user */
	bool federated; /* of another authority: only told, not accepted */
	struct sc_key *key;
};

/* All strings are owned, "" when the member is absent. */
struct sc_config_ssh { /* zero-initialise; clear when done */
	bool present; /* there is a member ssh */
	char *host_key, *user_key; /* absolute paths */
	struct sc_config_ssh_key *keys;
	size_t keys_n;
	struct sc_strlist revoked_key_ids; /* ours: step-ca does not know it */
	char *add_user_principal, *add_user_command;
	struct {
		char *hostname, *user, *port, *cmd, *flags;
	} bastion;
	bool hide_hosts; /* authority.disableGetSSHHosts */
};

/*
 * Read it from the top of ca.json; paths are relative to steppath.
 * MALFORMED names the member.
 */
int sc_config_ssh_load(struct json_object *root, const char *steppath,
    struct sc_config_ssh *out, struct sc_error *e);
void sc_config_ssh_clear(struct sc_config_ssh *c);

#endif
