#include "config.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <fastcgi.h>
#include <fcgiapp.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/mem.h"
#include "web/fcgi.h"
#include "web/serve.h"

#define SYSTEMD_FD 3
/* Header and body of one response. */
#define OUT_MAX (SC_MAX_RESPONSE + 8192)

static volatile sig_atomic_t stopping;

static void
on_stop(int sig)
{
	(void)sig;
	stopping = 1;
	FCGX_ShutdownPending();
}

static void
catch_signals(void)
{
	struct sigaction sa;

	memset(&sa, 0, sizeof(sa));
	sa.sa_handler = on_stop; /* no SA_RESTART: accept must return */
	(void)sigaction(SIGTERM, &sa, NULL);
	(void)sigaction(SIGHUP, &sa, NULL);
	sa.sa_handler = SIG_IGN;
	(void)sigaction(SIGPIPE, &sa, NULL);
}

/* systemd passes sockets from descriptor 3 on; libfcgi looks at 0. */
static void
adopt_systemd_socket(void)
{
	const char *pid = getenv("LISTEN_PID"), *fds = getenv("LISTEN_FDS");
	int64_t n;

	if (pid == NULL || fds == NULL ||
	    sc_strtonum(pid, 1, INT32_MAX, &n) != 0 || n != getpid() ||
	    sc_strtonum(fds, 1, 1, &n) != 0)
		return;
	if (dup2(SYSTEMD_FD, 0) == 0)
		(void)close(SYSTEMD_FD);
}

static const char *
fcgi_param(void *arg, const char *name)
{
	FCGX_Request *rq = arg;

	return FCGX_GetParam(name, rq->envp);
}

static size_t
fcgi_read(void *arg, void *p, size_t n)
{
	FCGX_Request *rq = arg;
	int want = n > 65536 ? 65536 : (int)n;
	int got = FCGX_GetStr(p, want, rq->in);

	return got > 0 ? (size_t)got : 0;
}

static int
answer_fcgi(const struct sc_service *s, FCGX_Request *rq)
{
	static const char refusal[] =
	    "Status: 501 Not Implemented\r\nContent-Length: 0\r\n\r\n";
	struct sc_buf *out;
	int r;

	/* To an authorizer's caller any 200 would mean "authorised". */
	if (rq->role != FCGI_RESPONDER) {
		(void)FCGX_PutStr(refusal, sizeof(refusal) - 1, rq->out);
		return 0;
	}
	out = sc_buf_new(OUT_MAX);
	r = sc_serve(s, fcgi_param, fcgi_read, rq, out);
	if (r == 0)
		(void)FCGX_PutStr((const char *)sc_buf_data(out),
		    (int)sc_buf_len(out), rq->out);
	sc_buf_free(out);
	return r;
}

/*
 * End the request and the connection.  FCGX_Finish_r would close it too, but
 * only after waiting for the web server to close its end; instead we say
 * that the connection is kept, and close it ourselves.  What was sent is
 * delivered all the same; what is still to be read (a body that nobody
 * wanted) is taken first, because closing over it would be a reset.
 */
static void
finish(FCGX_Request *rq)
{
	char rest[8192];

	rq->keepConnection = 1;
	FCGX_Finish_r(rq);
	if (rq->ipcFd < 0)
		return;
	while (recv(rq->ipcFd, rest, sizeof(rest), MSG_DONTWAIT) > 0)
		;
	(void)close(rq->ipcFd);
	rq->ipcFd = -1;
}

static int
run_fcgi(const struct sc_service *s, sc_idle_fn *idle, void *arg)
{
	FCGX_Request rq;

	if (FCGX_InitRequest(&rq, 0, FCGI_FAIL_ACCEPT_ON_INTR) != 0) {
		sc_log(SC_LOG_ERROR, "cannot initialise FastCGI");
		return 1;
	}
	while (!stopping) {
		if (FCGX_Accept_r(&rq) < 0) {
			if (stopping)
				break;
			sc_log(SC_LOG_ERROR, "accept: %s", strerror(errno));
			return 1;
		}
		(void)alarm(SC_REQUEST_SECONDS);
		(void)answer_fcgi(s, &rq);
		finish(&rq);
		(void)alarm(0);
		idle(arg);
	}
	FCGX_Free(&rq, 1);
	return 0;
}

static const char *
cgi_param(void *arg, const char *name)
{
	(void)arg;
	return getenv(name);
}

static size_t
cgi_read(void *arg, void *p, size_t n)
{
	ssize_t got;

	(void)arg;
	do
		got = read(0, p, n);
	while (got < 0 && errno == EINTR);
	return got > 0 ? (size_t)got : 0;
}

static int
run_cgi(const struct sc_service *s)
{
	struct sc_buf *out = sc_buf_new(OUT_MAX);
	int r;

	(void)alarm(SC_REQUEST_SECONDS);
	r = sc_serve(s, cgi_param, cgi_read, NULL, out);
	if (r == 0 &&
	    fwrite(sc_buf_data(out), 1, sc_buf_len(out), stdout) !=
		sc_buf_len(out))
		r = SC_ERR_IO;
	if (fflush(stdout) != 0)
		r = SC_ERR_IO;
	sc_buf_free(out);
	return r != 0;
}

int
sc_fcgi_run(const struct sc_service *s, sc_idle_fn *idle, void *arg)
{
	int r;

	catch_signals();
	adopt_systemd_socket();
	if (FCGX_Init() != 0) {
		sc_log(SC_LOG_ERROR, "cannot initialise FastCGI");
		return 1;
	}
	r = FCGX_IsCGI() ? run_cgi(s) : run_fcgi(s, idle, arg);
	return r;
}
