/*
 * A new PKI: what `stepc ca init` generates, as files in memory, so that
 * everything exists before the first one is written.
 */
#ifndef SC_AUTHORITY_PKI_H
#define SC_AUTHORITY_PKI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct json_object;
struct sc_cert;
struct sc_error;
struct sc_key;
struct sc_strlist;

struct sc_pki_request {
	const char *steppath; /* absolute folder of the authority */
	const char *name;
	const struct sc_strlist *dns_names;
	const char *address; /* "host:port" */
	const char *ca_url; /* NULL: made from dns_names and address */
	const char *provisioner;
	const char *password; /* of the keys */
	const char *provisioner_password; /* of the provisioner's key */
	bool ssh;
	bool no_db;
	bool pki_only; /* certificates and keys, no configuration */
	/* An existing root to go on from; both or neither. */
	struct sc_cert *root;
	struct sc_key *root_key;
	int64_t now;
};

struct sc_pki_file {
	const char *label; /* "Root certificate"; NULL = not announced */
	char *path; /* absolute */
	char *data; /* NULL for a folder */
	size_t len;
	mode_t mode;
};
struct sc_pki { /* clear when done; contents are wiped */
	struct sc_pki_file *files; /* in the order of the announcements */
	size_t n;
	char fingerprint[65]; /* of the root, lower-case hex */
};

/* MALFORMED (an unusable root, name or address), CRYPTO, NOMEM. */
int sc_pki_create(
    const struct sc_pki_request *rq, struct sc_pki *out, struct sc_error *e);
void sc_pki_clear(struct sc_pki *p);

/*
 * What makes an SSH authority of one that is there: keys as sc_pki_create
 * makes them (password may be NULL), and files of templates.
 */
#define SC_PKI_SSH_USER_KEY "secrets/ssh_user_ca_key" /* below steppath */
#define SC_PKI_SSH_HOST_KEY "secrets/ssh_host_ca_key"
struct sc_pki_ssh {
	bool user, host, templates;
};
int sc_pki_create_ssh(const char *steppath, const char *password,
    const struct sc_pki_ssh *what, struct sc_pki *out, struct sc_error *e);
/* The member "templates" of ca.json that names them; new reference. */
struct json_object *sc_pki_ssh_templates_json(void);

#endif
