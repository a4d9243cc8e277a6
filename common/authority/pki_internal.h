/*
 * Shared by the files that make a PKI.
 */
#ifndef SC_AUTHORITY_PKI_INTERNAL_H
#define SC_AUTHORITY_PKI_INTERNAL_H

#include "authority/pki.h"

/*
 * Append a file below rq->steppath.  data is taken over (malloc'ed, wiped on
 * failure too); NULL makes a folder.
 */
int sc_pki_add(struct sc_pki *p, const struct sc_pki_request *rq,
    const char *label, const char *rel, char *data, mode_t mode,
    struct sc_error *e);
/* ca.json and defaults.json. */
int sc_pki_add_config(
    struct sc_pki *p, const struct sc_pki_request *rq, struct sc_error *e);
/* templates/ssh/: what clients and hosts are configured with. */
int sc_pki_add_ssh_templates(
    struct sc_pki *p, const struct sc_pki_request *rq, struct sc_error *e);

#endif
