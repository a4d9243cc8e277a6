/*
 * A user's certificate that the agent holds.
 */
#ifndef SC_CLIENT_SSH_AGENT_CERT_H
#define SC_CLIENT_SSH_AGENT_CERT_H

struct sc_ca;
struct sc_error;
struct sc_ssh_cert;

/*
 * The first one that is valid, that a key of the CA signed, and that has this
 * principal (NULL: any).  NOT_FOUND when there is none, or no agent.
 */
int sc_ssh_agent_cert(struct sc_ca *ca, const char *principal,
    struct sc_ssh_cert **out, struct sc_error *e);

#endif
