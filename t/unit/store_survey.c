/*
 * Status, verify, backup and rebuild: what is whole is called whole, and every
 * kind of damage is found and named.
 */
#include "config.h"

#include <fcntl.h>
#include <gdbm.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "base/mem.h"
#include "store/record.h"
#include "store/store.h"
#include "store/survey.h"
#include "store/tuning.h"
#include "store_kit.h"
#include "tap.h"

#define LEDGER "ledger-00000001"
#define MANY 60
#define HEADER 128

/* The first finding, and how many. */
struct told {
	char file[32], text[320];
	int64_t offset;
	int n;
};

static void
finding(void *arg, const char *file, int64_t offset, const char *text)
{
	struct told *t = arg;

	if (t->n++ > 0)
		return;
	tap_note("%s: %lld: %s", file, (long long)offset, text);
	(void)snprintf(t->file, sizeof t->file, "%s", file);
	(void)snprintf(t->text, sizeof t->text, "%s", text);
	t->offset = offset;
}

static int
verify(const char *dir, struct told *t, struct sc_store_check *c)
{
	struct sc_store_watch w = {NULL, finding, t};
	struct sc_error e = SC_ERROR_INIT;
	int r;

	memset(t, 0, sizeof *t);
	r = sc_store_verify(dir, NULL, &w, c, &e);
	if (r != 0)
		tap_note("verify: %d %s", r, e.msg);
	return r;
}

static char *
in(const char *dir, const char *name)
{
	return sc_asprintf("%s/%s", dir, name);
}

static int
do_revoke(struct sc_store *s, uint64_t n)
{
	const struct sc_store_cert *c = kit_cert(n);
	struct sc_store_revocation v = {.form = c->form,
	    .serial = c->serial,
	    .reason_code = 1,
	    .reason = "lost",
	    .not_after = c->not_after};
	struct sc_error e = SC_ERROR_INIT;

	return sc_store_revoke(s, NULL, &v, kit_origin(), KIT_NOW, &e);
}

/* MANY certificates in the index, one of them revoked, and more behind it. */
static const char *
make(const char *name, int tail)
{
	const char *dir = kit_dir(name);
	struct sc_store *s = kit_open(dir);
	struct sc_error e = SC_ERROR_INIT;
	struct sc_store_status st;
	int i;

	for (i = 1; s != NULL && i <= MANY; i++)
		tap_int(kit_issue(s, (uint64_t)i), 0);
	tap_int(do_revoke(s, 7), 0);
	sc_store_close(s);
	tap_int(sc_store_reindex(dir, NULL, &st, &e), 0);
	tap_int(st.covered, MANY + 1);
	s = kit_open(dir);
	for (; tail > 0; tail--)
		tap_int(kit_issue(s, (uint64_t)i++), 0);
	sc_store_close(s);
	return dir;
}

static void
flip(const char *path, uint64_t off, int keep_time)
{
	struct timespec times[2];
	struct stat st;
	uint8_t byte = 0;
	int fd = open(path, O_RDWR);

	tap_int(fstat(fd, &st), 0);
	tap_int(pread(fd, &byte, 1, (off_t)off), 1);
	byte ^= 0x10;
	tap_int(pwrite(fd, &byte, 1, (off_t)off), 1);
	times[0] = st.st_atim;
	times[1] = st.st_mtim;
	if (keep_time)
		tap_int(futimens(fd, times), 0);
	(void)close(fd);
}

/* Where record number n begins. */
static uint64_t
place(const char *dir, uint64_t n)
{
	char *path = in(dir, LEDGER);
	size_t len = 0, off = HEADER;
	char *p = tap_slurp(path, &len);

	free(path);
	for (; n > 1 && off < len; n--)
		off += sc_record_length((uint8_t *)p + off, len - off);
	return off;
}

static void
whole(void)
{
	const char *dir = make("whole", 3);
	struct sc_store_status st;
	struct sc_error e = SC_ERROR_INIT;
	struct sc_store_check c;
	struct told t;

	tap_int(verify(dir, &t, &c), 0);
	tap_int(t.n, 0);
	tap_int(c.damages, 0);
	tap_int(c.records, MANY + 4);
	tap_int(c.first_seq, 1);
	tap_int(c.last.seq, MANY + 4);
	tap_int(c.index_ok, 1);
	/* Token and certificate of each, the revocation twice. */
	tap_int(c.entries, 2 * MANY + 2);
	tap_need(tap_int(sc_store_status(dir, NULL, &st, &e), 0));
	tap_int(st.index_ok, 1);
	tap_int(st.covered, MANY + 1);
	tap_int(st.revoked, 1);
	tap_int(st.first_seq, 1);
	tap_int(st.segments, 1);
	tap_int(st.last_time, KIT_NOW);
	tap_str(st.damage, "");
	tap_str(st.foreign, "");
	tap_mem(st.last.hash, 32, c.last.hash, 32);
	tap_int(st.last.seq, c.last.seq);
}

static void
empty(void)
{
	const char *dir = kit_dir("empty");
	struct sc_error e = SC_ERROR_INIT;
	struct sc_store_status st;
	struct sc_store_check c;
	struct told t;

	sc_store_close(kit_open(dir));
	tap_int(verify(dir, &t, &c), 0);
	tap_int(c.damages, 0);
	tap_int(c.records, 0);
	tap_int(c.last.seq, 0);
	tap_int(sc_store_status(dir, NULL, &st, &e), 0);
	tap_int(st.last.seq, 0);
	tap_int(st.first_seq, 0);
	tap_int(
	    sc_store_status(kit_dir("no"), NULL, &st, &e), SC_ERR_NOT_FOUND);
	tap_int(mkdir(kit_dir("bare"), 0700), 0);
	tap_int(
	    sc_store_status(kit_dir("bare"), NULL, &st, &e), SC_ERR_NOT_FOUND);
	tap_has(e.msg, "no store");
}

/* The ledger is read without any index: the end is the same. */
static void
no_index(void)
{
	const char *dir = make("no_index", 2);
	char *path = in(dir, "index");
	struct sc_error e = SC_ERROR_INIT;
	struct sc_store_status st;
	struct sc_store_check c;
	struct told t;

	flip(path, 40, 0);
	tap_int(verify(dir, &t, &c), 0);
	tap_int(c.damages, 1);
	tap_int(c.ledger_damages, 0);
	tap_str(t.file, "index");
	tap_has(t.text, "pointer");
	tap_int(unlink(path), 0);
	free(path);
	tap_int(verify(dir, &t, &c), 0);
	tap_int(c.damages, 0);
	tap_int(c.records, MANY + 3);
	tap_int(c.index_ok, 0);
	tap_int(sc_store_status(dir, NULL, &st, &e), 0);
	tap_int(st.index_ok, 0);
	tap_int(st.last.seq, MANY + 3);
	tap_int(sc_store_reindex(dir, NULL, &st, &e), 0);
	tap_int(st.index_ok, 1);
	tap_int(st.covered, MANY + 3);
	tap_int(verify(dir, &t, &c), 0);
	tap_int(c.damages, 0);
}

/* A bit anywhere in a record in the middle. */
static void
ledger_bit(void)
{
	static const int at[] = {0, 6, 10, 18, 41, 80, 400};
	const char *dir = make("ledger_bit", 3);
	char *path = in(dir, LEDGER);
	uint64_t from = place(dir, 20);
	struct sc_store_check c;
	struct told t;
	size_t i;

	for (i = 0; i < sizeof at / sizeof at[0]; i++) {
		tap_context("byte %d", at[i]);
		flip(path, from + (uint64_t)at[i], 0);
		tap_int(verify(dir, &t, &c), 0);
		tap_int(c.damages, 1);
		tap_int(c.ledger_damages, 1);
		tap_str(t.file, LEDGER);
		tap_int(t.offset, (int64_t)from);
		tap_str(t.text, "record 20 is damaged");
		tap_int(c.records, MANY + 3);
		tap_int(c.last.seq, MANY + 4);
		flip(path, from + (uint64_t)at[i], 0);
	}
	tap_context("%s", "");
	tap_int(verify(dir, &t, &c), 0);
	tap_int(c.damages, 0);
	free(path);
}

/* Behind the index nothing but a later record tells of damage. */
static void
tail_bit(void)
{
	const char *dir = make("tail_bit", 4);
	uint64_t from = place(dir, MANY + 3);
	char *path = in(dir, LEDGER);
	struct sc_error e = SC_ERROR_INIT;
	struct sc_store_status st;
	struct sc_store_check c;
	struct told t;

	flip(path, from + 90, 0);
	tap_int(verify(dir, &t, &c), 0);
	tap_int(c.damages, 1);
	tap_int(t.offset, (int64_t)from);
	tap_int(sc_store_status(dir, NULL, &st, &e), 0);
	tap_has(st.damage, "is damaged");
	tap_int(sc_store_backup(dir, kit_dir("tail_copy"), NULL, &c, &e),
	    SC_ERR_CORRUPT);
	tap_ok(access(kit_dir("tail_copy"), F_OK) != 0);
	tap_ok(access(kit_dir("tail_copy.part"), F_OK) != 0);
	tap_int(sc_store_reindex(dir, NULL, &st, &e), SC_ERR_CORRUPT);
	free(path);
}

/* The last record: it may be what a killed writer left, and is told as that. */
static void
torn(void)
{
	const char *dir = make("torn", 2);
	char *path = in(dir, LEDGER);
	struct sc_store_check c;
	struct told t;

	flip(path, place(dir, MANY + 3) + 90, 0);
	tap_int(verify(dir, &t, &c), 0);
	tap_int(c.damages, 0);
	tap_int(c.records, MANY + 2);
	tap_ok(c.unfinished > 0);
	free(path);
}

/* The ledger of yesterday under the index of today. */
static void
rolled_back(void)
{
	const char *dir = make("rolled_back", 0);
	char *path = in(dir, LEDGER);
	struct sc_store_check c;
	struct told t;

	tap_int(truncate(path, (off_t)place(dir, 41)), 0);
	tap_int(verify(dir, &t, &c), 0);
	tap_ok(c.ledger_damages == 1);
	tap_has(t.text, "record 41 and all behind it");
	free(path);
}

/* What the live index file is called. */
static char *
live(const char *dir)
{
	struct sc_store_status st;

	if (sc_store_status(dir, NULL, &st, NULL) != 0)
		return NULL;
	return in(dir, st.index_file);
}

static size_t
find(const char *p, size_t n, const void *what, size_t len)
{
	size_t i;

	for (i = 0; i + len <= n; i++)
		if (memcmp(p + i, what, len) == 0)
			return i;
	return n;
}

/* A bit of an entry's key or place, the file's times as they were. */
static void
bucket_bit(void)
{
	const char *dir = make("bucket_bit", 2);
	uint8_t key[SC_RECORD_KEY];
	char *path = live(dir), *p;
	struct sc_store_check c;
	size_t n = 0, at;
	struct told t;

	tap_need(tap_ok(path != NULL));
	p = tap_slurp(path, &n);
	tap_int(sc_record_serial_key(
		    SC_STORE_X509, kit_cert(33)->serial, 0, key, NULL),
	    0);
	at = find(p, n, key, sizeof key);
	tap_need(tap_ok(at < n));
	flip(path, at + 20, 1);
	tap_int(verify(dir, &t, &c), 0);
	tap_ok(c.damages >= 1);
	tap_int(c.ledger_damages, 0);
	tap_has(t.file, ".gdbm");
	tap_has(t.text, "X.509 certificate of record 33 is missing");
	tap_int(t.offset, (int64_t)(at + sizeof key));
	flip(path, at + 20, 1);
	/* The place behind the key: another record. */
	flip(path, at + sizeof key + 10, 1);
	tap_int(verify(dir, &t, &c), 0);
	tap_ok(c.damages >= 1);
	tap_int(c.ledger_damages, 0);
	tap_has(t.text, "a wrong place for one X.509 certificate");
	tap_int(t.offset, (int64_t)at);
	flip(path, at + sizeof key + 10, 1);
	tap_int(verify(dir, &t, &c), 0);
	tap_int(c.damages, 0);
	free(path);
}

/* An entry gone, and one too many, with GDBM's own means. */
static void
entries(void)
{
	const char *dir = make("entries", 0);
	uint8_t key[SC_RECORD_KEY];
	char *path = live(dir);
	struct timespec times[2];
	struct sc_store_check c;
	struct stat st;
	struct told t;
	GDBM_FILE db;
	datum d;

	tap_need(tap_ok(path != NULL));
	tap_int(stat(path, &st), 0);
	db = gdbm_open(path, 0, GDBM_WRITER | GDBM_NOLOCK, 0, NULL);
	tap_need(tap_ok(db != NULL));
	tap_int(sc_record_token_key("token-12", key, NULL), 0);
	d.dptr = (char *)key;
	d.dsize = sizeof key;
	tap_int(gdbm_delete(db, d), 0);
	tap_int(gdbm_close(db), 0);
	times[0] = st.st_atim;
	times[1] = st.st_mtim;
	tap_int(utimensat(AT_FDCWD, path, times, 0), 0);
	tap_int(verify(dir, &t, &c), 0);
	tap_int(c.damages, 1);
	tap_has(t.text, "one-time token of record 12 is missing");
	free(path);
}

/* Any single bit of the index file: found, or without effect on any answer. */
static void
any_bit(void)
{
	const char *dir = make("any_bit", 0);
	char *path = live(dir);
	struct sc_store_check c;
	struct sc_store *s;
	struct stat st;
	struct told t;
	int found = 0, n = 0, wrong = 0, k;
	uint64_t off;

	tap_need(tap_ok(path != NULL));
	tap_int(stat(path, &st), 0);
	for (off = 5; off < (uint64_t)st.st_size; off += 97) {
		flip(path, off, 1);
		tap_int(verify(dir, &t, &c), 0);
		n++;
		if (c.damages > 0) {
			found++;
		} else if (sc_store_open(dir, 0, &s, NULL) == 0) {
			for (k = 1; k <= MANY; k++)
				wrong += !kit_has(s, (uint64_t)k);
			sc_store_close(s);
		}
		flip(path, off, 1);
	}
	tap_note("%d of %d flips are damage", found, n);
	tap_ok(found > n / 20);
	tap_int(wrong, 0);
	free(path);
}

static void
short_index(void)
{
	const char *dir = make("short_index", 0);
	char *path = live(dir);
	struct sc_store_status st;
	struct sc_store_check c;
	struct told t;

	tap_need(tap_ok(path != NULL));
	tap_int(truncate(path, 5000), 0);
	tap_int(verify(dir, &t, &c), 0);
	tap_ok(c.damages > 0 && c.ledger_damages == 0);
	tap_int(c.index_ok, 0);
	tap_int(sc_store_reindex(dir, NULL, &st, NULL), 0);
	tap_int(verify(dir, &t, &c), 0);
	tap_int(c.damages, 0);
	free(path);
}

static void
foreign(void)
{
	const char *dir = make("foreign", 0);
	struct sc_store_status st;
	char *path = in(dir, "index");

	if (geteuid() != 0) {
		tap_skip("only root can give files away");
		free(path);
		return;
	}
	tap_int(chown(path, 12345, 12345), 0);
	tap_int(sc_store_status(dir, NULL, &st, NULL), 0);
	tap_str(st.foreign, "index");
	/* What is made again goes to the owner of the folder. */
	tap_int(chown(dir, 12345, 12346), 0);
	tap_int(sc_store_reindex(dir, NULL, &st, NULL), 0);
	free(path);
	path = in(dir, st.index_file);
	{
		struct stat file;

		tap_int(stat(path, &file), 0);
		tap_int(file.st_uid, 12345);
	}
	free(path);
}

static void
anchor(void)
{
	const char *dir = make("anchor", 0);
	struct sc_error e = SC_ERROR_INIT;
	struct sc_store_anchor a;
	struct sc_store_check c;
	struct sc_store *s;
	struct told t;

	tap_int(verify(dir, &t, &c), 0);
	a = c.last;
	s = kit_open(dir);
	tap_int(kit_issue(s, 500), 0);
	sc_store_close(s);
	tap_int(sc_store_verify(dir, &a, NULL, &c, &e), 0);
	tap_int(c.anchor, 1);
	tap_int(c.damages, 0);
	a.hash[3] ^= 1;
	tap_int(sc_store_verify(dir, &a, NULL, &c, &e), 0);
	tap_int(c.anchor, -1);
	tap_int(c.damages, 1);
	a.seq = 4711;
	tap_int(sc_store_verify(dir, &a, NULL, &c, &e), 0);
	tap_int(c.anchor, 0);
	tap_int(c.damages, 1);
}

static void
backup(void)
{
	const char *dir = make("source", 5), *copy = kit_dir("copy");
	struct sc_error e = SC_ERROR_INIT;
	struct sc_store_check c, own;
	struct sc_store *s;
	struct stat st;
	struct told t;

	tap_int(sc_store_backup(dir, copy, NULL, &c, &e), 0);
	tap_int(c.records, MANY + 6);
	tap_int(stat(copy, &st), 0);
	tap_int(st.st_mode & 07777, 0700);
	tap_int(verify(dir, &t, &own), 0);
	tap_mem(c.last.hash, 32, own.last.hash, 32);
	tap_int(sc_store_backup(dir, copy, NULL, &c, &e), SC_ERR_CONFLICT);
	/* It is a store like any other. */
	s = kit_open(copy);
	tap_need(tap_ok(s != NULL));
	tap_ok(sc_store_notice(s) == NULL);
	tap_ok(kit_has(s, 1) && kit_has(s, MANY + 5));
	tap_int(kit_issue(s, 1), SC_ERR_REPLAYED);
	tap_int(kit_issue(s, 900), 0);
	sc_store_close(s);
	tap_int(verify(copy, &t, &c), 0);
	tap_int(c.damages, 0);
	tap_int(c.records, MANY + 7);
	tap_int(verify(dir, &t, &c), 0);
	tap_int(c.records, MANY + 6);
}

/* An index made again is taken by a store that has the old one open. */
static void
rebuild_live(void)
{
	const char *dir = make("rebuild_live", 3);
	struct sc_store *s = kit_open(dir);
	struct sc_error e = SC_ERROR_INIT;
	struct sc_store_status st;
	struct sc_store_check c;
	struct told t;
	int i;

	tap_need(tap_ok(s != NULL));
	for (i = 0; i < 4; i++) {
		tap_int(kit_issue(s, 1000 + (uint64_t)i), 0);
		tap_int(sc_store_reindex(dir, NULL, &st, &e), 0);
		tap_int(st.covered, (int64_t)(MANY + 5 + i));
		tap_ok(kit_has(s, 1) && kit_has(s, 1000 + (uint64_t)i));
		tap_int(kit_issue(s, 1), SC_ERR_REPLAYED);
	}
	tap_ok(sc_store_notice(s) == NULL);
	sc_store_close(s);
	tap_int(verify(dir, &t, &c), 0);
	tap_int(c.damages, 0);
}

/* Some four segments, all in the index. */
#define OVER 130
static const char *
segments(const char *name)
{
	struct sc_store_tuning before = sc_store_tuning;
	const char *dir = kit_dir(name);
	struct sc_error e = SC_ERROR_INIT;
	struct sc_store_status st;
	struct sc_store *s;
	int i;

	sc_store_tuning.segment = 32 * 1024;
	sc_store_tuning.chunk = 8192;
	s = kit_open(dir);
	for (i = 1; s != NULL && i <= OVER; i++)
		tap_int(kit_issue(s, (uint64_t)i), 0);
	sc_store_close(s);
	sc_store_tuning = before;
	tap_int(sc_store_reindex(dir, NULL, &st, &e), 0);
	tap_ok(st.segments >= 4);
	return dir;
}

/* Number and place of the first and last record of the second segment. */
static void
second(const char *dir, uint64_t *first, uint64_t *last, uint64_t *last_at)
{
	char *path = in(dir, "ledger-00000002"), *p;
	size_t len = 0, off = HEADER, n;
	int i;

	p = tap_slurp(path, &len);
	free(path);
	*first = 1;
	for (i = 16; i < 24; i++)
		*first = i == 16 ? (uint8_t)p[i] : *first << 8 | (uint8_t)p[i];
	*first += 1;
	*last = *first - 1;
	for (; off < len; off += n) {
		n = sc_record_length((uint8_t *)p + off, len - off);
		if (n == 0)
			break;
		*last += 1;
		*last_at = off;
	}
}

static void
expect(const char *dir, const char *file, int64_t offset, const char *text)
{
	struct sc_store_check c;
	struct told t;

	tap_int(verify(dir, &t, &c), 0);
	tap_int(c.damages, 1);
	tap_int(c.ledger_damages, 1);
	tap_str(t.file, file);
	tap_int(t.offset, offset);
	tap_has(t.text, text);
	tap_int(c.last.seq, OVER);
}

static void
segment_bits(void)
{
	const char *dir = segments("segment_bits");
	char *path = in(dir, "ledger-00000002"), text[64];
	uint64_t first = 0, last = 0, at = 0;
	struct sc_store_check c;
	struct told t;

	tap_int(verify(dir, &t, &c), 0);
	tap_int(c.damages, 0);
	tap_int(c.records, OVER);
	second(dir, &first, &last, &at);
	tap_need(tap_ok(first > 1 && last > first));
	tap_context("first record");
	flip(path, HEADER + 90, 0);
	(void)snprintf(text, sizeof text, "record %llu is damaged",
	    (unsigned long long)first);
	expect(dir, "ledger-00000002", HEADER, text);
	flip(path, HEADER + 90, 0);
	tap_context("last record");
	flip(path, at + 90, 0);
	(void)snprintf(text, sizeof text, "record %llu is damaged",
	    (unsigned long long)last);
	expect(dir, "ledger-00000002", (int64_t)at, text);
	flip(path, at + 90, 0);
	tap_context("header");
	flip(path, 20, 0);
	expect(dir, "ledger-00000002", 0, "the header is damaged");
	flip(path, 20, 0);
	tap_context("hash of the header");
	flip(path, 100, 0);
	expect(dir, "ledger-00000002", 0, "the header is damaged");
	flip(path, 100, 0);
	tap_context("%s", "");
	tap_int(verify(dir, &t, &c), 0);
	tap_int(c.damages, 0);
	free(path);
}

/* A header of the first segment, and a segment that is gone. */
static void
no_segment(void)
{
	const char *dir = segments("no_segment");
	char *first = in(dir, LEDGER), *third = in(dir, "ledger-00000003");
	struct sc_store_check c;
	struct told t;

	flip(first, 30, 0);
	tap_int(verify(dir, &t, &c), 0);
	tap_int(c.damages, 1);
	tap_has(t.text, LEDGER);
	flip(first, 30, 0);
	tap_int(unlink(third), 0);
	tap_int(verify(dir, &t, &c), 0);
	tap_int(c.ledger_damages, 1);
	tap_has(t.text, "there are only");
	free(first);
	free(third);
}

static int
do_prune(
    const char *dir, int64_t now, int64_t keep, struct sc_store_pruned *done)
{
	struct sc_store_prune how = {.certificates = keep};
	struct sc_store_tuning before = sc_store_tuning;
	struct sc_error e = SC_ERROR_INIT;
	struct sc_store *s = kit_open(dir);
	int r;

	if (s == NULL)
		return -1;
	sc_store_tuning.segment = 32 * 1024;
	sc_store_tuning.chunk = 8192;
	r = sc_store_prune(s, &how, now, done, &e);
	sc_store_tuning = before;
	if (r != 0)
		tap_note("prune: %s", e.msg);
	sc_store_close(s);
	return r;
}

static void
check_pruned(const char *dir, const char *copy, int records)
{
	struct sc_error e = SC_ERROR_INIT;
	struct sc_store_status st;
	struct sc_store_check c;
	struct told t;

	tap_int(verify(dir, &t, &c), 0);
	tap_int(c.damages, 0);
	tap_ok(records == 0 ? c.records == 0 : c.records > 0);
	tap_int(sc_store_status(dir, NULL, &st, &e), 0);
	tap_str(st.damage, "");
	tap_int(st.index_ok, 1);
	tap_int(st.first_seq, (int64_t)c.first_seq);
	tap_int(st.last.seq, (int64_t)c.last.seq);
	tap_mem(st.last.hash, 32, c.last.hash, 32);
	tap_int(sc_store_backup(dir, kit_dir(copy), NULL, &c, &e), 0);
	tap_int(verify(kit_dir(copy), &t, &c), 0);
	tap_int(c.damages, 0);
}

/* Certificate n expires n seconds after KIT_NOW. */
static void
pruned(void)
{
	const char *dir = segments("pruned");
	struct sc_store_anchor old = {.seq = 3};
	char *path, *kept[8];
	size_t len[8];
	struct sc_store_pruned done = {0};
	struct sc_error e = SC_ERROR_INIT;
	struct sc_store_check c;
	struct sc_store *s;
	int i;

	tap_need(tap_int(do_prune(dir, KIT_NOW + 500000, 0, &done), 0));
	tap_ok(done.segments >= 4);
	check_pruned(dir, "pruned_copy", 0);
	tap_int(sc_store_verify(dir, &old, NULL, &c, &e), 0);
	tap_int(c.damages, 0);
	tap_int(c.anchor, 0);
	s = kit_open(dir);
	tap_int(kit_issue(s, 4000), 0);
	sc_store_close(s);
	check_pruned(dir, "pruned_copy2", 1);

	/* Half of them, and a prune that was killed before it had removed. */
	dir = segments("half");
	for (i = 0; i < 8; i++) {
		path = sc_asprintf("%s/ledger-%08x", dir, (unsigned)i + 1);
		kept[i] = tap_slurp(path, &len[i]);
		free(path);
	}
	tap_need(
	    tap_int(do_prune(dir, KIT_NOW + 500000, 500000 - 75, &done), 0));
	tap_ok(done.segments >= 2 && done.segments <= 8 && done.carried > 0);
	check_pruned(dir, "half_copy", 1);
	for (i = (int)done.segments - 1; i >= 0; i--) {
		path = sc_asprintf("half/ledger-%08x", i + 1);
		(void)tap_file(path, kept[i], len[i]);
		free(path);
	}
	check_pruned(dir, "left_over_copy", 1);
}

TAP_MAIN(TAP_TEST(whole), TAP_TEST(empty), TAP_TEST(no_index),
    TAP_TEST(ledger_bit), TAP_TEST(tail_bit), TAP_TEST(torn),
    TAP_TEST(rolled_back), TAP_TEST(bucket_bit), TAP_TEST(entries),
    TAP_TEST(any_bit), TAP_TEST(short_index), TAP_TEST(foreign),
    TAP_TEST(anchor), TAP_TEST(backup), TAP_TEST(rebuild_live),
    TAP_TEST(segment_bits), TAP_TEST(no_segment), TAP_TEST(pruned))
