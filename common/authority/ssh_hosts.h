/*
 * The names of hosts that have certificates, as a worker keeps them: read
 * from the ledger once, then only what is new.
 */
#ifndef SC_AUTHORITY_SSH_HOSTS_H
#define SC_AUTHORITY_SSH_HOSTS_H

#include <stddef.h>
#include <stdint.h>

struct sc_error;
struct sc_store;

struct sc_ssh_host {
	char *name; /* lower case */
	uint64_t seq; /* of its latest certificate */
	int64_t expires; /* of the same */
};

struct sc_ssh_hosts; /* NULL until first asked for */
void sc_ssh_hosts_free(struct sc_ssh_hosts *h);
/* Make it, or bring it up to date. */
int sc_ssh_hosts_update(
    struct sc_ssh_hosts **h, struct sc_store *s, struct sc_error *e);
/* Sorted by name; borrowed until the next update. */
const struct sc_ssh_host *sc_ssh_hosts_list(
    const struct sc_ssh_hosts *h, size_t *n);
/* NULL when there is none; the name in any case. */
const struct sc_ssh_host *sc_ssh_hosts_find(
    const struct sc_ssh_hosts *h, const char *name);

#endif
