#include "config.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/encode.h"
#include "base/err.h"
#include "web/response.h"

#define LINE_IN 48 /* octets of a 64-column line */
#define LINE_OUT 65 /* and its LF */
#define PIECE (LINE_IN * 512)

static size_t
frame_size(const char *label)
{
	return strlen("-----BEGIN -----\n-----END -----\n") + 2 * strlen(label);
}

size_t
sc_file_part_size(const struct sc_file_part *p)
{
	size_t lines = (p->len + LINE_IN - 1) / LINE_IN;

	if (p->fd < 0)
		return 0;
	if (p->pem_label == NULL)
		return p->len;
	return frame_size(p->pem_label) + (p->len + 2) / 3 * 4 + lines;
}

/* Exactly n bytes from the file. */
static int
read_at(int fd, int64_t at, uint8_t *to, size_t n)
{
	ssize_t got;

	while (n > 0) {
		got = pread(fd, to, n, (off_t)at);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return SC_ERR_IO;
		to += got;
		at += got;
		n -= (size_t)got;
	}
	return 0;
}

/* Lines of at most 64 columns, an LF after each. */
static int
send_lines(const uint8_t *p, size_t n, sc_write_fn *fn, void *arg)
{
	struct sc_buf *b = sc_buf_new(PIECE / LINE_IN * LINE_OUT);
	size_t take;
	int r;

	while (n > 0) {
		take = n < LINE_IN ? n : LINE_IN;
		(void)sc_b64_put(b, SC_B64_STD, p, take);
		(void)sc_buf_putc(b, '\n');
		p += take;
		n -= take;
	}
	if ((r = sc_buf_error(b)) == 0)
		r = fn(arg, sc_buf_data(b), sc_buf_len(b));
	sc_buf_free(b);
	return r;
}

static int
send_frame(const char *which, const char *label, sc_write_fn *fn, void *arg)
{
	struct sc_buf *b = sc_buf_new(256);
	int r = sc_buf_putf(b, "-----%s %s-----\n", which, label);

	if (r == 0)
		r = fn(arg, sc_buf_data(b), sc_buf_len(b));
	sc_buf_free(b);
	return r;
}

int
sc_file_part_send(const struct sc_file_part *p, sc_write_fn *fn, void *arg)
{
	uint8_t piece[PIECE];
	size_t done = 0, n;
	int r = 0;

	if (p->pem_label != NULL)
		r = send_frame("BEGIN", p->pem_label, fn, arg);
	for (; r == 0 && done < p->len; done += n) {
		n = p->len - done < PIECE ? p->len - done : PIECE;
		if ((r = read_at(p->fd, p->at + (int64_t)done, piece, n)) != 0)
			break;
		r = p->pem_label != NULL ? send_lines(piece, n, fn, arg)
					 : fn(arg, piece, n);
	}
	if (r == 0 && p->pem_label != NULL)
		r = send_frame("END", p->pem_label, fn, arg);
	return r;
}

void
sc_file_part_close(struct sc_file_part *p)
{
	if (p->fd >= 0)
		(void)close(p->fd);
	p->fd = -1;
}
