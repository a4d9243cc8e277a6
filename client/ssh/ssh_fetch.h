/*
 * The keys of the CA, for those who are to trust them.
 */
#ifndef SC_CLIENT_SSH_FETCH_H
#define SC_CLIENT_SSH_FETCH_H

struct sc_args;
struct sc_error;

/* On stdout, as --federation and --host say. */
int sc_ssh_print_keys(const struct sc_args *a, struct sc_error *e);

#endif
