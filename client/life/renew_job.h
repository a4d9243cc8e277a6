/*
 * What `ca renew` and `ca rekey` do, once or again and again.
 */
#ifndef SC_CLIENT_RENEW_JOB_H
#define SC_CLIENT_RENEW_JOB_H

#include <stdbool.h>

#include "client/life/cert_pair.h"
#include "client/command.h"
#include "client/life/renew_hooks.h"
#include "client/life/renew_schedule.h"
#include "client/life/renewer.h"

struct sc_args;
struct sc_error;

/* Flags of both: --expires-in, --daemon, --mtls, --password-file */
extern const struct sc_opt sc_options_renew[];

struct sc_renew_job { /* clear when done; strings are borrowed */
	const struct sc_args *a;
	const char *crt, *key; /* what is renewed */
	const char *out_crt, *out_key; /* out_key NULL: the key stays */
	const char *new_key; /* rekey: take this one; NULL = make one */
	bool rekey;
	struct sc_renew_rule rule;
	struct sc_renew_hooks hooks;
	struct sc_renew_way way;
	struct sc_pair_secret secret;
};
/*
 * From the positional arguments and the flags that both commands have, and
 * --PERIOD.  The caller sets the outputs.
 */
int sc_renew_job_read(struct sc_renew_job *j, const struct sc_args *a,
    const char *period, struct sc_error *e);
void sc_renew_job_clear(struct sc_renew_job *j);

/*
 * Load the pair that is to be renewed.  That of the outputs, where they are
 * other files, the key fits, and the certificate ends later: it is what an
 * earlier renewal of this job wrote.
 */
int sc_renew_job_load(
    struct sc_renew_job *j, struct sc_pair *out, struct sc_error *e);
/*
 * Renew or rekey it and write what came.  CONFLICT, and nothing is written,
 * when the key file has meanwhile been replaced.
 */
int sc_renew_job_do(struct sc_renew_job *j, const struct sc_pair *old,
    struct sc_certs *chain, struct sc_error *e);

/* The whole command after its flags: once, or with --daemon for good. */
int sc_renew_job_run(
    struct sc_renew_job *j, const char *period, struct sc_error *e);
int sc_renew_daemon(
    struct sc_renew_job *j, const struct sc_pair *first, struct sc_error *e);

/* "renewed" or "rekeyed" */
const char *sc_renew_job_done(const struct sc_renew_job *j);
void sc_renew_life_of(const struct sc_cert *c, struct sc_renew_life *out);

#endif
