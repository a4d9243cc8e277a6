/*
 * SSHPOP: an SSH certificate and its key speak for themselves.
 */
#ifndef SC_CLIENT_SSH_POP_H
#define SC_CLIENT_SSH_POP_H

struct sc_args;
struct sc_ca;
struct sc_error;
struct sc_key;
struct sc_ssh_cert;

struct sc_ssh_self { /* zero-initialise; clear when done */
	struct sc_ssh_cert *cert;
	struct sc_key *key;
};
/* Read both; they must belong together (MALFORMED). */
int sc_ssh_self_load(struct sc_ssh_self *p, const char *cert, const char *key,
    struct sc_error *e);
void sc_ssh_self_clear(struct sc_ssh_self *p);
/*
 * A token for POST /ssh/OPERATION ("renew", "rekey", "revoke"), of the SSHPOP
 * provisioner that the CA has, or of --provisioner; *out: sc_free_secret.
 * NOT_FOUND when it has none.
 */
int sc_ssh_self_token(const struct sc_ssh_self *p, const struct sc_args *a,
    struct sc_ca *ca, const char *operation, char **out, struct sc_error *e);

#endif
