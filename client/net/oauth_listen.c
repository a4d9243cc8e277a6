#include "config.h"

#include <sys/socket.h>

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <netinet/in.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/limits.h"
#include "base/mem.h"
#include "client/net/oauth_listen.h"

#define PEERS 8
#define LINE_BYTES (SC_MAX_URI + 64)
#define PAGE_BYTES 4096

struct peer {
	int fd; /* -1: free */
	size_t n;
	char line[LINE_BYTES];
};

struct sc_oauth_listener {
	int fd;
	char *url;
	size_t next; /* which place is given up when all are taken */
	struct peer peers[PEERS];
	struct peer *asking; /* whose request is being answered, or NULL */
};

static void
peer_close(struct peer *p)
{
	if (p->fd != -1)
		(void)close(p->fd);
	p->fd = -1;
	p->n = 0;
}

void
sc_oauth_listener_free(struct sc_oauth_listener *l)
{
	size_t i;

	if (l == NULL)
		return;
	for (i = 0; i < PEERS; i++)
		peer_close(&l->peers[i]);
	if (l->fd != -1)
		(void)close(l->fd);
	free(l->url);
	free(l);
}

/* HOST:PORT, in its parts; brackets of IPv6 are taken off. */
static int
split(const char *address, char **host, char **port, struct sc_error *e)
{
	const char *colon = strrchr(address, ':');
	size_t n;

	if (colon == NULL)
		return sc_fail(e, SC_ERR_MALFORMED,
		    "invalid value '%s' for flag '--listen'; it must be "
		    "HOST:PORT",
		    address);
	n = (size_t)(colon - address);
	if (n >= 2 && address[0] == '[' && colon[-1] == ']')
		*host = sc_strndup(address + 1, n - 2);
	else
		*host = n > 0 ? sc_strndup(address, n) : sc_strdup("127.0.0.1");
	*port = sc_strdup(colon + 1);
	return *host == NULL || *port == NULL ? sc_fail_nomem(e) : 0;
}

static int
bind_to(const struct addrinfo *ai)
{
	const int on = 1;
	int fd = socket(ai->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd == -1)
		return -1;
	(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(fd, ai->ai_addr, ai->ai_addrlen) != 0 ||
	    listen(fd, PEERS) != 0) {
		(void)close(fd);
		return -1;
	}
	return fd;
}

static int
set_url(struct sc_oauth_listener *l, const char *host, struct sc_error *e)
{
	struct sockaddr_storage s;
	socklen_t n = sizeof(s);
	char port[NI_MAXSERV];
	bool bare = strchr(host, ':') != NULL;

	if (getsockname(l->fd, (struct sockaddr *)&s, &n) != 0 ||
	    getnameinfo((struct sockaddr *)&s, n, NULL, 0, port, sizeof(port),
		NI_NUMERICSERV) != 0)
		return sc_fail(e, SC_ERR_IO, "the port is not to be told");
	l->url = sc_asprintf(
	    "http://%s%s%s:%s", bare ? "[" : "", host, bare ? "]" : "", port);
	return l->url == NULL ? sc_fail_nomem(e) : 0;
}

static int
open_port(struct sc_oauth_listener *l, const char *address, struct sc_error *e)
{
	const struct addrinfo hints = {.ai_flags = AI_PASSIVE,
	    .ai_family = AF_UNSPEC,
	    .ai_socktype = SOCK_STREAM};
	struct addrinfo *found = NULL, *ai;
	char *host = NULL, *port = NULL;
	int r = split(address, &host, &port, e), why;

	if (r != 0)
		goto out;
	if ((why = getaddrinfo(host, port, &hints, &found)) != 0) {
		r = sc_fail(e, SC_ERR_MALFORMED, "error listening on %s: %s",
		    address, gai_strerror(why));
		goto out;
	}
	for (ai = found; ai != NULL && l->fd == -1; ai = ai->ai_next)
		l->fd = bind_to(ai);
	if (l->fd == -1)
		r = sc_fail(e, SC_ERR_IO, "error listening on %s: %s", address,
		    strerror(errno));
	else
		r = set_url(l, host, e);
out:
	if (found != NULL)
		freeaddrinfo(found);
	free(host);
	free(port);
	return r;
}

int
sc_oauth_listen(
    const char *address, struct sc_oauth_listener **out, struct sc_error *e)
{
	struct sc_oauth_listener *l = calloc(1, sizeof(*l));
	size_t i;
	int r;

	*out = NULL;
	if (l == NULL)
		return sc_fail_nomem(e);
	l->fd = -1;
	for (i = 0; i < PEERS; i++)
		l->peers[i].fd = -1;
	r = open_port(l, address != NULL ? address : "127.0.0.1:0", e);
	if (r == 0) {
		*out = l;
		l = NULL; /* transferred */
	}
	sc_oauth_listener_free(l);
	return r;
}

const char *
sc_oauth_listener_url(const struct sc_oauth_listener *l)
{
	return l->url;
}

static void
welcome(struct sc_oauth_listener *l)
{
	int fd = accept4(l->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	size_t i;

	if (fd == -1)
		return;
	for (i = 0; i < PEERS && l->peers[i].fd != -1; i++)
		;
	if (i == PEERS) {
		i = l->next++ % PEERS;
		peer_close(&l->peers[i]);
	}
	l->peers[i].fd = fd;
}

/* What there is; false: the line is not yet whole. */
static bool
read_line(struct peer *p)
{
	ssize_t n = read(p->fd, p->line + p->n, sizeof(p->line) - 1 - p->n);
	char *end;

	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return false;
	if (n <= 0) {
		peer_close(p);
		return false;
	}
	p->n += (size_t)n;
	p->line[p->n] = '\0';
	end = memchr(p->line, '\n', p->n);
	if (end != NULL)
		*end = '\0';
	/* One that is too long is cut, and then is no request. */
	return end != NULL || p->n == sizeof(p->line) - 1;
}

static void
put_page(struct sc_buf *b, int status, const char *title, const char *text,
    const char *location)
{
	(void)sc_buf_putf(b,
	    "HTTP/1.1 %d %s\r\n"
	    "Content-Type: text/html; charset=utf-8\r\n"
	    "Cache-Control: no-store\r\n"
	    "Connection: close\r\n",
	    status,
	    status == 200	? "OK"
		: status == 302 ? "Found"
		: status == 404 ? "Not Found"
				: "Bad Request");
	if (location != NULL)
		(void)sc_buf_putf(b, "Location: %s\r\n", location);
	(void)sc_buf_putf(b,
	    "\r\n<!doctype html><html lang=\"en\"><title>%s</title>"
	    "<body style=\"font-family:sans-serif;text-align:center;"
	    "margin-top:4em\"><h1>%s</h1><p>%s</p></body></html>\n",
	    title, title, text);
}

static void
reply(struct peer *p, int status, const char *title, const char *text,
    const char *location)
{
	struct sc_buf *b = sc_buf_new(PAGE_BYTES);
	char rest[1024];

	put_page(b, status, title, text, location);
	/* Less than any socket's buffer: it goes at once or not at all. */
	if (sc_buf_error(b) == 0)
		(void)send(p->fd, sc_buf_data(b), sc_buf_len(b), MSG_NOSIGNAL);
	sc_buf_free(b);
	(void)shutdown(p->fd, SHUT_WR);
	/* Closed with something unread, a reset would overtake the page. */
	while (read(p->fd, rest, sizeof(rest)) > 0)
		;
	peer_close(p);
}

/* The query of a GET of path; NULL: the peer has got its answer. */
static const char *
understand(struct peer *p, const char *path)
{
	char *target = p->line + strlen("GET "), *end, *query;

	end = strncmp(p->line, "GET ", 4) == 0 ? strchr(target, ' ') : NULL;
	if (end == NULL || strncmp(end, " HTTP/1.", 8) != 0) {
		reply(p, 400, "Bad request", "This is no request.", NULL);
		return NULL;
	}
	*end = '\0';
	query = target + strcspn(target, "?");
	if (*query == '?')
		*query++ = '\0';
	if (!sc_streq(target, path)) {
		reply(p, 404, "Not found", "There is nothing here.", NULL);
		return NULL;
	}
	return query;
}

static int
wait_for(struct sc_oauth_listener *l, struct pollfd *fds, int64_t deadline,
    struct sc_error *e)
{
	int64_t left = deadline - sc_clock_monotonic();
	size_t i;

	if (left <= 0)
		return sc_fail(e, SC_ERR_IO, "nobody came back in time");
	fds[PEERS] = (struct pollfd){.fd = l->fd, .events = POLLIN};
	for (i = 0; i < PEERS; i++)
		fds[i] =
		    (struct pollfd){.fd = l->peers[i].fd, .events = POLLIN};
	if (poll(fds, PEERS + 1, (int)(left / (SC_SECOND / 1000)) + 1) < 0 &&
	    errno != EINTR)
		return sc_fail(e, SC_ERR_IO, "poll: %s", strerror(errno));
	return 0;
}

int
sc_oauth_accept(struct sc_oauth_listener *l, const char *path, int64_t deadline,
    const char **query, struct sc_error *e)
{
	struct pollfd fds[PEERS + 1];
	struct peer *p;
	size_t i;
	int r;

	*query = NULL;
	l->asking = NULL;
	while ((r = wait_for(l, fds, deadline, e)) == 0) {
		for (i = 0; i < PEERS; i++) {
			p = &l->peers[i];
			if (p->fd == -1 || fds[i].revents == 0 ||
			    !read_line(p) ||
			    (*query = understand(p, path)) == NULL)
				continue;
			l->asking = p;
			return 0;
		}
		if ((fds[PEERS].revents & POLLIN) != 0)
			welcome(l);
	}
	return r;
}

void
sc_oauth_reply(struct sc_oauth_listener *l, int status, const char *title,
    const char *text, const char *location)
{
	if (l->asking != NULL)
		reply(l->asking, status, title, text, location);
	l->asking = NULL;
}
