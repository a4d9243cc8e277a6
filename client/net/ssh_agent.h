/*
 * The SSH agent at $SSH_AUTH_SOCK (draft-ietf-sshm-ssh-agent).
 */
#ifndef SC_CLIENT_SSH_AGENT_H
#define SC_CLIENT_SSH_AGENT_H

#include <stddef.h>
#include <stdint.h>

struct sc_error;
struct sc_key;
struct sc_ssh_cert;
struct sc_agent;

/* NOT_FOUND when there is none, IO; *out NULL then. */
int sc_agent_open(struct sc_agent **out, struct sc_error *e);
void sc_agent_close(struct sc_agent *a); /* NULL is fine */

struct sc_agent_key {
	uint8_t *blob; /* of a key, or of a certificate */
	size_t blob_len;
	char *comment;
};
struct sc_agent_keys { /* zero-initialise; clear when done */
	struct sc_agent_key *v;
	size_t n;
};
void sc_agent_keys_clear(struct sc_agent_keys *l);
int sc_agent_list(
    struct sc_agent *a, struct sc_agent_keys *out, struct sc_error *e);

/*
 * Add a private key, with its certificate (may be NULL), for so many seconds
 * (0: until the agent ends).  FORBIDDEN when the agent refuses.
 */
int sc_agent_add(struct sc_agent *a, const struct sc_key *key,
    const struct sc_ssh_cert *cert, const char *comment, uint32_t seconds,
    struct sc_error *e);
/* By the blob that sc_agent_list told; FORBIDDEN when the agent refuses. */
int sc_agent_remove(
    struct sc_agent *a, const uint8_t *blob, size_t n, struct sc_error *e);

#endif
