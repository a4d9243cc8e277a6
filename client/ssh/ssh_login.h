/*
 * A new key and certificate that only the agent has.
 */
#ifndef SC_CLIENT_SSH_LOGIN_H
#define SC_CLIENT_SSH_LOGIN_H

struct sc_args;
struct sc_error;

/*
 * For an identity, which is key id and, without --principal, the principal.
 * a has the options of sc_options_ssh_issue, sc_options_provisioner and
 * sc_options_set.
 */
int sc_ssh_login(
    const struct sc_args *a, const char *identity, struct sc_error *e);

#endif
