/*
 * The process side: FastCGI on an inherited listening socket, or plain CGI.
 * This is the only module that knows libfcgi.
 */
#ifndef SC_WEB_FCGI_H
#define SC_WEB_FCGI_H

struct sc_service;

/* Called after each response, and when a tick has passed without one. */
typedef void sc_idle_fn(void *arg);

/*
 * Serve until SIGTERM or SIGHUP (0, after the request in hand) or until
 * accepting fails, or the time limit of the environment is wrong (1).  The socket is descriptor 0, or 3 when systemd passed
 * it (LISTEN_FDS); without one the single request of the environment is
 * answered.  A request that takes longer than SC_REQUEST_SECONDS, or what the
 * variable STEPC_REQUEST_SECONDS says, ends the process: the supervisor starts
 * a new one.  The time begins when a connection is there, before the web
 * server has said anything on it.
 */
int sc_fcgi_run(const struct sc_service *s, sc_idle_fn *idle, void *arg);

#endif
