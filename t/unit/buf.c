#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"
#include "mutate.h"
#include "tap.h"

static void
puts_and_grows(void)
{
	struct sc_buf *b = sc_buf_new(100000);
	size_t i;

	tap_need(b != NULL);
	tap_str(sc_buf_str(b), "");
	for (i = 0; i < 10000; i++)
		tap_int(sc_buf_puts(b, "abc"), 0);
	tap_int(sc_buf_len(b), 30000);
	tap_int(strlen(sc_buf_str(b)), 30000);
	tap_mem(sc_buf_data(b) + 29997, 3, "abc", 3);
	sc_buf_reset(b);
	tap_int(sc_buf_len(b), 0);
	tap_str(sc_buf_str(b), "");
	tap_int(sc_buf_putf(b, "%d-%s", 5, "x"), 0);
	tap_int(sc_buf_putc(b, '!'), 0);
	tap_str(sc_buf_str(b), "5-x!");
	sc_buf_truncate(b, 2);
	tap_str(sc_buf_str(b), "5-");
	sc_buf_truncate(b, 20);
	tap_str(sc_buf_str(b), "5-");
	sc_buf_free(b);
}

static void
stops_at_its_maximum(void)
{
	struct sc_buf *b = sc_buf_new(4);

	tap_int(sc_buf_puts(b, "abcd"), 0);
	tap_int(sc_buf_putc(b, 'e'), SC_ERR_TOO_LARGE);
	tap_str(sc_buf_str(b), "abcd");
	tap_int(sc_buf_put(b, "", 0), SC_ERR_TOO_LARGE);
	tap_int(sc_buf_error(b), SC_ERR_TOO_LARGE);
	sc_buf_reset(b);
	tap_int(sc_buf_error(b), 0);
	tap_int(sc_buf_puts(b, "abcde"), SC_ERR_TOO_LARGE);
	tap_str(sc_buf_str(b), "");
	tap_ok(sc_buf_reserve(b, 1) == NULL);
	sc_buf_reset(b);
	tap_ok(sc_buf_reserve(b, SIZE_MAX) == NULL);
	tap_ok(sc_buf_steal(b, NULL) == NULL);

	b = sc_buf_new(0);
	tap_int(sc_buf_puts(b, ""), 0);
	tap_int(sc_buf_putc(b, 'x'), SC_ERR_TOO_LARGE);
	sc_buf_free(b);
	b = sc_buf_new(SIZE_MAX);
	tap_int(sc_buf_puts(b, "x"), 0);
	sc_buf_free(b);
}

static void
failure_is_sticky(void)
{
	struct sc_buf *b = sc_buf_new(10);

	tap_int(sc_buf_put_string(b, "1234567", 7), SC_ERR_TOO_LARGE);
	tap_int(sc_buf_len(b), 0);
	tap_int(sc_buf_put_u8(b, 1), SC_ERR_TOO_LARGE);
	tap_int(sc_buf_putf(b, "x"), SC_ERR_TOO_LARGE);
	tap_int(sc_buf_len(b), 0);
	sc_buf_free(b);
}

static void
takes_null(void)
{
	size_t n = 5;

	tap_int(sc_buf_put(NULL, "x", 1), SC_ERR_NOMEM);
	tap_int(sc_buf_putf(NULL, "x"), SC_ERR_NOMEM);
	tap_int(sc_buf_put_u32(NULL, 1), SC_ERR_NOMEM);
	tap_int(sc_buf_put_string(NULL, "x", 1), SC_ERR_NOMEM);
	tap_int(sc_buf_error(NULL), SC_ERR_NOMEM);
	tap_ok(sc_buf_reserve(NULL, 1) == NULL);
	tap_ok(sc_buf_data(NULL) == NULL);
	tap_int(sc_buf_len(NULL), 0);
	tap_ok(sc_buf_steal(NULL, &n) == NULL);
	tap_int(n, 0);
	sc_buf_truncate(NULL, 0);
	sc_buf_reset(NULL);
	sc_buf_free(NULL);
}

static void
writes_big_endian(void)
{
	struct sc_buf *b = sc_buf_new(100);
	char *s;
	size_t n;

	sc_buf_put_u8(b, 0x01);
	sc_buf_put_u16(b, 0x0203);
	sc_buf_put_u32(b, 0x04050607);
	sc_buf_put_u64(b, UINT64_C(0x08090a0b0c0d0e0f));
	sc_buf_put_string(b, "hi", 2);
	tap_int(sc_buf_error(b), 0);
	s = sc_buf_steal(b, &n);
	tap_mem(s, n,
	    "\1\2\3\4\5\6\7\10\11\12\13\14\15\16\17"
	    "\0\0\0\2hi",
	    21);
	free(s);
}

static void
reserves(void)
{
	struct sc_buf *b = sc_buf_new(1000);
	uint8_t *p;

	sc_buf_puts(b, "ab");
	p = sc_buf_reserve(b, 3);
	tap_need(p != NULL);
	memcpy(p, "cde", 3);
	tap_str(sc_buf_str(b), "abcde");
	sc_buf_free(b);
}

static const char sample[] = "\1\2\3\4\5\6\7\10\11\12\13\14\15\16\17"
			     "\0\0\0\2hi"
			     "\0\0\0\0";

static bool
read_sample(const uint8_t *p, size_t n, void *arg)
{
	struct sc_reader r;
	size_t len, len2;

	(void)arg;
	sc_reader_init(&r, p, n);
	(void)sc_reader_u8(&r);
	(void)sc_reader_u16(&r);
	(void)sc_reader_u32(&r);
	(void)sc_reader_u64(&r);
	(void)sc_reader_string(&r, &len);
	(void)sc_reader_string(&r, &len2);
	return sc_reader_end(&r) == 0;
}

static void
reads_back(void)
{
	struct sc_reader r;
	const uint8_t *p;
	size_t n;

	sc_reader_init(&r, sample, sizeof(sample) - 1);
	tap_int(sc_reader_u8(&r), 1);
	tap_int(sc_reader_u16(&r), 0x0203);
	tap_int(sc_reader_u32(&r), 0x04050607);
	tap_ok(sc_reader_u64(&r) == UINT64_C(0x08090a0b0c0d0e0f));
	tap_int(sc_reader_end(&r), SC_ERR_MALFORMED);
	p = sc_reader_string(&r, &n);
	tap_mem(p, n, "hi", 2);
	p = sc_reader_string(&r, &n);
	tap_ok(p != NULL);
	tap_int(n, 0);
	tap_int(sc_reader_end(&r), 0);
}

static void
underrun_is_sticky(void)
{
	struct sc_reader r;
	size_t n = 9;

	sc_reader_init(&r, "\0\0\0\4abc", 7);
	tap_ok(sc_reader_string(&r, &n) == NULL);
	tap_int(n, 0);
	tap_int(r.err, SC_ERR_MALFORMED);
	tap_int(sc_reader_u8(&r), 0);
	tap_ok(sc_reader_bytes(&r, 0) == NULL);
	tap_int(sc_reader_end(&r), SC_ERR_MALFORMED);
	sc_reader_init(&r, "\xff\xff\xff\xff", 4);
	tap_ok(sc_reader_string(&r, &n) == NULL);
	sc_reader_init(&r, NULL, 0);
	tap_int(sc_reader_end(&r), 0);
	tap_int(sc_reader_u16(&r), 0);
	tap_int(sc_reader_end(&r), SC_ERR_MALFORMED);
}

static void
survives_damage(void)
{
	size_t cases, accepted;

	tap_ok(read_sample((const uint8_t *)sample, sizeof(sample) - 1, NULL));
	accepted =
	    mutate(sample, sizeof(sample) - 1, 1, read_sample, NULL, &cases);
	tap_ok(cases > 200);
	/* Only damage to the numbers and the text itself goes unseen. */
	tap_ok(accepted > 0 && accepted < cases / 5 * 4);
}

TAP_MAIN(TAP_TEST(puts_and_grows), TAP_TEST(stops_at_its_maximum),
    TAP_TEST(failure_is_sticky), TAP_TEST(takes_null),
    TAP_TEST(writes_big_endian), TAP_TEST(reserves), TAP_TEST(reads_back),
    TAP_TEST(underrun_is_sticky), TAP_TEST(survives_damage))
