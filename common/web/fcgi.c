#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
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
#include "web/response.h"
#include "web/serve.h"

#define SYSTEMD_FD 3
/* How long to wait for more of a body that nobody wants. */
#define LINGER_MS 500
/* Header and body of one response. */
#define OUT_MAX (SC_MAX_RESPONSE + 8192)

static volatile sig_atomic_t stopping;

static void
on_stop(int sig)
{
	(void)sig;
	stopping = 1;
}

/*
 * From here on a signal to end is only taken while waiting for a connection,
 * with the signal mask *waiting: no request is cut off, and none comes in
 * between.  libfcgi's own FCGX_ShutdownPending would lose the answer.
 */
static void
catch_signals(sigset_t *waiting)
{
	struct sigaction sa;
	sigset_t stop;

	memset(&sa, 0, sizeof(sa));
	sa.sa_handler = on_stop;
	(void)sigemptyset(&stop);
	(void)sigaddset(&stop, SIGTERM);
	(void)sigaddset(&stop, SIGHUP);
	(void)sigprocmask(SIG_BLOCK, &stop, waiting);
	(void)sigdelset(waiting, SIGTERM);
	(void)sigdelset(waiting, SIGHUP);
	(void)sigaction(SIGTERM, &sa, NULL);
	(void)sigaction(SIGHUP, &sa, NULL);
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

/* A request, and how much of its body was taken. */
struct exchange {
	FCGX_Request rq;
	size_t taken;
};

static const char *
fcgi_param(void *arg, const char *name)
{
	struct exchange *x = arg;

	return FCGX_GetParam(name, x->rq.envp);
}

static size_t
fcgi_read(void *arg, void *p, size_t n)
{
	struct exchange *x = arg;
	int want = n > 65536 ? 65536 : (int)n;
	int got = FCGX_GetStr(p, want, x->rq.in);

	if (got <= 0)
		return 0;
	x->taken += (size_t)got;
	return (size_t)got;
}

static int
fcgi_write(void *arg, const void *p, size_t n)
{
	struct exchange *x = arg;

	return FCGX_PutStr(p, (int)n, x->rq.out) == (int)n ? 0 : SC_ERR_IO;
}

static int
answer_fcgi(const struct sc_service *s, struct exchange *x)
{
	static const char refusal[] =
	    "Status: 501 Not Implemented\r\nContent-Length: 0\r\n\r\n";
	struct sc_file_part rest;
	struct sc_buf *out;
	int r;

	/* To an authorizer's caller any 200 would mean "authorised". */
	if (x->rq.role != FCGI_RESPONDER) {
		(void)FCGX_PutStr(refusal, sizeof(refusal) - 1, x->rq.out);
		return 0;
	}
	out = sc_buf_new(OUT_MAX);
	r = sc_serve(s, fcgi_param, fcgi_read, x, out, &rest);
	if (r == 0 && fcgi_write(x, sc_buf_data(out), sc_buf_len(out)) == 0 &&
	    rest.fd >= 0)
		r = sc_file_part_send(&rest, fcgi_write, x);
	sc_file_part_close(&rest);
	sc_buf_free(out);
	return r;
}

/* True when some of the body is still to come. */
static int
unread(const struct exchange *x)
{
	const char *text = FCGX_GetParam("CONTENT_LENGTH", x->rq.envp);
	int64_t n;

	return text != NULL && sc_strtonum(text, 0, INT64_MAX, &n) == 0 &&
	    (uint64_t)n > x->taken;
}

/*
 * End the request and the connection.  FCGX_Finish_r would close it too, but
 * only after waiting for the web server to close its end; instead we say
 * that the connection is kept, and close it ourselves.  What was sent is
 * delivered all the same; what is still to be read (a body that nobody
 * wanted) is taken first, because closing over it would be a reset, and the
 * web server would not pass the answer on.
 */
static void
finish(struct exchange *x)
{
	FCGX_Request *rq = &x->rq;
	struct pollfd p = {.events = POLLIN};
	int more = unread(x);
	char rest[8192];

	rq->keepConnection = 1;
	FCGX_Finish_r(rq);
	if (rq->ipcFd < 0)
		return;
	p.fd = rq->ipcFd;
	if (more) /* the web server sees the end, and ends it too */
		(void)shutdown(rq->ipcFd, SHUT_WR);
	while (recv(rq->ipcFd, rest, sizeof(rest), MSG_DONTWAIT) > 0 ||
	    (more && errno == EAGAIN && poll(&p, 1, LINGER_MS) == 1))
		errno = 0;
	(void)close(rq->ipcFd);
	rq->ipcFd = -1;
}

/* However many connections wait, ppoll would not look at signals first. */
static int
told_to_stop(void)
{
	sigset_t pending;

	return stopping ||
	    (sigpending(&pending) == 0 &&
		(sigismember(&pending, SIGTERM) == 1 ||
		    sigismember(&pending, SIGHUP) == 1));
}

/* Until a connection waits (1), or the process is to end (0). */
static int
await_connection(const struct sc_service *s, const sigset_t *waiting,
    sc_idle_fn *idle, void *arg)
{
	const struct timespec tick = {.tv_sec = s->tick};
	struct pollfd p = {.fd = 0, .events = POLLIN};
	int n;

	while (!told_to_stop()) {
		n = ppoll(&p, 1, s->tick > 0 ? &tick : NULL, waiting);
		/* A connection that came after the signal hides it. */
		if (n > 0 && !told_to_stop())
			return 1;
		if (n == 0)
			idle(arg);
	}
	return 0;
}

/* Of several workers that see a connection only one gets it. */
static int
set_nonblocking(int fd)
{
	int flags = fcntl(fd, F_GETFL);

	return flags == -1 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) == -1;
}

static int
run_fcgi(
    const struct sc_service *s, unsigned limit, sc_idle_fn *idle, void *arg)
{
	sigset_t waiting;
	struct exchange x = {.taken = 0};
	int r;

	catch_signals(&waiting);
	if (FCGX_InitRequest(&x.rq, 0, FCGI_FAIL_ACCEPT_ON_INTR) != 0 ||
	    set_nonblocking(0) != 0) {
		sc_log(SC_LOG_ERROR, "cannot initialise FastCGI");
		return 1;
	}
	while (await_connection(s, &waiting, idle, arg)) {
		/* Accepting reads all parameters: the limit holds for it. */
		(void)alarm(limit);
		x.taken = 0;
		if ((r = FCGX_Accept_r(&x.rq)) == 0) {
			(void)answer_fcgi(s, &x);
			finish(&x);
		}
		(void)alarm(0);
		if (r != 0 && r != -EAGAIN) {
			sc_log(SC_LOG_ERROR, "accept: %s", strerror(-r));
			return 1;
		}
		idle(arg);
	}
	FCGX_Free(&x.rq, 1);
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
cgi_write(void *arg, const void *p, size_t n)
{
	return fwrite(p, 1, n, arg) == n ? 0 : SC_ERR_IO;
}

static int
run_cgi(const struct sc_service *s, unsigned limit)
{
	struct sc_file_part rest;
	struct sc_buf *out = sc_buf_new(OUT_MAX);
	int r;

	(void)alarm(limit);
	r = sc_serve(s, cgi_param, cgi_read, NULL, out, &rest);
	if (r == 0)
		r = cgi_write(stdout, sc_buf_data(out), sc_buf_len(out));
	if (r == 0 && rest.fd >= 0)
		r = sc_file_part_send(&rest, cgi_write, stdout);
	if (fflush(stdout) != 0)
		r = SC_ERR_IO;
	sc_file_part_close(&rest);
	sc_buf_free(out);
	return r != 0;
}

static int
request_seconds(unsigned *limit)
{
	const char *text = getenv("STEPC_REQUEST_SECONDS");
	int64_t n = SC_REQUEST_SECONDS;

	if (text != NULL && text[0] != '\0' &&
	    sc_strtonum(text, 1, SC_REQUEST_SECONDS, &n) != 0)
		return SC_ERR_MALFORMED;
	*limit = (unsigned)n;
	return 0;
}

int
sc_fcgi_run(const struct sc_service *s, sc_idle_fn *idle, void *arg)
{
	unsigned limit;

	if (request_seconds(&limit) != 0) {
		sc_log(SC_LOG_ERROR, "STEPC_REQUEST_SECONDS is not 1 to %d",
		    SC_REQUEST_SECONDS);
		return 1;
	}
	(void)signal(SIGPIPE, SIG_IGN);
	adopt_systemd_socket();
	if (FCGX_Init() != 0) {
		sc_log(SC_LOG_ERROR, "cannot initialise FastCGI");
		return 1;
	}
	return FCGX_IsCGI() ? run_cgi(s, limit) : run_fcgi(s, limit, idle, arg);
}
