/*
 * What `stepc ca init` has to know, from flags or from the person at the
 * terminal.
 */
#ifndef SC_CLIENT_CA_INIT_H
#define SC_CLIENT_CA_INIT_H

#include <stdbool.h>

#include "base/mem.h"

struct sc_args;
struct sc_cert;
struct sc_error;
struct sc_key;

struct sc_init { /* zero-initialise; clear when done */
	char *name, *address, *provisioner;
	char *ca_url; /* NULL: made from name and address */
	char *password, *provisioner_password; /* wiped */
	struct sc_strlist dns_names;
	struct sc_cert *root; /* taken over, or NULL */
	struct sc_key *root_key;
	bool pki_only;
};

/*
 * Take each answer from its flag, else ask, in the reference's order and
 * words.  MALFORMED names the flag whose value is wrong; without a terminal
 * the message names the flag that is missing.
 */
int sc_init_answers(
    const struct sc_args *a, struct sc_init *in, struct sc_error *e);
void sc_init_clear(struct sc_init *in);

#endif
