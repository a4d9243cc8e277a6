/* The DER cursor takes one spelling only (X.690 sections 8.1.3 and 10.1). */
#include "config.h"

#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "crypto/der.h"
#include "tap.h"

#define DER(s)                                                                 \
	(struct sc_der)                                                        \
	{                                                                      \
		(const uint8_t *)(s), sizeof(s) - 1                            \
	}

static void
takes_elements(void)
{
	struct sc_der d = DER("\x04\x02hi\x05\x00"), in;
	uint8_t tag;

	tap_ok(sc_der_get(&d, SC_DER_OCTET_STRING, &in));
	tap_mem(in.p, in.n, "hi", 2);
	tap_ok(!sc_der_get(&d, SC_DER_OCTET_STRING, &in));
	tap_int(d.n, 2);
	tap_ok(sc_der_get_any(&d, &tag, &in));
	tap_int(tag, SC_DER_NULL);
	tap_int(in.n, 0);
	tap_int(d.n, 0);
	tap_ok(!sc_der_get_any(&d, &tag, &in));
}

static void
raw_has_the_header(void)
{
	struct sc_der d = DER("\x30\x03\x02\x01\x07\x05\x00"), raw;

	tap_ok(sc_der_get_raw(&d, SC_DER_SEQUENCE, &raw));
	tap_mem(raw.p, raw.n, "\x30\x03\x02\x01\x07", 5);
	tap_int(d.n, 2);
}

static void
bad_lengths(void)
{
	static const struct {
		const char *p;
		size_t n;
		const char *why;
	} bad[] = {
	    {"", 0, "nothing"},
	    {"\x04", 1, "no length"},
	    {"\x04\x02h", 3, "short contents"},
	    {"\x04\x81\x02hi", 5, "long form of a short length"},
	    {"\x04\x82\x00\x80", 4, "leading zero"},
	    {"\x04\x80hi\x00\x00", 6, "indefinite"},
	    {"\x04\x82\x01", 3, "length cut off"},
	    {"\x04\x85\x00\x00\x00\x00\x01x", 8, "five octets"},
	    {"\x04\x84\xff\xff\xff\xff", 6, "4 GB"},
	    {"\x04\xff", 2, "reserved"},
	};
	struct sc_der d, in;
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		tap_context("%s", bad[i].why);
		d.p = (const uint8_t *)bad[i].p;
		d.n = bad[i].n;
		tap_ok(!sc_der_get(&d, SC_DER_OCTET_STRING, &in));
		tap_int(d.n, bad[i].n);
	}
	tap_context("%s", "");
}

static void
multi_octet_tags_are_refused(void)
{
	struct sc_der d = DER("\x1f\x81\x01\x00"), in;
	uint8_t tag;

	tap_ok(!sc_der_get_any(&d, &tag, &in));
}

static void
positive_integers(void)
{
	struct sc_der d = DER("\x02\x02\x00\x80"), m;

	tap_ok(sc_der_get_positive(&d, &m));
	tap_mem(m.p, m.n, "\x80", 1);
	d = DER("\x02\x01\x7f");
	tap_ok(sc_der_get_positive(&d, &m));
	d = DER("\x02\x01\x00");
	tap_ok(!sc_der_get_positive(&d, &m));
	d = DER("\x02\x02\x00\x7f");
	tap_ok(!sc_der_get_positive(&d, &m));
	d = DER("\x02\x01\x80");
	tap_ok(!sc_der_get_positive(&d, &m));
	d = DER("\x02\x00");
	tap_ok(!sc_der_get_positive(&d, &m));
}

/* What the writer makes the reader takes, at every border of the length. */
static void
writer_and_reader_agree(void)
{
	static const size_t sizes[] = {
	    0, 1, 127, 128, 255, 256, 65535, 65536, 100000};
	static uint8_t zeros[100000];
	struct sc_der d, in;
	struct sc_buf *b;
	size_t i;

	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		b = sc_buf_new(200000);
		sc_der_put(b, SC_DER_OCTET_STRING, zeros, sizes[i]);
		d.p = sc_buf_data(b);
		d.n = sc_buf_len(b);
		tap_ok(sc_der_get(&d, SC_DER_OCTET_STRING, &in));
		tap_int(in.n, sizes[i]);
		tap_int(d.n, 0);
		sc_buf_free(b);
	}
}

static void
unsigned_integers(void)
{
	struct sc_buf *b = sc_buf_new(64);

	sc_der_put_unsigned(b, (const uint8_t *)"\x00\x00\x80", 3);
	sc_der_put_unsigned(b, (const uint8_t *)"\x00", 1);
	sc_der_put_unsigned(b, (const uint8_t *)"\x01\x00", 2);
	tap_mem(sc_buf_data(b), sc_buf_len(b),
	    "\x02\x02\x00\x80\x02\x01\x00\x02\x02\x01\x00", 11);
	sc_buf_free(b);
}

static void
object_identifiers(void)
{
	struct sc_buf *b = sc_buf_new(64);

	tap_int(sc_der_put_oid(b, "1.3.6.1.4.1.37476.9000.64.1"), 0);
	tap_mem(sc_buf_data(b), sc_buf_len(b),
	    "\x06\x0c\x2b\x06\x01\x04\x01\x82\xa4\x64\xc6\x28\x40\x01", 14);
	tap_int(sc_der_put_oid(b, ""), SC_ERR_MALFORMED);
	tap_int(sc_der_put_oid(b, "1"), SC_ERR_MALFORMED);
	tap_int(sc_der_put_oid(b, "9.9.9"), SC_ERR_MALFORMED);
	tap_int(sc_der_put_oid(b, "1.3.x"), SC_ERR_MALFORMED);
	tap_int(sc_buf_len(b), 14);
	sc_buf_free(b);
}

/* An element that did not fit must not come out as an empty one. */
static void
failures_stick(void)
{
	struct sc_buf *out = sc_buf_new(100), *in = sc_buf_new(2);

	sc_der_put(in, SC_DER_OCTET_STRING, "too long", 8);
	sc_der_put_buf(out, SC_DER_SEQUENCE, in);
	tap_ok(sc_buf_error(out) != 0);
	sc_buf_free(out);
}

TAP_MAIN(TAP_TEST(takes_elements), TAP_TEST(raw_has_the_header),
    TAP_NAMED("C2 lengths that are not DER", bad_lengths),
    TAP_TEST(multi_octet_tags_are_refused), TAP_TEST(positive_integers),
    TAP_TEST(writer_and_reader_agree), TAP_TEST(unsigned_integers),
    TAP_TEST(object_identifiers), TAP_TEST(failures_stick))
