/*
 * What an SSH certificate will hold: the built-in one from a grant, or what
 * the provisioner's template makes of it (ssh.md section 6 of the wire
 * contract).
 */
#ifndef SC_AUTHORITY_SSH_LEAF_H
#define SC_AUTHORITY_SSH_LEAF_H

#include "authority/ssh_validity.h"

struct sc_error;
struct sc_hooks;
struct sc_ssh_cert;
struct sc_ssh_grant;
struct sc_ssh_sign_request;

/*
 * Fill c but its key and its times; *times are the template's, or unset.  A
 * template cannot change the type that was granted; what enriching webhooks
 * say is for it.  MALFORMED with what the template says when it fails the
 * request; INTERNAL when it is at fault; the errors of webhooks.h.
 */
int sc_ssh_leaf_plan(struct sc_ssh_cert *c, struct sc_ssh_times *times,
    const struct sc_ssh_sign_request *rq, const struct sc_ssh_grant *g,
    struct sc_hooks *hooks, struct sc_error *e);

#endif
