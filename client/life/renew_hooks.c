#include "config.h"

#include <sys/wait.h>

#include <errno.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/file.h"
#include "base/mem.h"
#include "client/cli/core.h"
#include "client/cli/options.h"
#include "client/life/renew_hooks.h"

#define PID_FILE_MAX 64
#define GRACE (5 * SC_SECOND)

extern char **environ;

const struct sc_opt sc_options_renew_hooks[] = {
    {.name = "pid",
	.arg = "N",
	.flags = SC_OPT_LINE_ONLY,
	.help = "process to signal after a renewal"},
    {.name = "pid-file",
	.arg = "FILE",
	.flags = SC_OPT_LINE_ONLY,
	.help = "file with the number of that process"},
    {.name = "signal",
	.arg = "N",
	.flags = SC_OPT_LINE_ONLY,
	.def = "1",
	.help = "number of the signal; 1 is SIGHUP"},
    {.name = "exec",
	.arg = "COMMAND",
	.flags = SC_OPT_LINE_ONLY,
	.help = "run this after a renewal; split at blanks, no shell"},
    {.name = "on-fail",
	.arg = "COMMAND",
	.flags = SC_OPT_LINE_ONLY,
	.help = "run this after a renewal that failed"},
    SC_OPT_END};

static int
read_number(const struct sc_args *a, const char *name, int64_t max,
    int64_t *out, struct sc_error *e)
{
	const char *s = sc_args_str(a, name);

	if (s != NULL && sc_strtonum(s, 1, max, out) != 0)
		return sc_args_invalid(a, name, s, NULL, e);
	return 0;
}

static int
read_pid_file(const char *file, pid_t *out, struct sc_error *e)
{
	char *text = NULL;
	int64_t pid = 0;
	size_t n;
	int r;

	r = sc_file_read(file, PID_FILE_MAX, &text, &n, e);
	if (r != 0)
		return r;
	text[strcspn(text, " \t\r\n")] = '\0';
	if (sc_strtonum(text, 1, INT32_MAX, &pid) != 0)
		r = sc_fail(e, SC_ERR_MALFORMED,
		    "%s: there is no number of a process in it", file);
	free(text);
	*out = (pid_t)pid;
	return r;
}

int
sc_renew_hooks_read(
    const struct sc_args *a, struct sc_renew_hooks *h, struct sc_error *e)
{
	int64_t pid = 0, sig = SIGHUP;
	pid_t now;
	int r;

	memset(h, 0, sizeof(*h));
	r = sc_args_check_exclusive(a, "pid", "pid-file", e);
	if (r == 0)
		r = read_number(a, "pid", INT32_MAX, &pid, e);
	if (r == 0)
		r = read_number(a, "signal", SIGRTMAX, &sig, e);
	h->pid = (pid_t)pid;
	h->signal = (int)sig;
	h->pid_file = sc_args_str(a, "pid-file");
	h->exec = sc_args_str(a, "exec");
	h->on_fail = sc_args_str(a, "on-fail");
	/* What is wrong with it is known before the renewal. */
	if (r == 0 && h->pid_file != NULL)
		r = read_pid_file(h->pid_file, &now, e);
	return r;
}

static int
send_signal(const struct sc_renew_hooks *h, struct sc_error *e)
{
	pid_t pid = h->pid;
	int r;

	if (h->pid_file != NULL &&
	    (r = read_pid_file(h->pid_file, &pid, e)) != 0)
		return r;
	if (pid != 0 && kill(pid, h->signal) != 0)
		return sc_fail(e, SC_ERR_IO,
		    "kill %ld with signal %d failed: %s", (long)pid, h->signal,
		    strerror(errno));
	return 0;
}

/* Words of text, at single blanks, as one NULL-terminated array. */
static char **
split(char *text)
{
	char **v, *p;
	size_t n = 2;

	for (p = text; *p != '\0'; p++)
		n += *p == ' ';
	v = calloc(n, sizeof(*v));
	if (v == NULL)
		return NULL;
	for (n = 0, p = text; p != NULL; n++) {
		v[n] = p;
		p = strchr(p, ' ');
		if (p != NULL)
			*p++ = '\0';
	}
	return v;
}

static int
judge(const char *command, int status, struct sc_error *e)
{
	int code;

	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return 0;
	if (WIFEXITED(status)) {
		code = WEXITSTATUS(status);
		(void)sc_fail(
		    e, SC_ERR_IO, "'%s' failed: exit status %d", command, code);
	} else {
		code = 128 + WTERMSIG(status);
		(void)sc_fail(e, SC_ERR_IO, "'%s' failed: signal %d", command,
		    WTERMSIG(status));
	}
	return code;
}

/* SIGCHLD and the end of the daemon wake us, and a second at the latest. */
static int
wait_daemon(pid_t pid, struct sc_renew_wait_for *w, int *status)
{
	const struct timespec second = {1, 0};
	int64_t end = 0;
	int sig;
	pid_t r;

	for (;;) {
		r = waitpid(pid, status, WNOHANG);
		if (r == pid)
			return 0;
		if (r < 0 && errno != EINTR)
			return -1;
		sig = sigtimedwait(w->blocked, NULL, &second);
		if (sig == SIGTERM || sig == SIGINT) {
			w->stop = true;
			end = sc_clock_monotonic() + GRACE;
		} else if (sig == SIGHUP) {
			w->again = true;
		}
		if (end != 0 && sc_clock_monotonic() >= end)
			return -1;
	}
}

static int
wait_for(pid_t pid, struct sc_renew_wait_for *w, int *status)
{
	if (w != NULL)
		return wait_daemon(pid, w, status);
	while (waitpid(pid, status, 0) != pid)
		if (errno != EINTR)
			return -1;
	return 0;
}

/*
 * The child has no blocked signals, SIGPIPE ends it as usual, and it may leave
 * a core file where it always might.
 */
static int
spawn(char **argv, pid_t *pid)
{
	posix_spawnattr_t at;
	sigset_t none, usual;
	int r;

	(void)sigemptyset(&none);
	(void)sigemptyset(&usual);
	(void)sigaddset(&usual, SIGPIPE);
	if ((r = posix_spawnattr_init(&at)) != 0)
		return r;
	(void)posix_spawnattr_setsigmask(&at, &none);
	(void)posix_spawnattr_setsigdefault(&at, &usual);
	(void)posix_spawnattr_setflags(
	    &at, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
	sc_core_for_child();
	r = posix_spawnp(pid, argv[0], NULL, &at, argv, environ);
	sc_core_for_us();
	(void)posix_spawnattr_destroy(&at);
	return r;
}

static int
run(const char *command, const char *crt, const char *key,
    struct sc_renew_wait_for *w, struct sc_error *e)
{
	char *text, **argv;
	pid_t pid = -1;
	int r, status = 0;
	size_t n;

	while (*command == ' ')
		command++;
	for (n = strlen(command); n > 0 && command[n - 1] == ' '; n--)
		;
	if (n == 0)
		return 0;
	text = sc_strndup(command, n);
	argv = text != NULL ? split(text) : NULL;
	if (argv == NULL || setenv("STEPC_CERT", crt, 1) != 0 ||
	    setenv("STEPC_KEY", key, 1) != 0) {
		r = sc_fail_nomem(e);
		goto out;
	}
	(void)fflush(NULL);
	/* Ignored, as who started us may have left it, children get lost. */
	(void)signal(SIGCHLD, SIG_DFL);
	r = spawn(argv, &pid);
	if (r != 0)
		r = sc_fail(e, SC_ERR_IO, "'%s' cannot be run: %s", command,
		    strerror(r));
	else if (wait_for(pid, w, &status) != 0)
		r = sc_fail(e, SC_ERR_IO, "'%s' was not waited for", command);
	else
		r = judge(command, status, e);
out:
	free(argv);
	free(text);
	return r;
}

int
sc_renew_hooks_after(const struct sc_renew_hooks *h, const char *crt,
    const char *key, struct sc_renew_wait_for *w, struct sc_error *e)
{
	int r;

	r = send_signal(h, e);
	if (r == 0 && h->exec != NULL)
		r = run(h->exec, crt, key, w, e);
	return r;
}

int
sc_renew_hooks_failed(const struct sc_renew_hooks *h, const char *crt,
    const char *key, const char *why, struct sc_renew_wait_for *w,
    struct sc_error *e)
{
	int r;

	if (h->on_fail == NULL)
		return 0;
	if (setenv("STEPC_ERROR", why, 1) != 0)
		return sc_fail_nomem(e);
	r = run(h->on_fail, crt, key, w, e);
	(void)unsetenv("STEPC_ERROR");
	return r;
}
