/*
 * A bounded byte buffer for writing, and a cursor for reading.
 *
 * The buffer has a hard maximum given at birth and a sticky failure flag: a
 * run of puts needs one check at the end.  Memory is wiped on free and on
 * growth.  The buffer always keeps a NUL behind its contents.
 */
#ifndef SC_BASE_BUF_H
#define SC_BASE_BUF_H

#include <stddef.h>
#include <stdint.h>

struct sc_buf;

/* NULL when out of memory.  max counts bytes of contents, without the NUL. */
struct sc_buf *sc_buf_new(size_t max);
void sc_buf_free(struct sc_buf *b); /* NULL is fine; wipes */
/* Empty it and clear the failure flag; keeps (and wipes) the memory. */
void sc_buf_reset(struct sc_buf *b);

/*
 * Each put returns 0, SC_ERR_NOMEM or SC_ERR_TOO_LARGE; after a failure all
 * further puts return the same and change nothing.  b may be NULL (then
 * SC_ERR_NOMEM), so that sc_buf_new needs no check of its own.
 */
int sc_buf_put(struct sc_buf *b, const void *p, size_t n);
int sc_buf_puts(struct sc_buf *b, const char *s);
int sc_buf_putc(struct sc_buf *b, char c);
int sc_buf_putf(struct sc_buf *b, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
int sc_buf_put_u8(struct sc_buf *b, uint8_t v);
int sc_buf_put_u16(struct sc_buf *b, uint16_t v); /* big-endian, as all */
int sc_buf_put_u32(struct sc_buf *b, uint32_t v);
int sc_buf_put_u64(struct sc_buf *b, uint64_t v);
/* RFC 4251 string: u32 length, then the bytes. */
int sc_buf_put_string(struct sc_buf *b, const void *p, size_t n);
/* Append n bytes of space and lend it for writing (until the next put). */
uint8_t *sc_buf_reserve(struct sc_buf *b, size_t n);
/* Cut back to n bytes (n <= length). */
void sc_buf_truncate(struct sc_buf *b, size_t n);

/* 0, or the first failure; SC_ERR_NOMEM for NULL. */
int sc_buf_error(const struct sc_buf *b);
/* Borrowed until the next put; never NULL unless b is. */
const uint8_t *sc_buf_data(const struct sc_buf *b);
const char *sc_buf_str(const struct sc_buf *b);
size_t sc_buf_len(const struct sc_buf *b);
/*
 * Hand the contents out (malloc'ed, NUL-terminated; caller frees) and free
 * the buffer itself.  NULL (b still freed) when the buffer had failed.
 */
char *sc_buf_steal(struct sc_buf *b, size_t *len);

/* A cursor over borrowed bytes; err is sticky like the buffer's flag. */
struct sc_reader {
	const uint8_t *p;
	size_t n;
	int err;
};
void sc_reader_init(struct sc_reader *r, const void *p, size_t n);
/* Gets return 0 values / NULL and set err = SC_ERR_MALFORMED on underrun. */
uint8_t sc_reader_u8(struct sc_reader *r);
uint16_t sc_reader_u16(struct sc_reader *r);
uint32_t sc_reader_u32(struct sc_reader *r);
uint64_t sc_reader_u64(struct sc_reader *r);
const uint8_t *sc_reader_bytes(struct sc_reader *r, size_t n); /* borrowed */
/* RFC 4251 string; borrowed. */
const uint8_t *sc_reader_string(struct sc_reader *r, size_t *n);
/* 0 when there was no error and nothing is left, else SC_ERR_MALFORMED. */
int sc_reader_end(const struct sc_reader *r);

#endif
