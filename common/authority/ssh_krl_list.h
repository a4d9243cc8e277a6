/*
 * The SSH revocation list of the authority (an OpenSSH KRL): made once for
 * each change, kept in a file as the X.509 one is, served from there.  It has
 * every revoked serial number under each of the authority's own keys, and
 * needs no private key: TLS, and whoever fetches it, vouch for it.
 */
#ifndef SC_AUTHORITY_SSH_KRL_LIST_H
#define SC_AUTHORITY_SSH_KRL_LIST_H

#include <stdint.h>

struct sc_authority;
struct sc_crl_list;
struct sc_error;

#define SC_KRL_FOLDER "ssh-krl" /* below the store's; files as in crl_file.h */

/*
 * The list, made anew when there are revocations that it does not have, when
 * the authority's keys are others, and when it is missing or damaged.  One
 * that is due and cannot be made is answered by the last one, with the reason
 * in out->stale.  NOT_FOUND without SSH keys.
 */
int sc_authority_ssh_krl(struct sc_authority *ca, int64_t now,
    struct sc_crl_list *out, struct sc_error *e);
/* Make it when it is due; 0 without SSH keys. */
int sc_authority_ssh_krl_refresh(
    struct sc_authority *ca, int64_t now, struct sc_error *e);

#endif
