/*
 * Files of SSH keys and certificates: NAME, NAME.pub and NAME-cert.pub.
 */
#ifndef SC_CLIENT_SSH_FILES_H
#define SC_CLIENT_SSH_FILES_H

#include <stdbool.h>

#include "client/command.h"

struct sc_args;
struct sc_error;
struct sc_key;
struct sc_ssh_cert;
struct sc_ssh_key;

/* --password-file, --no-password, --insecure: of the key that is written. */
extern const struct sc_opt sc_options_ssh_key[];
/* From --password-file, or asked for; *out: sc_free_secret. */
int sc_ssh_new_password(
    const struct sc_args *a, char **out, struct sc_error *e);

struct sc_ssh_files { /* zero-initialise; clear when done */
	char *key, *pub, *cert;
};
void sc_ssh_files_clear(struct sc_ssh_files *f);
/*
 * The names beside `name`, which is the public key (.pub is cut off) when
 * only the certificate is to be written.  Asks before what is there is
 * replaced, unless force.  CONFLICT, NOMEM.
 */
int sc_ssh_files_name(struct sc_ssh_files *f, const char *name, bool cert_only,
    bool force, struct sc_error *e);
/* Private and public key, told to the user; password NULL: none. */
int sc_ssh_files_put_key(const struct sc_ssh_files *f, const struct sc_key *k,
    const char *password, const char *comment, struct sc_error *e);
int sc_ssh_files_put_cert(const struct sc_ssh_files *f,
    const struct sc_ssh_cert *c, const char *comment, struct sc_error *e);

/*
 * Read a file ("-" or NULL: stdin) of one line, a public key or a certificate;
 * *cert (may be NULL) is NULL for the former, *key the certified key for the
 * latter; *comment (may be NULL) is malloc'ed.
 */
int sc_ssh_file_read(const char *file, struct sc_ssh_key **key,
    struct sc_ssh_cert **cert, char **comment, struct sc_error *e);
/* MALFORMED when it is no certificate. */
int sc_ssh_file_cert(const char *file, struct sc_ssh_cert **out, char **comment,
    struct sc_error *e);
/* Asks for its password when it has one. */
int sc_ssh_file_private(
    const char *file, struct sc_key **out, struct sc_error *e);

/*
 * Add key and certificate to the agent for as long as the certificate is
 * valid.  NOT_FOUND: there is no agent.
 */
int sc_ssh_agent_keep(const struct sc_key *k, const struct sc_ssh_cert *c,
    const char *comment, struct sc_error *e);

#endif
