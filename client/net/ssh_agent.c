#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"
#include "client/net/ssh_agent.h"
#include "crypto/ssh_private.h"
#include "crypto/ssh_wire.h"

#define MAX_MESSAGE (256 * 1024)
#define MAX_COMMENT 4096
#define SECONDS 30 /* an agent may ask its owner first */

/* Numbers of messages. */
enum {
	SUCCESS = 6,
	REQUEST_IDENTITIES = 11,
	IDENTITIES_ANSWER = 12,
	ADD_IDENTITY = 17,
	REMOVE_IDENTITY = 18,
	ADD_ID_CONSTRAINED = 25,
	CONSTRAIN_LIFETIME = 1
};

struct sc_agent {
	int fd;
	uint8_t *answer; /* the last one */
	size_t len;
};

static int
dial(struct sc_agent *a, const char *path, struct sc_error *e)
{
	struct sockaddr_un to = {.sun_family = AF_UNIX};
	struct timeval limit = {SECONDS, 0};

	if (strlen(path) >= sizeof(to.sun_path))
		return sc_fail(
		    e, SC_ERR_MALFORMED, "SSH_AUTH_SOCK is too long");
	memcpy(to.sun_path, path, strlen(path));
	a->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (a->fd < 0 ||
	    connect(a->fd, (struct sockaddr *)&to, sizeof(to)) != 0)
		return sc_fail(e, SC_ERR_IO,
		    "error connecting with the SSH agent at %s: %s", path,
		    strerror(errno));
	(void)setsockopt(a->fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	(void)setsockopt(a->fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
	return 0;
}

int
sc_agent_open(struct sc_agent **out, struct sc_error *e)
{
	const char *path = getenv("SSH_AUTH_SOCK");
	struct sc_agent *a;
	int r;

	*out = NULL;
	if (path == NULL || path[0] == '\0')
		return sc_fail(e, SC_ERR_NOT_FOUND,
		    "there is no SSH agent: SSH_AUTH_SOCK is not set");
	if ((a = calloc(1, sizeof(*a))) == NULL)
		return sc_fail_nomem(e);
	a->fd = -1;
	if ((r = dial(a, path, e)) != 0) {
		sc_agent_close(a);
		return r;
	}
	*out = a;
	return 0;
}

void
sc_agent_close(struct sc_agent *a)
{
	if (a == NULL)
		return;
	if (a->fd >= 0)
		(void)close(a->fd);
	free(a->answer);
	free(a);
}

static int
talk_failed(struct sc_error *e)
{
	return sc_fail(e, SC_ERR_IO, "the SSH agent does not answer: %s",
	    errno == 0 ? "connection closed" : strerror(errno));
}

static int
send_all(struct sc_agent *a, const uint8_t *p, size_t n, struct sc_error *e)
{
	ssize_t k;

	while (n > 0) {
		k = send(a->fd, p, n, MSG_NOSIGNAL);
		if (k < 0 && errno == EINTR)
			continue;
		if (k <= 0)
			return talk_failed(e);
		p += k;
		n -= (size_t)k;
	}
	return 0;
}

static int
receive(struct sc_agent *a, uint8_t *p, size_t n, struct sc_error *e)
{
	ssize_t k;

	while (n > 0) {
		errno = 0;
		k = recv(a->fd, p, n, 0);
		if (k < 0 && errno == EINTR)
			continue;
		if (k <= 0)
			return talk_failed(e);
		p += k;
		n -= (size_t)k;
	}
	return 0;
}

/* Send the message in b; the answer is in a->answer. */
static int
ask(struct sc_agent *a, const struct sc_buf *b, struct sc_error *e)
{
	size_t n = sc_buf_len(b);
	uint8_t head[4] = {(uint8_t)(n >> 24), (uint8_t)(n >> 16),
	    (uint8_t)(n >> 8), (uint8_t)n};
	int r;

	if ((r = sc_buf_error(b)) != 0)
		return sc_fail(e, r, "message to the SSH agent");
	if ((r = send_all(a, head, sizeof(head), e)) != 0 ||
	    (r = send_all(a, sc_buf_data(b), n, e)) != 0 ||
	    (r = receive(a, head, sizeof(head), e)) != 0)
		return r;
	a->len = (size_t)head[0] << 24 | (size_t)head[1] << 16 |
	    (size_t)head[2] << 8 | head[3];
	if (a->len == 0 || a->len > MAX_MESSAGE)
		return sc_fail(e, SC_ERR_MALFORMED,
		    "the SSH agent answers %zu bytes", a->len);
	free(a->answer);
	if ((a->answer = malloc(a->len)) == NULL)
		return sc_fail_nomem(e);
	return receive(a, a->answer, a->len, e);
}

static int
ask_to(struct sc_agent *a, const struct sc_buf *b, const char *what,
    struct sc_error *e)
{
	int r = ask(a, b, e);

	if (r == 0 && a->answer[0] != SUCCESS)
		r = sc_fail(
		    e, SC_ERR_FORBIDDEN, "the SSH agent refuses to %s", what);
	return r;
}

void
sc_agent_keys_clear(struct sc_agent_keys *l)
{
	size_t i;

	for (i = 0; i < l->n; i++) {
		free(l->v[i].blob);
		free(l->v[i].comment);
	}
	free(l->v);
	l->v = NULL;
	l->n = 0;
}

static int
read_key(struct sc_reader *r, struct sc_agent_key *k)
{
	const uint8_t *blob = sc_reader_string(r, &k->blob_len);

	k->comment = sc_ssh_get_text(r, MAX_COMMENT);
	if (r->err != 0 || blob == NULL)
		return r->err != 0 ? r->err : SC_ERR_MALFORMED;
	if ((k->blob = malloc(k->blob_len + 1)) == NULL)
		return SC_ERR_NOMEM;
	memcpy(k->blob, blob, k->blob_len);
	return 0;
}

int
sc_agent_list(struct sc_agent *a, struct sc_agent_keys *out, struct sc_error *e)
{
	struct sc_buf *b = sc_buf_new(16);
	struct sc_reader rd;
	uint32_t n;
	int r;

	(void)sc_buf_put_u8(b, REQUEST_IDENTITIES);
	r = ask(a, b, e);
	sc_buf_free(b);
	if (r != 0)
		return r;
	sc_reader_init(&rd, a->answer, a->len);
	if (sc_reader_u8(&rd) != IDENTITIES_ANSWER)
		return sc_fail(e, SC_ERR_FORBIDDEN,
		    "the SSH agent refuses to list its keys");
	n = sc_reader_u32(&rd);
	/* An entry has at least two lengths. */
	if (n > a->len / 8)
		return sc_fail(
		    e, SC_ERR_MALFORMED, "the SSH agent's answer is damaged");
	if (n > 0 && (out->v = calloc(n, sizeof(*out->v))) == NULL)
		return sc_fail_nomem(e);
	for (; r == 0 && out->n < n; out->n++)
		r = read_key(&rd, &out->v[out->n]);
	if (r == 0)
		r = sc_reader_end(&rd);
	if (r == 0)
		return 0;
	sc_agent_keys_clear(out);
	return sc_fail(e, r, "the SSH agent's answer is damaged");
}

int
sc_agent_add(struct sc_agent *a, const struct sc_key *key,
    const struct sc_ssh_cert *cert, const char *comment, uint32_t seconds,
    struct sc_error *e)
{
	struct sc_buf *b = sc_buf_new(MAX_MESSAGE);
	int r;

	(void)sc_buf_put_u8(
	    b, seconds != 0 ? ADD_ID_CONSTRAINED : ADD_IDENTITY);
	if ((r = sc_ssh_put_private(b, key, cert, e)) == 0) {
		(void)sc_ssh_put_text(b, comment);
		if (seconds != 0) {
			(void)sc_buf_put_u8(b, CONSTRAIN_LIFETIME);
			(void)sc_buf_put_u32(b, seconds);
		}
		r = ask_to(a, b, "add the key", e);
	}
	sc_buf_free(b);
	return r;
}

int
sc_agent_remove(
    struct sc_agent *a, const uint8_t *blob, size_t n, struct sc_error *e)
{
	struct sc_buf *b = sc_buf_new(MAX_MESSAGE);
	int r;

	(void)sc_buf_put_u8(b, REMOVE_IDENTITY);
	(void)sc_buf_put_string(b, blob, n);
	r = ask_to(a, b, "remove the key", e);
	sc_buf_free(b);
	return r;
}
