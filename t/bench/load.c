/*
 * The load generator: one thread per connection, TLS with keep-alive, each
 * taking the next job until there is none.
 */
#include <config.h>

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include <openssl/err.h>
#include <openssl/ssl.h>

#include "base/clock.h"
#include "bench.h"

struct run {
	const struct bench_jobs *jobs;
	size_t from, n;
	atomic_size_t next;
	int64_t *latency;
	const struct bench_client *by;
	SSL_CTX *tls;
};

static int
connect_tcp(const char *host, const char *port)
{
	struct addrinfo hints = {0}, *list, *a;
	int fd = -1, one = 1;

	hints.ai_socktype = SOCK_STREAM;
	if (getaddrinfo(host, port, &hints, &list) != 0)
		bench_die("no address for %s", host);
	for (a = list; a != NULL; a = a->ai_next) {
		fd = socket(a->ai_family, a->ai_socktype, 0);
		if (fd != -1 && connect(fd, a->ai_addr, a->ai_addrlen) == 0)
			break;
		if (fd != -1)
			close(fd);
		fd = -1;
	}
	freeaddrinfo(list);
	if (fd == -1)
		bench_die("cannot connect to %s:%s", host, port);
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	return fd;
}

static SSL *
connect_tls(const struct run *r)
{
	SSL *ssl = SSL_new(r->tls);

	if (ssl == NULL || SSL_set1_host(ssl, r->by->host) != 1 ||
	    SSL_set_tlsext_host_name(ssl, r->by->host) != 1 ||
	    SSL_set_fd(ssl, connect_tcp(r->by->host, r->by->port)) != 1)
		bench_die("cannot prepare a connection");
	if (SSL_connect(ssl) != 1) {
		ERR_print_errors_fp(stderr);
		bench_die("TLS to %s:%s failed", r->by->host, r->by->port);
	}
	return ssl;
}

static void
disconnect(SSL *ssl)
{
	int fd;

	if (ssl == NULL)
		return;
	fd = SSL_get_fd(ssl);
	SSL_shutdown(ssl);
	SSL_free(ssl);
	close(fd);
}

/* Where a header of the response stands that ends at body, or NULL. */
static char *
header(char *text, const char *body, const char *name)
{
	char *p = strcasestr(text, name);

	return p != NULL && p < body ? p : NULL;
}

/*
 * Has all of a response been read?  One in chunks, as other servers send it,
 * is taken to end where its bytes look like the last chunk.
 */
static int
is_whole(char *text, size_t have, size_t max, int status)
{
	static const char last[] = "\r\n0\r\n\r\n";
	char *body = strstr(text, "\r\n\r\n"), *p;
	size_t want = 0;

	if (body == NULL)
		return 0;
	if (header(text, body, "\r\nTransfer-Encoding: chunked") != NULL)
		return have >= sizeof(last) &&
		    strcmp(text + have - (sizeof(last) - 1), last) == 0;
	p = header(text, body, "\r\nContent-Length:");
	if (status != 304 && (p == NULL || sscanf(p + 17, "%zu", &want) != 1))
		bench_die("no Content-Length in a response");
	want += (size_t)(body + 4 - text);
	if (want >= max)
		bench_die("response too large");
	return have >= want;
}

/* Reads one whole response; returns zero when the server keeps the line. */
static int
read_response(SSL *ssl, int status, char *text, size_t max)
{
	size_t have = 0;
	int n, got = 0;

	do {
		n = SSL_read(ssl, text + have, (int)(max - have - 1));
		if (n <= 0)
			bench_die("connection lost inside a response");
		have += (size_t)n;
		text[have] = '\0';
	} while (!is_whole(text, have, max, status));
	if (sscanf(text, "HTTP/1.1 %d ", &got) != 1 || got != status)
		bench_die("refused: %s", text);
	return header(text, strstr(text, "\r\n\r\n"),
		   "\r\nConnection: close") != NULL;
}

static void *
connection_main(void *arg)
{
	struct run *r = arg;
	const size_t max = r->jobs->max;
	char *text = malloc(max);
	SSL *ssl = NULL;
	int64_t began = 0;
	size_t i;

	if (text == NULL)
		bench_die("out of memory");
	while ((i = atomic_fetch_add(&r->next, 1)) < r->n) {
		if (r->by->reconnect)
			began = sc_clock_monotonic();
		if (ssl == NULL)
			ssl = connect_tls(r);
		if (!r->by->reconnect)
			began = sc_clock_monotonic();
		if (SSL_write(ssl, r->jobs->request[r->from + i],
			(int)r->jobs->len[r->from + i]) <= 0)
			bench_die("cannot send");
		if (read_response(ssl, r->jobs->status, text, max) ||
		    r->by->reconnect) {
			disconnect(ssl);
			ssl = NULL;
		}
		r->latency[i] = sc_clock_monotonic() - began;
	}
	disconnect(ssl);
	free(text);
	return NULL;
}

static int
compare(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

static SSL_CTX *
client_tls(const struct bench_client *by)
{
	SSL_CTX *c = SSL_CTX_new(TLS_client_method());

	if (c == NULL || SSL_CTX_load_verify_file(c, by->root_pem) != 1)
		bench_die("cannot load %s", by->root_pem);
	if (by->cert_pem != NULL &&
	    (SSL_CTX_use_certificate_chain_file(c, by->cert_pem) != 1 ||
		SSL_CTX_use_PrivateKey_file(c, by->key_pem, SSL_FILETYPE_PEM) !=
		    1))
		bench_die("cannot load %s", by->cert_pem);
	SSL_CTX_set_verify(c, SSL_VERIFY_PEER, NULL);
	return c;
}

void
bench_load_by(const struct bench_jobs *j, size_t from, size_t n,
    unsigned connections, const struct bench_client *by,
    struct bench_result *out)
{
	struct run r = {.jobs = j, .from = from, .n = n, .by = by};
	pthread_t *threads = calloc(connections, sizeof(*threads));
	int64_t began;
	unsigned i;

	r.tls = client_tls(by);
	r.latency = calloc(n, sizeof(*r.latency));
	if (threads == NULL || r.latency == NULL || from + n > j->n || n == 0)
		bench_die("cannot prepare a run");
	began = sc_clock_monotonic();
	for (i = 0; i < connections; i++)
		if (pthread_create(&threads[i], NULL, connection_main, &r) != 0)
			bench_die("cannot start a thread");
	for (i = 0; i < connections; i++)
		pthread_join(threads[i], NULL);
	out->seconds = (double)(sc_clock_monotonic() - began) / 1e9;
	out->done = n;
	qsort(r.latency, n, sizeof(*r.latency), compare);
	out->p50_ns = r.latency[n / 2];
	out->p99_ns = r.latency[n * 99 / 100];
	free(r.latency);
	free(threads);
	SSL_CTX_free(r.tls);
}

void
bench_load(const struct bench_jobs *j, size_t from, size_t n,
    unsigned connections, const char *host, const char *port,
    const char *root_pem, struct bench_result *out)
{
	const struct bench_client by = {host, port, root_pem, NULL, NULL, 0};

	bench_load_by(j, from, n, connections, &by, out);
}
