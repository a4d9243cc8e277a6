/* The ledger in several segments: all of them are one chain. */
#include "config.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "base/mem.h"
#include "store/store.h"
#include "store/tuning.h"
#include "store_kit.h"
#include "tap.h"

#define CERTS 100

static struct sc_error e;

static char *
file(const char *dir, const char *name)
{
	static char path[4096];

	snprintf(path, sizeof path, "%s/%s", dir, name);
	return path;
}

static int
exists(const char *dir, const char *name)
{
	struct stat st;

	return stat(file(dir, name), &st) == 0;
}

static void
remove_index(const char *dir)
{
	(void)unlink(file(dir, "index"));
	(void)unlink(file(dir, "index-a.gdbm"));
	(void)unlink(file(dir, "index-b.gdbm"));
}

/* How many of the certificates from..to are there with their tokens. */
static int
has(struct sc_store *s, uint64_t from, uint64_t to)
{
	int n = 0;

	for (; from <= to; from++)
		n += kit_has(s, from);
	return n;
}

/* A store of CERTS certificates in about nine segments. */
static const char *
filled(const char *name)
{
	const char *dir = kit_dir(name);
	struct sc_store *s;
	uint64_t i;

	sc_store_tuning.segment = 12 * 1024;
	sc_store_tuning.chunk = 8192;
	if ((s = kit_open(dir)) == NULL)
		return NULL;
	for (i = 1; i <= CERTS; i++)
		if (kit_issue(s, i) != 0)
			tap_fail("certificate %d", (int)i);
	sc_store_close(s);
	return dir;
}

static void
one_chain(void)
{
	const char *dir = filled("chain");
	struct sc_store *s;

	tap_need(dir != NULL);
	tap_ok(exists(dir, "ledger-00000008"));
	tap_ok(!exists(dir, "ledger.tmp"));
	s = kit_open(dir);
	tap_need(s != NULL);
	tap_int(has(s, 1, CERTS), CERTS);
	tap_int(kit_count(s), CERTS);
	tap_int(kit_issue(s, 1), SC_ERR_REPLAYED);
	tap_int(kit_issue(s, CERTS), SC_ERR_REPLAYED);
	sc_store_close(s);
	/* The index anew, of all segments. */
	remove_index(dir);
	s = kit_open(dir);
	tap_need(s != NULL);
	tap_has(sc_store_notice(s), "rebuilt");
	tap_int(has(s, 1, CERTS), CERTS);
	tap_int(kit_issue(s, 7), SC_ERR_REPLAYED);
	sc_store_close(s);
	/* Without an index, and without making one. */
	remove_index(dir);
	tap_need(tap_int(sc_store_open(dir, 0, &s, &e), 0));
	tap_int(has(s, 1, CERTS), CERTS);
	tap_int(kit_count(s), CERTS);
	tap_ok(!exists(dir, "index"));
	sc_store_close(s);
}

/* Two that have the store open take turns over the ends of segments. */
static void
followed(void)
{
	const char *dir = kit_dir("followed");
	struct sc_store *s[2], *reader;
	uint64_t i;

	sc_store_tuning.segment = 4 * 1024;
	sc_store_tuning.chunk = 4096;
	sc_store_tuning.interval = 17;
	s[0] = kit_open(dir);
	s[1] = kit_open(dir);
	tap_need(s[0] != NULL && s[1] != NULL);
	tap_need(tap_int(sc_store_open(dir, 0, &reader, &e), 0));
	for (i = 1; i <= CERTS; i++) {
		tap_int(kit_issue(s[i * i / 7 % 2], i), 0);
		tap_int(kit_issue(s[i % 2], i), SC_ERR_REPLAYED);
		tap_int(sc_store_idle(s[i % 2], &e), 0);
	}
	tap_int(has(s[0], 1, CERTS), CERTS);
	tap_int(has(s[1], 1, CERTS), CERTS);
	tap_int(has(reader, 1, CERTS), CERTS);
	tap_int(kit_count(reader), CERTS);
	sc_store_close(s[0]);
	sc_store_close(s[1]);
	sc_store_close(reader);
	sc_store_tuning.interval = 4096;
}

static void
missing(void)
{
	const char *dir = filled("missing");
	char away[4096];
	struct sc_store *s;

	tap_need(dir != NULL);
	snprintf(away, sizeof away, "%s", file(dir, "away"));
	tap_int(rename(file(dir, "ledger-00000003"), away), 0);
	tap_int(sc_store_open(dir, SC_STORE_WRITE, &s, &e), SC_ERR_CORRUPT);
	tap_has(e.msg, "ledger-00000001 to ledger-0000000");
	/* Never taken for the end, index or not. */
	remove_index(dir);
	tap_int(sc_store_open(dir, SC_STORE_WRITE, &s, &e), SC_ERR_CORRUPT);
	tap_int(sc_store_open(dir, 0, &s, &e), SC_ERR_CORRUPT);
}

static void
newest_missing(void)
{
	const char *dir = filled("newest");
	char name[32];
	struct sc_store *s;
	int i;

	tap_need(dir != NULL);
	s = kit_open(dir);
	tap_need(s != NULL);
	sc_store_tuning.interval = 1;
	tap_int(sc_store_idle(s, &e), 0);
	sc_store_tuning.interval = 4096;
	sc_store_close(s);
	for (i = 20; i > 0; i--) {
		snprintf(name, sizeof name, "ledger-%08x", (unsigned)i);
		if (unlink(file(dir, name)) == 0)
			break;
	}
	tap_int(sc_store_open(dir, SC_STORE_WRITE, &s, &e), SC_ERR_CORRUPT);
	tap_has(e.msg, "does not have");
}

static void
flip(const char *path, off_t at)
{
	int fd = open(path, O_RDWR);
	unsigned char c;

	tap_need(tap_ok(fd >= 0));
	tap_int(pread(fd, &c, 1, at), 1);
	c ^= 0x10;
	tap_int(pwrite(fd, &c, 1, at), 1);
	(void)close(fd);
}

static void
damaged(void)
{
	const char *dir = filled("damaged");
	struct sc_store *s;

	tap_need(dir != NULL);
	s = kit_open(dir);
	tap_need(s != NULL);
	sc_store_tuning.interval = 1;
	tap_int(sc_store_idle(s, &e), 0);
	sc_store_tuning.interval = 4096;
	sc_store_close(s);
	flip(file(dir, "ledger-00000002"), 5000);
	s = kit_open(dir);
	tap_need(s != NULL);
	e = (struct sc_error)SC_ERROR_INIT;
	tap_int(kit_count(s), SC_ERR_CORRUPT);
	sc_store_close(s);
	/* And the index is not made of what comes before. */
	remove_index(dir);
	tap_int(sc_store_open(dir, SC_STORE_WRITE, &s, &e), SC_ERR_CORRUPT);
	tap_has(e.msg, "ledger-00000002");
	flip(file(dir, "ledger-00000002"), 5000);
	/* A header, which is what the segments hold on to. */
	flip(file(dir, "ledger-00000004"), 20);
	tap_int(sc_store_open(dir, SC_STORE_WRITE, &s, &e), SC_ERR_CORRUPT);
	tap_has(e.msg, "ledger-00000004");
}

/* What a writer leaves that was killed while it began a segment. */
static void
begun(void)
{
	const char *dir = filled("begun");
	struct sc_store *s;
	uint64_t i;
	int fd;

	tap_need(dir != NULL);
	fd = open(file(dir, "ledger.tmp"), O_WRONLY | O_CREAT, 0600);
	tap_int(write(fd, "SCLEDGER", 8), 8);
	(void)close(fd);
	s = kit_open(dir);
	tap_need(s != NULL);
	for (i = CERTS + 1; i <= CERTS + 40; i++)
		tap_int(kit_issue(s, i), 0);
	tap_int(has(s, 1, CERTS + 40), CERTS + 40);
	tap_ok(!exists(dir, "ledger.tmp"));
	sc_store_close(s);
}

TAP_MAIN(TAP_TEST(one_chain), TAP_TEST(followed), TAP_TEST(missing),
    TAP_TEST(newest_missing), TAP_TEST(damaged), TAP_TEST(begun))
