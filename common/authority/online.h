/*
 * Whom the authority asks over the network: identity providers for their
 * keys, webhooks.  Everybody else's program stays off the network.
 */
#ifndef SC_AUTHORITY_ONLINE_H
#define SC_AUTHORITY_ONLINE_H

struct sc_authority;
struct sc_error;

/*
 * Get ready for it, before this process locks itself in, where some
 * provisioner needs it: load what requests take, and put together whom to
 * trust beside the system's roots, which is the CA and whom it federates
 * with.  Nobody is asked yet.  needs as for sc_authority_open.  What cannot
 * be loaded is warned about; who needs it is refused then, the others are
 * served.  NOMEM.
 */
int sc_authority_go_online(
    struct sc_authority *ca, unsigned needs, struct sc_error *e);

#endif
