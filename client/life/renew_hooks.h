/*
 * What follows a renewal: a signal to a process, then a command; another
 * command after a renewal that failed.
 *
 * A command is split at single blanks; there is no shell and no quoting.  It
 * has our stdin, stdout and stderr, and STEPC_CERT and STEPC_KEY in its
 * environment, after a failure STEPC_ERROR as well.
 */
#ifndef SC_CLIENT_RENEW_HOOKS_H
#define SC_CLIENT_RENEW_HOOKS_H

#include <signal.h>
#include <stdbool.h>
#include <sys/types.h>

#include "client/command.h"

struct sc_args;
struct sc_error;

/* --pid, --pid-file, --signal, --exec, --on-fail */
extern const struct sc_opt sc_options_renew_hooks[];

struct sc_renew_hooks { /* what is pointed at is borrowed from the flags */
	pid_t pid; /* 0 = none */
	const char *pid_file; /* read again each time */
	int signal;
	const char *exec, *on_fail;
};
int sc_renew_hooks_read(
    const struct sc_args *a, struct sc_renew_hooks *h, struct sc_error *e);

/*
 * 0; a negative code; or the exit status of the command, 128 and the signal
 * when one ended it.  waited is NULL, or the blocked signals of a daemon, with
 * SIGCHLD: SIGTERM and SIGINT then give the command five more seconds and
 * set stop, SIGHUP sets again.
 */
struct sc_renew_wait_for {
	const sigset_t *blocked;
	bool stop, again;
};
int sc_renew_hooks_after(const struct sc_renew_hooks *h, const char *crt,
    const char *key, struct sc_renew_wait_for *w, struct sc_error *e);
int sc_renew_hooks_failed(const struct sc_renew_hooks *h, const char *crt,
    const char *key, const char *why, struct sc_renew_wait_for *w,
    struct sc_error *e);

#endif
