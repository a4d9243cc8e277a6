/*
 * Keys and files for the tests of SSH formats, made by ssh-keygen.
 */
#ifndef SC_T_SSH_KIT_H
#define SC_T_SSH_KIT_H

#include <stdbool.h>
#include <stddef.h>

struct sc_key;
struct sc_ssh_cert;
struct sc_ssh_key;

/* Whether ssh-keygen is here; a test without it says so and returns. */
bool kit_have_ssh_keygen(void);
/*
 * Run "ssh-keygen ARGS" in the temporary folder; its standard output, which
 * lives until the next call, NULL when it failed.
 */
const char *kit_ssh_keygen(const char *fmt, ...)
    __attribute__((format(printf, 1, 2)));
/* A private key (PEM), made once: "ed25519", "ec256", "ec384", ... "rsa". */
const struct sc_key *kit_ssh_key(const char *name);
const struct sc_ssh_key *kit_ssh_public(const char *name);
/* Write the private key for ssh-keygen; the path. */
const char *kit_ssh_key_file(const char *name);
/* Read NAME of the temporary folder: a certificate's line. */
struct sc_ssh_cert *kit_ssh_cert_read(const char *name);

#endif
