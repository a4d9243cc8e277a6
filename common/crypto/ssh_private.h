/*
 * SSH private keys on the wire: OpenSSH's key file (PROTOCOL.key) and the
 * fields that agents take (draft-ietf-sshm-ssh-agent, section 3.2).
 */
#ifndef SC_CRYPTO_SSH_PRIVATE_H
#define SC_CRYPTO_SSH_PRIVATE_H

struct sc_buf;
struct sc_error;
struct sc_key;
struct sc_ssh_cert;

/*
 * Append type and private fields of k as an agent takes them; with a
 * certificate (may be NULL) its type and blob in place of the public fields.
 * b is to be one that wipes.  CRYPTO, NOMEM.
 */
int sc_ssh_put_private(struct sc_buf *b, const struct sc_key *k,
    const struct sc_ssh_cert *cert, struct sc_error *e);
/*
 * A file "OPENSSH PRIVATE KEY", encrypted as ssh_seal.h says unless password
 * is NULL; *pem is malloc'ed, free it with sc_free_secret.  MALFORMED: an
 * empty password; CRYPTO, NOMEM.
 */
int sc_ssh_private_to_pem(const struct sc_key *k, const char *comment,
    const char *password, char **pem, struct sc_error *e);

#endif
