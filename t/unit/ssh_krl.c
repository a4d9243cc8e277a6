/* SSH revocation lists (row S13), against ssh-keygen -k and -Q. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/mem.h"
#include "crypto/ssh_cert.h"
#include "crypto/ssh_key.h"
#include "crypto/ssh_krl.h"
#include "crypto/ssh_wire.h"
#include "mutate.h"
#include "ssh_kit.h"
#include "tap.h"

static struct sc_error e;

static const struct sc_ssh_krl_head head = {7, 1700000000, "a list"};

static struct sc_ssh_cert
make_cert(const char *ca, uint64_t serial, const char *id)
{
	struct sc_ssh_cert c = {0};

	c.key = sc_ssh_key_dup(kit_ssh_public("ec256"));
	c.serial = serial;
	c.type = SC_SSH_USER;
	c.key_id = sc_strdup(id);
	sc_strlist_add(&c.principals, "joe");
	c.valid_after = 1700000000;
	c.valid_before = 1700003600;
	tap_int(sc_ssh_cert_sign(&c, kit_ssh_key(ca), &e), 0);
	return c;
}

/* Write it, read it again. */
static struct sc_ssh_krl *
write_read(struct sc_ssh_krl *k, size_t *size)
{
	struct sc_ssh_krl *back = NULL;
	uint8_t *p = NULL;
	size_t n = 0;

	tap_int(sc_ssh_krl_write(k, &head, &p, &n, &e), 0);
	tap_file("krl", p, n);
	tap_int(sc_ssh_krl_parse(p, n, &back, &e), 0);
	free(p);
	if (size != NULL)
		*size = n;
	return back;
}

/* Does ssh-keygen -Q say so too? */
static void
ask_openssh(const struct sc_ssh_cert *c, bool revoked)
{
	char *line = NULL, cmd[256];
	int status;

	if (!kit_have_ssh_keygen())
		return;
	tap_int(sc_ssh_cert_to_line(c, "c", &line), 0);
	tap_file("q-cert.pub", line, strlen(line));
	free(line);
	snprintf(cmd, sizeof cmd,
	    "cd %s && ssh-keygen -Q -f krl q-cert.pub >.out 2>&1",
	    tap_tempdir());
	status = system(cmd);
	tap_int(status != 0, revoked);
	tap_has(tap_slurp(tap_path(".out"), &(size_t){0}),
	    revoked ? "REVOKED" : ": ok");
}

static void
verdict(const struct sc_ssh_krl *k, const char *ca, uint64_t serial,
    const char *id, bool revoked)
{
	struct sc_ssh_cert c = make_cert(ca, serial, id);

	tap_context("%s %llu %s", ca, (unsigned long long)serial, id);
	tap_int(sc_ssh_krl_check_cert(k, &c, &e), revoked ? SC_ERR_REVOKED : 0);
	ask_openssh(&c, revoked);
	tap_context("%s", "");
	sc_ssh_cert_clear(&c);
}

static void
s13_empty(void)
{
	struct sc_ssh_krl *k = sc_ssh_krl_new(), *back;
	struct sc_ssh_krl_head got;

	back = write_read(k, NULL);
	tap_need(back != NULL);
	sc_ssh_krl_head(back, &got);
	tap_int(got.version, 7);
	tap_int(got.generated, 1700000000);
	tap_str(got.comment, "a list");
	tap_int(sc_ssh_krl_serials(back), 0);
	verdict(back, "ed25519", 1, "a", false);
	sc_ssh_krl_free(k);
	sc_ssh_krl_free(back);
}

static void
s13_serials_and_ids(void)
{
	static const uint64_t serials[] = {0xfedcba9876543210, 5, 3, 4, 100,
	    101, 5, UINT64_MAX, UINT64_MAX - 1, UINT64_MAX - 2, 1000};
	const struct sc_ssh_key *ca = kit_ssh_public("ed25519");
	struct sc_ssh_krl *k = sc_ssh_krl_new(), *back;
	size_t i;

	for (i = 0; i < sizeof serials / sizeof serials[0]; i++)
		tap_int(sc_ssh_krl_add_serial(k, ca, serials[i], &e), 0);
	tap_int(sc_ssh_krl_add_key_id(k, ca, "joe@example.com", &e), 0);
	tap_int(sc_ssh_krl_add_key_id(k, ca, "joe@example.com", &e), 0);
	tap_int(sc_ssh_krl_add_serial(k, kit_ssh_public("ec256"), 77, &e), 0);
	tap_int(sc_ssh_krl_add_serial(k, ca, 0, &e), SC_ERR_MALFORMED);
	tap_int(sc_ssh_krl_add_key_id(k, ca, "", &e), SC_ERR_MALFORMED);
	back = write_read(k, NULL);
	tap_need(back != NULL);
	tap_int(sc_ssh_krl_serials(back), 11);
	for (i = 0; i < sizeof serials / sizeof serials[0]; i++)
		verdict(back, "ed25519", serials[i], "x", true);
	verdict(back, "ed25519", 2, "x", false);
	verdict(back, "ed25519", 6, "x", false);
	verdict(back, "ed25519", 99, "x", false);
	verdict(back, "ed25519", UINT64_MAX - 3, "x", false);
	verdict(back, "ed25519", 2, "joe@example.com", true);
	verdict(back, "ed25519", 2, "joe@example.co", false);
	/* Another CA's serials and key ids are others. */
	verdict(back, "ec256", 5, "joe@example.com", false);
	verdict(back, "ec256", 77, "x", true);
	verdict(back, "ed25519", 77, "x", false);
	sc_ssh_krl_free(k);
	sc_ssh_krl_free(back);
}

static struct sc_ssh_krl *
read_krl(const char *name)
{
	struct sc_ssh_krl *k = NULL;
	size_t n = 0;
	char *p = tap_slurp(tap_path(name), &n);

	if (p != NULL && sc_ssh_krl_parse((uint8_t *)p, n, &k, &e) != 0)
		tap_note("%s: %s", name, e.msg);
	return k;
}

/* What OpenSSH's writer chooses: lists, ranges, bitmaps, hashes, keys. */
static void
s13_of_ssh_keygen(void)
{
	static const char spec[] =
	    "serial: 1-1000\nserial: 2000\nserial: 2002\nserial: 2003\n"
	    "serial: 2005\nserial: 2009\nserial: 2011\nserial: 2013\n"
	    "serial: 9999999999\nid: gone\n";
	static const char keys[] = "serial: 5\n";
	static const uint64_t in[] = {
	    1, 500, 1000, 2000, 2002, 2003, 2005, 2009, 2011, 2013, 9999999999};
	static const uint64_t not_in[] = {
	    1001, 1999, 2001, 2004, 2010, 2012, 2014, 9999999998};
	char *line = NULL, *text;
	struct sc_ssh_krl *k;
	size_t i;

	if (!kit_have_ssh_keygen()) {
		tap_skip("no ssh-keygen");
		return;
	}
	tap_int(sc_ssh_key_to_line(kit_ssh_public("ed25519"), NULL, &line), 0);
	tap_file("ca.pub", line, strlen(line));
	tap_file("spec", spec, strlen(spec));
	tap_need(kit_ssh_keygen("-q -k -f krl -z 3 -s ca.pub spec") != NULL);
	k = read_krl("krl");
	tap_need(k != NULL);
	tap_int(sc_ssh_krl_serials(k), 1008);
	tap_int(sc_ssh_krl_key_ids(k), 1);
	for (i = 0; i < sizeof in / sizeof in[0]; i++)
		verdict(k, "ed25519", in[i], "x", true);
	for (i = 0; i < sizeof not_in / sizeof not_in[0]; i++)
		verdict(k, "ed25519", not_in[i], "x", false);
	verdict(k, "ed25519", 3000, "gone", true);
	verdict(k, "ec256", 5, "gone", false);
	sc_ssh_krl_free(k);

	/* Of any CA. */
	tap_file("spec", keys, strlen(keys));
	tap_need(kit_ssh_keygen("-q -k -f krl -s none spec") != NULL);
	k = read_krl("krl");
	tap_need(k != NULL);
	verdict(k, "ec256", 5, "x", true);
	verdict(k, "ed25519", 6, "x", false);
	sc_ssh_krl_free(k);

	/* Whole keys; hashes of keys, of the certified one and the CA's. */
	for (i = 0; i < 4; i++) {
		static const char *const forms[] = {
		    "%s", "key: %s", "sha1: %s", "sha256: %s"};

		tap_context("%s", forms[i]);
		text = sc_asprintf(i == 0 ? "%s"
			: i == 1	  ? "key: %s"
			: i == 2	  ? "sha1: %s"
					  : "sha256: %s",
		    line);
		tap_need(text != NULL);
		tap_file("spec", text, strlen(text));
		free(text);
		tap_need(kit_ssh_keygen("-q -k -f krl spec") != NULL);
		k = read_krl("krl");
		tap_need(k != NULL);
		tap_int(sc_ssh_krl_check_key(k, kit_ssh_public("ed25519"), &e),
		    SC_ERR_REVOKED);
		tap_int(
		    sc_ssh_krl_check_key(k, kit_ssh_public("ec256"), &e), 0);
		verdict(k, "ed25519", 1, "x", true);
		verdict(k, "ec256", 1, "x", false);
		sc_ssh_krl_free(k);
	}
	free(line);
}

static bool
accepts(const uint8_t *p, size_t n, void *arg)
{
	struct sc_ssh_krl *k = NULL;

	(void)arg;
	if (sc_ssh_krl_parse(p, n, &k, NULL) != 0)
		return false;
	(void)sc_ssh_krl_check_key(k, kit_ssh_public("ec256"), NULL);
	sc_ssh_krl_free(k);
	return true;
}

static void
damaged(void)
{
	const struct sc_ssh_key *ca = kit_ssh_public("ed25519");
	struct sc_ssh_krl *k = sc_ssh_krl_new();
	uint8_t *p = NULL;
	size_t i, n, accepted, cases;

	for (i = 1; i < 20; i++)
		tap_int(sc_ssh_krl_add_serial(k, ca, i * i, &e), 0);
	tap_int(sc_ssh_krl_add_key_id(k, ca, "id", &e), 0);
	tap_int(sc_ssh_krl_write(k, &head, &p, &n, &e), 0);
	accepted = mutate(p, n, 1, accepts, NULL, &cases);
	tap_ok(accepted < cases);
	for (i = 0; i < n; i++) /* cut anywhere but behind a section */
		if (i != 4 + 8 + 8 + 8 + 8 + 4 + 4 + strlen(head.comment))
			tap_ok(!accepts(p, i, NULL));
	sc_ssh_krl_free(k);
	free(p);
}

/* A list of one certificate section with these contents. */
static int
parse_section(uint8_t type, const char *contents, size_t n)
{
	struct sc_buf *b = sc_buf_new(4096), *in = sc_buf_new(1024);
	struct sc_ssh_krl *k = NULL;
	int r;

	sc_buf_put(b, "SSHKRL\n", 8);
	sc_buf_put_u32(b, 1);
	sc_buf_put_u64(b, 1);
	sc_buf_put_u64(b, 1);
	sc_buf_put_u64(b, 0);
	sc_ssh_put_text(b, "");
	sc_ssh_put_text(b, "");
	sc_ssh_put_text(in, "");
	sc_ssh_put_text(in, "");
	sc_buf_put_u8(in, type);
	sc_buf_put_string(in, contents, n);
	sc_buf_put_u8(b, 1);
	sc_ssh_put_buf(b, in);
	r = sc_ssh_krl_parse(sc_buf_data(b), sc_buf_len(b), &k, &e);
	if (r == 0)
		r = (int)sc_ssh_krl_serials(k);
	sc_ssh_krl_free(k);
	sc_buf_free(b);
	sc_buf_free(in);
	return r;
}

static void
strange_sections(void)
{
#define PARSE(type, s) parse_section(type, s, sizeof(s) - 1)
	tap_int(PARSE(0x20, "\0\0\0\0\0\0\0\1"), 1);
	tap_int(PARSE(0x20, "\0\0\0\0\0\0\0\0"), SC_ERR_MALFORMED);
	tap_int(PARSE(0x20, "\0\0\0\0\0\0\1"), SC_ERR_MALFORMED);
	tap_int(PARSE(0x21, "\0\0\0\0\0\0\0\2\0\0\0\0\0\0\0\4"), 3);
	tap_int(
	    PARSE(0x21, "\0\0\0\0\0\0\0\2\0\0\0\0\0\0\0\1"), SC_ERR_MALFORMED);
	/* 0b1011: 8, 9, 11. */
	tap_int(PARSE(0x22, "\0\0\0\0\0\0\0\10\0\0\0\1\13"), 3);
	tap_int(PARSE(0x22, "\377\377\377\377\377\377\377\376\0\0\0\1\13"),
	    SC_ERR_MALFORMED);
	tap_int(PARSE(0x22, "\0\0\0\0\0\0\0\10\0\0\0\1\213"), SC_ERR_MALFORMED);
	tap_int(PARSE(0x24, ""), SC_ERR_UNSUPPORTED);
	tap_int(PARSE(0x39, "\0\0\0\1x\0\0\0\0\0"), 0);
	tap_int(PARSE(0x39, "\0\0\0\1x\1\0\0\0\0"), SC_ERR_UNSUPPORTED);
#undef PARSE
}

static void
s13_many(void)
{
	enum {
		MANY = 100000
	};
	const struct sc_ssh_key *ca = kit_ssh_public("ed25519");
	struct sc_ssh_krl *k = sc_ssh_krl_new(), *back;
	struct sc_ssh_cert c = {0};
	uint64_t serial = 0, last = 0;
	int64_t t0;
	size_t n, i;

	t0 = sc_clock_monotonic();
	for (i = 0; i < MANY; i++) {
		if (sc_ssh_serial(&serial, &e) != 0 ||
		    sc_ssh_krl_add_serial(k, ca, serial, &e) != 0)
			tap_fail("%s", e.msg);
		last = serial;
	}
	back = write_read(k, &n);
	tap_note("%d serials: %zu bytes, %lld ms", MANY, n,
	    (long long)(sc_clock_monotonic() - t0) / 1000000);
	tap_need(back != NULL);
	tap_int(sc_ssh_krl_serials(back), MANY);
	tap_ok(n < MANY * 8 + 256);
	verdict(back, "ed25519", last, "x", true);
	verdict(back, "ed25519", last ^ 1, "x", false);
	sc_ssh_cert_clear(&c);
	sc_ssh_krl_free(k);
	sc_ssh_krl_free(back);
}

TAP_MAIN(TAP_NAMED("S13 an empty list", s13_empty),
    TAP_NAMED("S13 serials and key ids, per CA key", s13_serials_and_ids),
    TAP_NAMED("S13 lists that ssh-keygen made", s13_of_ssh_keygen),
    TAP_TEST(damaged), TAP_TEST(strange_sections),
    TAP_NAMED("S13 100,000 serials", s13_many))
