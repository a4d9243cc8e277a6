/*
 * ssh proxycommand: what ssh runs to reach a host of the CA: a certificate
 * for the user first, where the agent has none, and then the way to the host,
 * over the CA's bastion where it has one.
 */
#include "config.h"

#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <json-c/json.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/json.h"
#include "base/mem.h"
#include "client/cli/core.h"
#include "client/cli/options.h"
#include "client/commands.h"
#include "client/net/ca_client.h"
#include "client/net/ca_options.h"
#include "client/ssh/ssh_agent_cert.h"
#include "client/ssh/ssh_issue.h"
#include "client/ssh/ssh_login.h"
#include "crypto/ssh_cert.h"

#define MAX_COMMAND 8192
#define MAX_ARGS 64

struct way {
	const char *user, *host, *port;
};

/* --- directly ----------------------------------------------------------- */

static int
open_connection(const struct way *w, int *out, struct sc_error *e)
{
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *list, *i;
	int r = getaddrinfo(w->host, w->port, &hints, &list), fd = -1, why = 0;

	if (r != 0)
		return sc_fail(
		    e, SC_ERR_NOT_FOUND, "%s: %s", w->host, gai_strerror(r));
	for (i = list; i != NULL && fd < 0; i = i->ai_next) {
		fd = socket(i->ai_family, i->ai_socktype | SOCK_CLOEXEC,
		    i->ai_protocol);
		if (fd >= 0 && connect(fd, i->ai_addr, i->ai_addrlen) != 0) {
			why = errno;
			(void)close(fd);
			fd = -1;
		}
	}
	freeaddrinfo(list);
	if (fd < 0)
		return sc_fail(e, SC_ERR_IO, "%s port %s: %s", w->host, w->port,
		    strerror(why));
	*out = fd;
	return 0;
}

static int
write_all(int fd, const char *p, size_t n)
{
	ssize_t k;

	for (; n > 0; p += k, n -= (size_t)k) {
		k = write(fd, p, n);
		if (k < 0 && errno == EINTR)
			k = 0;
		else if (k <= 0)
			return -1;
	}
	return 0;
}

/* What is there of one to the other; 0 at the end, -1 when either is gone. */
static ssize_t
pass(int from, int to)
{
	char buf[65536];
	ssize_t n = read(from, buf, sizeof buf);

	if (n < 0)
		return errno == EINTR || errno == EAGAIN ? 1 : -1;
	if (n > 0 && write_all(to, buf, (size_t)n) != 0)
		return -1;
	return n;
}

/* Until the host has said all; our end is only told to it. */
static int
relay(int fd, struct sc_error *e)
{
	struct pollfd p[2] = {{STDIN_FILENO, POLLIN, 0}, {fd, POLLIN, 0}};
	ssize_t n;

	for (;;) {
		if (poll(p, 2, -1) < 0 && errno != EINTR)
			return sc_fail(
			    e, SC_ERR_IO, "poll: %s", strerror(errno));
		if (p[0].revents != 0) {
			if ((n = pass(STDIN_FILENO, fd)) < 0)
				return 0;
			if (n == 0) {
				(void)shutdown(fd, SHUT_WR);
				p[0].fd = -1;
			}
		}
		if (p[1].revents != 0 && pass(fd, STDOUT_FILENO) <= 0)
			return 0;
		p[0].revents = p[1].revents = 0;
	}
}

static int
go_directly(const struct way *w, struct sc_error *e)
{
	int fd = -1, r = open_connection(w, &fd, e);

	if (r != 0)
		return r;
	r = relay(fd, e);
	(void)close(fd);
	return r;
}

/* --- over a bastion ----------------------------------------------------- */

/* cmd with %h, %p, %r and %% replaced. */
static char *
bastion_command(const char *cmd, const struct way *w)
{
	struct sc_buf *b = sc_buf_new(MAX_COMMAND);

	if (cmd == NULL || cmd[0] == '\0')
		(void)sc_buf_putf(b, "nc %s %s", w->host, w->port);
	for (; cmd != NULL && *cmd != '\0'; cmd++) {
		if (cmd[0] != '%' || strchr("%hpr", cmd[1]) == NULL ||
		    cmd[1] == '\0') {
			(void)sc_buf_putc(b, *cmd);
			continue;
		}
		cmd++;
		(void)sc_buf_puts(b,
		    *cmd == 'h'	      ? w->host
			: *cmd == 'p' ? w->port
			: *cmd == 'r' ? w->user
				      : "%");
	}
	return sc_buf_steal(b, NULL);
}

static const char *
text_of(struct json_object *o, const char *name)
{
	const char *s = NULL;

	return sc_json_get_string(o, name, &s, NULL) == 0 && s != NULL ? s : "";
}

static int
go_over(struct json_object *bastion, const struct way *w, struct sc_error *e)
{
	const char *user = text_of(bastion, "user");
	const char *port = text_of(bastion, "port");
	char *flags = sc_strdup(text_of(bastion, "flags")), *save = NULL;
	char *host = sc_strdup(text_of(bastion, "hostname"));
	char *command = bastion_command(text_of(bastion, "cmd"), w);
	char *l = sc_strdup(user), *p = sc_strdup(port), *word;
	char ssh[] = "ssh", dash_l[] = "-l", dash_p[] = "-p", end[] = "--";
	char *argv[MAX_ARGS + 16];
	size_t n = 0;
	int r = SC_ERR_NOMEM;

	if (flags != NULL && host != NULL && command != NULL && l != NULL &&
	    p != NULL) {
		argv[n++] = ssh;
		if (user[0] != '\0') {
			argv[n++] = dash_l;
			argv[n++] = l;
		}
		if (port[0] != '\0') {
			argv[n++] = dash_p;
			argv[n++] = p;
		}
		for (word = strtok_r(flags, " \t", &save);
		     word != NULL && n < MAX_ARGS;
		     word = strtok_r(NULL, " \t", &save))
			argv[n++] = word;
		argv[n++] = end;
		argv[n++] = host;
		argv[n++] = command;
		argv[n] = NULL;
		sc_core_for_child();
		(void)execvp(ssh, argv);
		r = sc_fail(e, SC_ERR_IO, "ssh: %s", strerror(errno));
	} else {
		(void)sc_fail_nomem(e);
	}
	free(flags);
	free(host);
	free(command);
	free(l);
	free(p);
	return r;
}

/* --- all of it ---------------------------------------------------------- */

/*
 * Host and user may go into a command on the bastion: nothing that a shell
 * reads, and no option.
 */
static int
check_way(const struct way *w, struct sc_error *e)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
				    "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789._@:%+-";
	int64_t port;

	if (w->host[0] == '\0' || w->host[0] == '-' ||
	    w->host[strspn(w->host, plain)] != '\0')
		return sc_fail(e, SC_ERR_MALFORMED,
		    "\"%.128s\" is not the name of a host", w->host);
	if (w->user[0] == '\0' || w->user[0] == '-' ||
	    w->user[strspn(w->user, plain)] != '\0')
		return sc_fail(e, SC_ERR_MALFORMED,
		    "\"%.128s\" is not the name of a user", w->user);
	if (sc_strtonum(w->port, 1, 65535, &port) != 0)
		return sc_fail(
		    e, SC_ERR_MALFORMED, "\"%.16s\" is not a port", w->port);
	return 0;
}

static int
get_certificate(const struct sc_args *a, struct sc_ca *ca, const char *user,
    struct sc_error *e)
{
	struct sc_ssh_cert *c = NULL;
	struct sc_error why = SC_ERROR_INIT;
	int r = sc_ssh_agent_cert(ca, user, &c, &why);

	sc_ssh_cert_free(c);
	if (r == SC_ERR_NOT_FOUND)
		return sc_ssh_login(a, user, e);
	if (r != 0)
		*e = why;
	return r;
}

static int
find_bastion(struct sc_ca *ca, const struct way *w, struct json_object **answer,
    struct sc_error *e)
{
	struct json_object *body = json_object_new_object();
	struct sc_ca_call call = {.path = "/ssh/bastion", .body = body};
	int r;

	if (body == NULL ||
	    json_object_object_add(
		body, "user", json_object_new_string(w->user)) != 0 ||
	    json_object_object_add(
		body, "hostname", json_object_new_string(w->host)) != 0)
		r = sc_fail_nomem(e);
	else
		r = sc_ca_call(ca, &call, answer, e);
	json_object_put(body);
	return r;
}

static int
proxycommand(struct sc_args *a, struct sc_error *e)
{
	const struct way w = {
	    sc_args_pos(a, 0), sc_args_pos(a, 1), sc_args_pos(a, 2)};
	struct json_object *answer = NULL, *bastion;
	struct sc_ca *ca = NULL;
	int r;

	if ((r = check_way(&w, e)) == 0 &&
	    (r = sc_ca_from_args(a, &ca, e)) == 0 &&
	    (r = get_certificate(a, ca, w.user, e)) == 0 &&
	    (r = find_bastion(ca, &w, &answer, e)) == 0) {
		bastion = sc_json_member_exact(answer, "bastion");
		/* The bastion itself is reached without one. */
		if (json_object_is_type(bastion, json_type_object) &&
		    text_of(bastion, "hostname")[0] != '\0' &&
		    !sc_streq(text_of(bastion, "hostname"), w.host))
			r = go_over(bastion, &w, e);
		else
			r = go_directly(&w, e);
	}
	json_object_put(answer);
	sc_ca_free(ca);
	return r;
}

const struct sc_command sc_cmd_ssh_proxycommand = {.name = "proxycommand",
    .args = "<user> <host> <port>",
    .help = "connect ssh to a host, after login where that is needed",
    .notes = "For ProxyCommand of ssh_config.  When the agent has no "
	     "certificate of the CA for the user, it gets one as by ssh "
	     "login.",
    .min_args = 3,
    .max_args = 3,
    .options = {sc_options_ssh_issue, sc_options_provisioner, sc_options_set,
	sc_options_ca},
    .run = proxycommand};
