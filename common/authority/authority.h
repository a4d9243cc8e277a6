/*
 * The certificate authority as a handler program sees it: configuration,
 * provisioners, keys and store behind one opaque context, opened once at
 * start and constant afterwards.
 */
#ifndef SC_AUTHORITY_AUTHORITY_H
#define SC_AUTHORITY_AUTHORITY_H

#include <stddef.h>
#include <stdint.h>

struct sc_authority;
struct sc_buf;
struct sc_config;
struct sc_error;
struct sc_provisioners;
struct sc_strlist;

/* crypto/key.h: asks for a password when a key turns out to need one. */
typedef int sc_authority_password_fn(
    void *arg, const char *what, char **pw, struct sc_error *e);

enum {
	SC_NEED_X509_KEY = 1, /* opens the issuing key */
	SC_NEED_STORE_READ = 2, /* opens the store if it exists */
	SC_NEED_STORE_WRITE = 4, /* opens the store, creates it if missing */
	/*
	 * Opens the issuing key when revocation lists, or OCSP with a signer
	 * of our own, are enabled; when that fails it is only warned about,
	 * because the last ones are still good.
	 */
	SC_NEED_CRL_KEY = 8,
	/* Opens the delegated OCSP signer when OCSP is enabled (ocsp.h). */
	SC_NEED_OCSP_SIGNER = 16,
	/* The SSH CA's keys, if ca.json has any (ssh_keys.h). */
	SC_NEED_SSH_KEYS = 32, /* to sign with */
	SC_NEED_SSH_PUBLIC = 64, /* to tell and check; only warned about */
	/*
	 * Judges provisioners' tokens: asks their identity providers and
	 * webhooks (online.h).  What that takes is only warned about.
	 */
	SC_NEED_PEERS = 128
};

/*
 * config_path names ca.json; password_file (may be NULL) holds the password
 * of the keys and wins over the configuration's own.  A program opens only
 * what needs says: without SC_NEED_X509_KEY or SC_NEED_CRL_KEY no private key is touched.
 * NOT_FOUND, MALFORMED (with file and member), UNAUTHENTICATED (password).
 */
int sc_authority_open(const char *config_path, const char *password_file,
    unsigned needs, struct sc_authority **out, struct sc_error *e);
/*
 * The same for a program with a person in front of it: when neither
 * password_file nor the configuration has the password, ask is called.
 */
int sc_authority_open_asking(const char *config_path, const char *password_file,
    sc_authority_password_fn *ask, void *arg, unsigned needs,
    struct sc_authority **out, struct sc_error *e);
void sc_authority_close(struct sc_authority *ca);

const struct sc_config *sc_authority_config(const struct sc_authority *ca);
const struct sc_provisioners *sc_authority_provisioners(
    const struct sc_authority *ca);
/*
 * Text for one warning at start: members that are not supported yet and
 * provisioners that are disabled.  "" when there is nothing to say.
 */
const char *sc_authority_warning(const struct sc_authority *ca);

/* Housekeeping between requests (checkpoint of the store). */
int sc_authority_idle(struct sc_authority *ca, struct sc_error *e);

/*
 * What the store has to report since the last call ("index rebuilt from the
 * ledger"), once; "" when nothing.  Borrowed until the next call on ca.
 */
const char *sc_authority_notice(struct sc_authority *ca);

#endif
