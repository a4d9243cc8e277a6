/*
 * What anybody may read of the SSH authority: keys, hosts, the bastion.
 * Every function appends to out and fails with NOMEM or as stated.
 */
#ifndef SC_AUTHORITY_SSH_PUBLIC_H
#define SC_AUTHORITY_SSH_PUBLIC_H

#include <stdbool.h>
#include <stdint.h>

struct sc_authority;
struct sc_buf;
struct sc_error;

/*
 * {"userKey":[...],"hostKey":[...]}: the active keys, then those that are
 * trusted besides, or with federated those of other authorities.  NOT_FOUND
 * when there is none at all.
 */
int sc_ssh_public_keys_json(const struct sc_authority *ca, bool federated,
    struct sc_buf *out, struct sc_error *e);
/*
 * {"hosts":[...]}: the names that have a host certificate which has not
 * expired, sorted.  NOT_FOUND when the configuration hides them.
 */
int sc_ssh_public_hosts_json(struct sc_authority *ca, int64_t now,
    struct sc_buf *out, struct sc_error *e);
/* {"exists":...}: was a host certificate ever issued for this name? */
int sc_ssh_public_check_host_json(struct sc_authority *ca,
    const char *principal, struct sc_buf *out, struct sc_error *e);
/*
 * {"hostname":...,"bastion":{...}}, without the second for the bastion
 * itself and when there is none.  NOT_FOUND without an SSH authority.
 */
int sc_ssh_public_bastion_json(const struct sc_authority *ca,
    const char *hostname, struct sc_buf *out, struct sc_error *e);

#endif
