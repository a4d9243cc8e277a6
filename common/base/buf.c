#include "config.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"

/* Room to begin with: most are short, but what may be long mostly is. */
#define FIRST_SIZE 256
#define FIRST_SIZE_OF_LARGE 4096
#define LARGE (4 * 1024 * 1024)

struct sc_buf {
	uint8_t *p;
	size_t len;
	size_t size; /* allocated, room for the NUL included */
	size_t max;
	int err;
};

struct sc_buf *
sc_buf_new(size_t max)
{
	struct sc_buf *b;

	b = calloc(1, sizeof(*b));
	if (b == NULL)
		return NULL;
	if (max > SIZE_MAX - 1)
		max = SIZE_MAX - 1;
	b->max = max;
	b->size = max < FIRST_SIZE ? max + 1
	    : max < LARGE	   ? FIRST_SIZE
				   : FIRST_SIZE_OF_LARGE;
	b->p = malloc(b->size);
	if (b->p == NULL) {
		free(b);
		return NULL;
	}
	b->p[0] = '\0';
	return b;
}

void
sc_buf_free(struct sc_buf *b)
{
	if (b == NULL)
		return;
	sc_freezero(b->p, b->len);
	free(b);
}

void
sc_buf_reset(struct sc_buf *b)
{
	if (b == NULL)
		return;
	sc_wipe(b->p, b->len);
	b->len = 0;
	b->err = 0;
}

/* Not realloc: it would leave a copy of the old contents behind. */
static int
grow(struct sc_buf *b, size_t need)
{
	uint8_t *p;
	size_t size;

	if (need < b->size)
		return 0;
	size = b->size > b->max / 2 ? b->max : b->size * 2;
	if (size < need)
		size = need;
	p = malloc(size + 1);
	if (p == NULL)
		return SC_ERR_NOMEM;
	memcpy(p, b->p, b->len);
	sc_freezero(b->p, b->len);
	b->p = p;
	b->size = size + 1;
	return 0;
}

uint8_t *
sc_buf_reserve(struct sc_buf *b, size_t n)
{
	uint8_t *p;

	if (b == NULL || b->err != 0)
		return NULL;
	if (n > b->max - b->len) {
		b->err = SC_ERR_TOO_LARGE;
		return NULL;
	}
	b->err = grow(b, b->len + n);
	if (b->err != 0)
		return NULL;
	p = b->p + b->len;
	b->len += n;
	b->p[b->len] = '\0';
	return p;
}

void
sc_buf_truncate(struct sc_buf *b, size_t n)
{
	if (b == NULL || n >= b->len)
		return;
	sc_wipe(b->p + n, b->len - n);
	b->len = n;
}

int
sc_buf_put(struct sc_buf *b, const void *p, size_t n)
{
	uint8_t *d;

	d = sc_buf_reserve(b, n);
	if (d == NULL)
		return sc_buf_error(b);
	if (n > 0)
		memcpy(d, p, n);
	return 0;
}

int
sc_buf_puts(struct sc_buf *b, const char *s)
{
	return sc_buf_put(b, s, strlen(s));
}

int
sc_buf_putc(struct sc_buf *b, char c)
{
	return sc_buf_put(b, &c, 1);
}

int
sc_buf_putf(struct sc_buf *b, const char *fmt, ...)
{
	uint8_t *d;
	va_list ap;
	size_t room;
	int n;

	if (sc_buf_error(b) != 0)
		return sc_buf_error(b);
	room = b->size - b->len; /* at least one, for the NUL */
	va_start(ap, fmt);
	n = vsnprintf((char *)b->p + b->len, room, fmt, ap);
	va_end(ap);
	if (n < 0) {
		b->err = SC_ERR_NOMEM;
	} else if ((size_t)n < room) {
		b->len += (size_t)n;
		return 0;
	}
	sc_wipe(b->p + b->len, room);
	if (n < 0 || (d = sc_buf_reserve(b, (size_t)n)) == NULL)
		return sc_buf_error(b);
	va_start(ap, fmt);
	(void)vsnprintf((char *)d, (size_t)n + 1, fmt, ap);
	va_end(ap);
	return 0;
}

static int
put_be(struct sc_buf *b, uint64_t v, size_t n)
{
	uint8_t *d;

	d = sc_buf_reserve(b, n);
	if (d == NULL)
		return sc_buf_error(b);
	while (n > 0) {
		d[--n] = (uint8_t)v;
		v >>= 8;
	}
	return 0;
}

int
sc_buf_put_u8(struct sc_buf *b, uint8_t v)
{
	return put_be(b, v, 1);
}

int
sc_buf_put_u16(struct sc_buf *b, uint16_t v)
{
	return put_be(b, v, 2);
}

int
sc_buf_put_u32(struct sc_buf *b, uint32_t v)
{
	return put_be(b, v, 4);
}

int
sc_buf_put_u64(struct sc_buf *b, uint64_t v)
{
	return put_be(b, v, 8);
}

int
sc_buf_put_string(struct sc_buf *b, const void *p, size_t n)
{
	size_t before;
	int r;

	if (b == NULL || b->err != 0)
		return sc_buf_error(b);
	if (n > UINT32_MAX) {
		b->err = SC_ERR_TOO_LARGE;
		return b->err;
	}
	before = b->len;
	(void)sc_buf_put_u32(b, (uint32_t)n);
	r = sc_buf_put(b, p, n);
	if (r != 0) /* a failed put changes nothing, the length included */
		sc_buf_truncate(b, before);
	return r;
}

int
sc_buf_error(const struct sc_buf *b)
{
	return b == NULL ? SC_ERR_NOMEM : b->err;
}

const uint8_t *
sc_buf_data(const struct sc_buf *b)
{
	return b == NULL ? NULL : b->p;
}

const char *
sc_buf_str(const struct sc_buf *b)
{
	return (const char *)sc_buf_data(b);
}

size_t
sc_buf_len(const struct sc_buf *b)
{
	return b == NULL ? 0 : b->len;
}

char *
sc_buf_steal(struct sc_buf *b, size_t *len)
{
	char *s;

	if (len != NULL)
		*len = 0;
	if (sc_buf_error(b) != 0) {
		sc_buf_free(b);
		return NULL;
	}
	s = (char *)b->p;
	if (len != NULL)
		*len = b->len;
	free(b);
	return s;
}

void
sc_reader_init(struct sc_reader *r, const void *p, size_t n)
{
	r->p = p;
	r->n = n;
	r->err = 0;
}

const uint8_t *
sc_reader_bytes(struct sc_reader *r, size_t n)
{
	const uint8_t *p;

	if (r->err == 0 && n > r->n)
		r->err = SC_ERR_MALFORMED;
	if (r->err != 0)
		return NULL;
	p = r->p;
	if (n > 0) {
		r->p += n;
		r->n -= n;
	}
	return p;
}

static uint64_t
get_be(struct sc_reader *r, size_t n)
{
	const uint8_t *p;
	uint64_t v = 0;
	size_t i;

	p = sc_reader_bytes(r, n);
	if (p == NULL)
		return 0;
	for (i = 0; i < n; i++)
		v = v << 8 | p[i];
	return v;
}

uint8_t
sc_reader_u8(struct sc_reader *r)
{
	return (uint8_t)get_be(r, 1);
}

uint16_t
sc_reader_u16(struct sc_reader *r)
{
	return (uint16_t)get_be(r, 2);
}

uint32_t
sc_reader_u32(struct sc_reader *r)
{
	return (uint32_t)get_be(r, 4);
}

uint64_t
sc_reader_u64(struct sc_reader *r)
{
	return get_be(r, 8);
}

const uint8_t *
sc_reader_string(struct sc_reader *r, size_t *n)
{
	const uint8_t *p;
	size_t len;

	*n = 0;
	len = sc_reader_u32(r);
	p = sc_reader_bytes(r, len);
	if (p != NULL)
		*n = len;
	return p;
}

int
sc_reader_end(const struct sc_reader *r)
{
	return r->err == 0 && r->n == 0 ? 0 : SC_ERR_MALFORMED;
}
