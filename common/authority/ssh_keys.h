/*
 * The SSH CA keys of the authority: one pair for users, one for hosts, and
 * the other public keys that ca.json names.
 *
 * Programs that only tell or check read public keys alone, from the files
 * that "stepc ca init --ssh" writes: KEY.pub beside the private key, or
 * certs/NAME.pub below $STEPPATH.  Those that sign open the private keys and
 * refuse to start when such a file has another key.
 */
#ifndef SC_AUTHORITY_SSH_KEYS_H
#define SC_AUTHORITY_SSH_KEYS_H

#include <stdbool.h>

#include "authority/authority.h"
#include "crypto/ssh_cert.h"

struct sc_authority;
struct sc_buf;
struct sc_error;
struct sc_key;
struct sc_ssh_key;

struct sc_ssh_keys; /* behind struct sc_authority */

/*
 * Read them; *out stays NULL when ca.json has no member ssh.  With signing,
 * the private keys too; ask gets the password of encrypted ones.
 */
int sc_ssh_keys_load(const struct sc_config *config, bool signing,
    sc_authority_password_fn *ask, void *arg, struct sc_ssh_keys **out,
    struct sc_error *e);
void sc_ssh_keys_free(struct sc_ssh_keys *k); /* NULL is fine */

/* UNSUPPORTED (501) when the authority has no SSH keys at all. */
int sc_authority_ssh_enabled(const struct sc_authority *ca, struct sc_error *e);
/* Is there a private key for that type?  UNSUPPORTED. */
int sc_authority_ssh_can_sign(const struct sc_authority *ca,
    enum sc_ssh_cert_type type, struct sc_error *e);
/* sc_ssh_cert_sign with the key for the certificate's type. */
int sc_authority_ssh_sign_cert(
    const struct sc_authority *ca, struct sc_ssh_cert *c, struct sc_error *e);
/* The i-th key that signs, or signed, that type; NULL behind the last. */
const struct sc_ssh_key *sc_authority_ssh_trusted(
    const struct sc_authority *ca, enum sc_ssh_cert_type type, size_t i);
/* The active key, then those of other authorities; NULL behind the last. */
const struct sc_ssh_key *sc_authority_ssh_federated(
    const struct sc_authority *ca, enum sc_ssh_cert_type type, size_t i);
/* The active public key, or NULL. */
const struct sc_ssh_key *sc_authority_ssh_active(
    const struct sc_authority *ca, enum sc_ssh_cert_type type);
/* A certificate with a key of the CA would speak for it: FORBIDDEN. */
int sc_authority_ssh_check_key(const struct sc_authority *ca,
    const struct sc_ssh_key *key, struct sc_error *e);

#endif
