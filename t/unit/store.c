#include "config.h"

#include <fcntl.h>
#include <gdbm.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "base/mem.h"
#include "store/index_gdbm.h"
#include "store/store.h"
#include "store/tuning.h"
#include "store_kit.h"
#include "tap.h"

static void
missing(void)
{
	struct sc_error e = SC_ERROR_INIT;
	struct sc_store *s;
	struct stat st;

	tap_int(sc_store_open(kit_dir("none"), SC_STORE_WRITE, &s, &e),
	    SC_ERR_NOT_FOUND);
	tap_ok(s == NULL);
	tap_ok(stat(kit_dir("none"), &st) != 0);
	sc_store_close(NULL);
}

static void
modes(void)
{
	static const char *const files[] = {"ledger-00000001", "index",
	    "ledger.lock", "checkpoint.lock", "index-b.gdbm"};
	struct sc_store *s;
	struct stat st;
	size_t i;
	char *path;

	(void)umask(0);
	s = kit_open(kit_dir("deep/er/modes"));
	tap_need(tap_ok(s != NULL));
	tap_ok(sc_store_notice(s) == NULL);
	sc_store_close(s);
	tap_need(tap_int(stat(kit_dir("deep/er/modes"), &st), 0));
	tap_int(st.st_mode & 07777, 0700);
	for (i = 0; i < sizeof files / sizeof files[0]; i++) {
		tap_context("%s", files[i]);
		path = sc_asprintf("deep/er/modes/%s", files[i]);
		tap_int(stat(kit_dir(path), &st), 0);
		tap_int(st.st_mode & 07777, 0600);
		free(path);
	}
	tap_context("%s", "");
}

/* Root, who issues without the servers, must not lock the workers out. */
static void
owner(void)
{
	static const char *const files[] = {"ledger-00000001", "index",
	    "ledger.lock", "checkpoint.lock", "index-b.gdbm"};
	struct sc_store *s;
	struct stat st;
	size_t i;
	char *path;

	if (geteuid() != 0) {
		tap_skip("only root can give files away");
		return;
	}
	tap_need(tap_int(mkdir(kit_dir("owner"), 0700), 0));
	tap_need(tap_int(chown(kit_dir("owner"), 12345, 12346), 0));
	s = kit_open(kit_dir("owner"));
	tap_need(tap_ok(s != NULL));
	tap_int(kit_issue(s, 1), 0);
	sc_store_close(s);
	for (i = 0; i < sizeof files / sizeof files[0]; i++) {
		tap_context("%s", files[i]);
		path = sc_asprintf("owner/%s", files[i]);
		tap_int(stat(kit_dir(path), &st), 0);
		tap_int(st.st_uid, 12345);
		tap_int(st.st_gid, 12346);
		free(path);
	}
	tap_context("%s", "");
}

static void
issue(void)
{
	struct sc_store *s = kit_open(kit_dir("issue"));
	const struct sc_store_cert *c = kit_cert(1);
	struct sc_error e = SC_ERROR_INIT;
	struct sc_store_found f;

	tap_need(tap_ok(s != NULL));
	tap_ok(kit_lacks(s, 1));
	tap_int(kit_issue(s, 1), 0);
	tap_ok(kit_has(s, 1));
	tap_need(tap_int(sc_store_get_cert(s, c->form, c->serial, &f, &e), 0));
	tap_int(f.seq, 1);
	tap_int(f.time, KIT_NOW);
	tap_int(f.not_before, KIT_NOW);
	tap_str(f.request_id, "request");
	tap_str(f.peer, "192.0.2.1");
	tap_str(f.provisioner_id, "admin:kid");
	tap_str(f.provisioner_name, "admin");
	tap_str(f.provisioner_type, "JWK");
	tap_str(f.subject, "a.example.com");
	tap_need(tap_int(f.names_n, 2));
	tap_str(f.names[1], "10.0.0.1");
	sc_store_found_clear(&f);
	sc_store_close(s);
}

static void
once(void)
{
	struct sc_store *s = kit_open(kit_dir("once")), *other;
	struct sc_error e = SC_ERROR_INIT;

	tap_need(tap_ok(s != NULL));
	other = kit_open(kit_dir("once"));
	tap_need(tap_ok(other != NULL));
	tap_int(kit_issue(s, 1), 0);
	tap_int(kit_issue(s, 1), SC_ERR_REPLAYED);
	tap_int(kit_issue(other, 1), SC_ERR_REPLAYED);
	tap_int(
	    sc_store_use_token(other, kit_spend(1), kit_origin(), KIT_NOW, &e),
	    SC_ERR_REPLAYED);
	/* The token is new but the serial number is not: neither is stored. */
	tap_int(
	    sc_store_issue(other, kit_spend(2), kit_cert(1), NULL, KIT_NOW, &e),
	    SC_ERR_CONFLICT);
	tap_int(sc_store_token_spent(other, kit_spend(2)->token_id, &e), 0);
	/* The serial number is new but the token is not. */
	tap_int(
	    sc_store_issue(other, kit_spend(1), kit_cert(2), NULL, KIT_NOW, &e),
	    SC_ERR_REPLAYED);
	tap_ok(kit_lacks(s, 2));
	tap_int(kit_count(s), 1);
	/* No token at all. */
	tap_int(sc_store_issue(other, NULL, kit_cert(3), NULL, KIT_NOW, &e), 0);
	tap_int(sc_store_issue(s, NULL, kit_cert(3), NULL, KIT_NOW, &e),
	    SC_ERR_CONFLICT);
	tap_int(sc_store_use_token(s, kit_spend(4), NULL, KIT_NOW, &e), 0);
	tap_int(sc_store_token_spent(other, kit_spend(4)->token_id, &e),
	    SC_ERR_REPLAYED);
	tap_int(kit_count(other), 3);
	sc_store_close(s);
	sc_store_close(other);
}

static void
leading_zeros(void)
{
	static const uint8_t plain[] = {1, 2}, padded[] = {0, 1, 2};
	struct sc_store_cert c = *kit_cert(1);
	struct sc_store_serial serial;
	struct sc_store *s = kit_open(kit_dir("zeros"));
	struct sc_error e = SC_ERROR_INIT;
	struct sc_store_found f;

	tap_need(tap_ok(s != NULL));
	serial.p = plain;
	serial.n = sizeof plain;
	c.serial.p = padded;
	c.serial.n = sizeof padded;
	tap_int(sc_store_issue(s, NULL, &c, NULL, KIT_NOW, &e), 0);
	tap_int(sc_store_get_cert(s, c.form, serial, &f, &e), 0);
	sc_store_found_clear(&f);
	c.serial.n = 0;
	tap_int(sc_store_issue(s, kit_spend(1), &c, NULL, KIT_NOW, &e),
	    SC_ERR_MALFORMED);
	tap_int(sc_store_token_spent(s, kit_spend(1)->token_id, &e), 0);
	sc_store_close(s);
}

static void
reader(void)
{
	struct sc_store *s = kit_open(kit_dir("reader")), *ro = NULL;
	struct sc_error e = SC_ERROR_INIT;

	tap_need(tap_ok(s != NULL));
	tap_int(kit_issue(s, 1), 0);
	tap_int(sc_store_open(kit_dir("reader"), 0, &ro, &e), 0);
	tap_need(tap_ok(ro != NULL));
	tap_ok(kit_has(ro, 1));
	tap_int(kit_issue(ro, 2), SC_ERR_FORBIDDEN);
	tap_int(kit_issue(s, 2), 0);
	tap_ok(kit_has(ro, 2));
	tap_int(sc_store_idle(ro, &e), 0);
	sc_store_close(s);
	sc_store_close(ro);
}

static void
checkpoints(void)
{
	struct sc_store *s = kit_open(kit_dir("check")), *stale, *again;
	struct sc_error e = SC_ERROR_INIT;
	uint64_t n;

	tap_need(tap_ok(s != NULL));
	stale = kit_open(kit_dir("check"));
	sc_store_tuning.interval = 10;
	for (n = 1; n <= 205; n++) {
		tap_int(kit_issue(s, n), 0);
		tap_int(sc_store_idle(s, &e), 0);
	}
	again = kit_open(kit_dir("check"));
	tap_need(tap_ok(stale != NULL && again != NULL));
	tap_ok(sc_store_notice(s) == NULL);
	tap_ok(sc_store_notice(again) == NULL);
	for (n = 1; n <= 205; n++) {
		tap_int(kit_issue(n % 2 ? stale : again, n), SC_ERR_REPLAYED);
		tap_ok(kit_has(s, n) && kit_has(stale, n) && kit_has(again, n));
	}
	tap_int(kit_count(stale), 205);
	sc_store_tuning.interval = 4096;
	sc_store_close(s);
	sc_store_close(stale);
	sc_store_close(again);
}

/* Issue 1..n with checkpoints on the way; the store is closed. */
static void
filled(const char *name, uint64_t n)
{
	struct sc_store *s = kit_open(kit_dir(name));
	uint64_t i;

	sc_store_tuning.interval = 10;
	for (i = 1; s != NULL && i <= n; i++) {
		tap_int(kit_issue(s, i), 0);
		tap_int(sc_store_idle(s, NULL), 0);
	}
	sc_store_tuning.interval = 4096;
	sc_store_close(s);
}

static void
in_dir(const char *dir, const char *name, char **path)
{
	free(*path);
	*path = sc_asprintf("%s/%s", kit_dir(dir), name);
}

static void
all_there(const char *name, uint64_t n, const char *notice)
{
	struct sc_store *s = kit_open(kit_dir(name));
	uint64_t i;

	tap_need(tap_ok(s != NULL));
	if (notice != NULL)
		tap_has(sc_store_notice(s), notice);
	tap_ok(sc_store_notice(s) == NULL);
	for (i = 1; i <= n; i++)
		tap_ok(kit_has(s, i));
	tap_int(kit_issue(s, 1), SC_ERR_REPLAYED);
	tap_int(kit_count(s), (int)n);
	sc_store_close(s);
}

static void
index_gone(void)
{
	static const char *const cases[][3] = {
	    {"index", NULL, NULL},
	    {"index-a.gdbm", "index-b.gdbm", NULL},
	    {"index", "index-a.gdbm", "index-b.gdbm"},
	};
	char *path = NULL;
	size_t i, k;

	for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		tap_context("case %zu", i);
		filled("gone", i == 0 ? 55 : 0);
		for (k = 0; k < 3 && cases[i][k] != NULL; k++) {
			in_dir("gone", cases[i][k], &path);
			(void)unlink(path);
		}
		all_there("gone", 55, "index rebuilt");
		all_there("gone", 55, NULL);
	}
	tap_context("%s", "");
	free(path);
}

static void
scribble(const char *path, off_t off, size_t n)
{
	int fd = open(path, O_WRONLY);
	uint8_t junk[64];

	memset(junk, 0xa5, sizeof junk);
	tap_need(tap_ok(fd >= 0));
	for (; n >= sizeof junk; n -= sizeof junk, off += sizeof junk)
		tap_int(pwrite(fd, junk, sizeof junk, off), sizeof junk);
	(void)close(fd);
}

static void
index_damaged(void)
{
	static const char *const files[] = {
	    "index", "index-a.gdbm", "index-b.gdbm"};
	char *path = NULL;
	size_t i;

	filled("damaged", 55);
	for (i = 0; i < 3; i++) {
		tap_context("%s", files[i]);
		in_dir("damaged", files[i], &path);
		scribble(path, 0, i == 0 ? 64 : 4096);
		if (i == 0)
			all_there("damaged", 55, "index rebuilt");
	}
	all_there("damaged", 55, "index rebuilt");
	all_there("damaged", 55, NULL);
	for (i = 1; i < 3; i++) {
		tap_context("%s cut", files[i]);
		in_dir("damaged", files[i], &path);
		tap_int(truncate(path, 5000), 0);
	}
	all_there("damaged", 55, "index rebuilt");
	tap_context("%s", "");
	free(path);
}

static void
ledger_gone(void)
{
	struct sc_error e = SC_ERROR_INIT;
	struct sc_store *s;
	char *path = NULL;

	filled("nolog", 20);
	in_dir("nolog", "ledger-00000001", &path);
	tap_int(unlink(path), 0);
	tap_int(sc_store_open(kit_dir("nolog"), SC_STORE_CREATE, &s, &e),
	    SC_ERR_CORRUPT);
	tap_has(e.msg, "no ledger");
	free(path);
}

/* An index that knows more than the ledger is told, not believed. */
static void
ledger_old(void)
{
	struct sc_error e = SC_ERROR_INIT;
	struct sc_store *s;
	char *path = NULL, *old;
	size_t n;
	int fd;

	filled("old", 15);
	in_dir("old", "ledger-00000001", &path);
	tap_need(tap_ok((old = tap_slurp(path, &n)) != NULL));
	s = kit_open(kit_dir("old"));
	tap_need(tap_ok(s != NULL));
	sc_store_tuning.interval = 1;
	tap_int(kit_issue(s, 16), 0);
	tap_int(sc_store_idle(s, &e), 0);
	sc_store_tuning.interval = 4096;
	sc_store_close(s);
	fd = open(path, O_WRONLY);
	tap_int(write(fd, old, n), (int64_t)n);
	(void)close(fd);
	tap_int(sc_store_open(kit_dir("old"), SC_STORE_WRITE, &s, &e),
	    SC_ERR_CORRUPT);
	tap_has(e.msg, "covers 16 records");
	free(path);
}

/* Damage before a record that is known to be durable is no torn tail. */
static void
damage_inside(void)
{
	struct sc_error e = SC_ERROR_INIT;
	struct sc_store *s = kit_open(kit_dir("inside")), *other;
	char *path = NULL, *index = NULL;
	uint64_t n;

	tap_need(tap_ok(s != NULL));
	for (n = 1; n <= 5; n++)
		tap_int(kit_issue(s, n), 0);
	sc_store_close(s);
	in_dir("inside", "ledger-00000001", &path);
	s = kit_open(kit_dir("inside"));
	tap_need(tap_ok(s != NULL));
	scribble(path, 128 + 1100, 64);
	/* Nobody is told what was there before the damage, and no more. */
	tap_int(
	    sc_store_open(kit_dir("inside"), 0, &other, &e), SC_ERR_CORRUPT);
	tap_has(e.msg, "record 2 at offset");
	tap_int(sc_store_open(kit_dir("inside"), SC_STORE_WRITE, &other, &e),
	    SC_ERR_CORRUPT);
	tap_ok(other == NULL);
	/* Who has it open loses the index too, and must not make a new one. */
	in_dir("inside", "index-b.gdbm", &index);
	scribble(index, 0, 64);
	tap_int(sc_store_token_spent(s, kit_spend(5)->token_id, &e),
	    SC_ERR_CORRUPT);
	tap_int(sc_store_issue(s, kit_spend(9), kit_cert(9), NULL, 1, &e),
	    SC_ERR_CORRUPT);
	tap_has(e.msg, "record 2 at offset");
	sc_store_close(s);
	free(index);
	free(path);
}

/* What a reader has open stays as it was, through any number of flips. */
static void
reader_undisturbed(void)
{
	struct sc_store *s = kit_open(kit_dir("still"));
	struct stat before, after;
	struct sc_index ix;
	uint64_t n;
	int dirfd;

	tap_need(tap_ok(s != NULL));
	sc_store_tuning.interval = 1;
	tap_int(kit_issue(s, 1), 0);
	tap_int(sc_store_idle(s, NULL), 0);
	dirfd = open(kit_dir("still"), O_RDONLY | O_DIRECTORY);
	sc_index_init(&ix, dirfd, -1);
	tap_need(tap_int(sc_index_open(&ix, NULL), 0));
	tap_int(ix.upto.seq, 1);
	tap_int(sc_index_changed(&ix, NULL), 0);
	tap_int(fstat(gdbm_fdesc(ix.db), &before), 0);
	for (n = 2; n < 8; n++) {
		tap_int(kit_issue(s, n), 0);
		tap_int(sc_store_idle(s, NULL), 0);
	}
	tap_int(fstat(gdbm_fdesc(ix.db), &after), 0);
	tap_int(after.st_mtim.tv_sec, before.st_mtim.tv_sec);
	tap_int(after.st_mtim.tv_nsec, before.st_mtim.tv_nsec);
	tap_int(sc_index_changed(&ix, NULL), 1);
	tap_need(tap_int(sc_index_open(&ix, NULL), 0));
	tap_int(ix.upto.seq, 7);
	sc_store_tuning.interval = 4096;
	sc_index_close(&ix);
	(void)close(dirfd);
	sc_store_close(s);
}

static void
too_large(void)
{
	static uint8_t der[SC_STORE_MAX_RECORD];
	struct sc_store *s = kit_open(kit_dir("large"));
	struct sc_store_cert c = *kit_cert(1);
	struct sc_error e = SC_ERROR_INIT;
	struct sc_store_found f;

	tap_need(tap_ok(s != NULL));
	c.der = der;
	c.der_len = sizeof der;
	tap_int(sc_store_issue(s, kit_spend(1), &c, NULL, KIT_NOW, &e),
	    SC_ERR_TOO_LARGE);
	tap_int(sc_store_token_spent(s, kit_spend(1)->token_id, &e), 0);
	c.der_len = sizeof der - 1000;
	tap_int(sc_store_issue(s, kit_spend(1), &c, NULL, KIT_NOW, &e), 0);
	tap_int(sc_store_get_cert(s, c.form, c.serial, &f, &e), 0);
	tap_int(f.der_len, c.der_len);
	sc_store_found_clear(&f);
	tap_int(kit_issue(s, 2), 0);
	sc_store_close(s);
}

/* Flip the last bit that was written into a ledger. */
static void
damage_last(const char *path)
{
	size_t n;
	char *all = tap_slurp(path, &n);
	int fd = open(path, O_RDWR);

	while (all != NULL && n > 0 && all[n - 1] == '\0')
		n--;
	tap_ok(fd >= 0 && n > 0);
	if (fd < 0 || n == 0)
		return;
	all[n - 1] ^= 1;
	tap_int(pwrite(fd, all + n - 1, 1, (off_t)n - 1), 1);
	(void)close(fd);
}

/*
 * A running process finds that another's index covers what the ledger has
 * lost: it refuses every time, and a token of before stays spent.
 */
static void
index_ahead(void)
{
	struct sc_error e = SC_ERROR_INIT;
	struct sc_store *a, *b;
	char *path = NULL;
	uint64_t i;
	int k;

	sc_store_tuning.interval = 4;
	a = kit_open(kit_dir("ahead"));
	tap_need(tap_ok(a != NULL));
	for (i = 0; i < 8; i++) {
		tap_int(kit_issue(a, i), 0);
		tap_int(sc_store_idle(a, &e), 0);
	}
	b = kit_open(kit_dir("ahead"));
	tap_need(tap_ok(b != NULL));
	for (; i < 12; i++)
		tap_int(kit_issue(b, i), 0);
	tap_int(sc_store_idle(b, &e), 0);
	sc_store_close(b);
	in_dir("ahead", "ledger-00000001", &path);
	damage_last(path);
	for (k = 0; k < 3; k++) {
		tap_int(sc_store_token_spent(a, kit_spend(0)->token_id, &e),
		    SC_ERR_CORRUPT);
		tap_int(kit_issue(a, 0), SC_ERR_CORRUPT);
	}
	sc_store_close(a);
	free(path);
}

struct walk {
	uint64_t first, last;
	int n;
	int stop_at; /* 0: never */
};

static int
step(void *arg, const struct sc_store_entry *entry)
{
	struct walk *w = arg;

	if (w->n++ == 0)
		w->first = entry->seq;
	w->last = entry->seq;
	return w->stop_at != 0 && w->n == w->stop_at ? 7 : 0;
}

/* Only what is new, from where the last call ended. */
static void
each_after(void)
{
	const char *dir = kit_dir("each-after");
	struct sc_store *s = kit_open(dir), *other = NULL;
	struct walk w = {0};
	struct sc_error e = SC_ERROR_INIT;
	uint64_t seq = 0, before;
	int i;

	tap_need(s != NULL);
	tap_int(sc_store_each_after(s, &seq, step, &w, &e), 0);
	tap_int(w.n, 0);
	for (i = 1; i <= 3; i++)
		tap_int(kit_issue(s, (uint64_t)i), 0);
	tap_int(sc_store_each_after(s, &seq, step, &w, &e), 0);
	tap_int(w.n, 3);
	tap_int(seq, w.last);
	w = (struct walk){0};
	tap_int(sc_store_each_after(s, &seq, step, &w, &e), 0);
	tap_int(w.n, 0);
	/* What another process wrote, and not what was told before. */
	before = seq;
	tap_int(sc_store_open(dir, SC_STORE_WRITE, &other, &e), 0);
	tap_need(other != NULL);
	tap_int(kit_issue(other, 4), 0);
	tap_int(kit_issue(other, 5), 0);
	w = (struct walk){.stop_at = 1};
	tap_int(sc_store_each_after(s, &seq, step, &w, &e), 7);
	tap_int(seq, before + 1);
	w = (struct walk){0};
	tap_int(sc_store_each_after(s, &seq, step, &w, &e), 0);
	tap_int(w.n, 1);
	tap_int(w.first, before + 2);
	/* Somebody else's number: from the beginning. */
	seq = 2;
	w = (struct walk){0};
	tap_int(sc_store_each_after(s, &seq, step, &w, &e), 0);
	tap_int(w.n, 5);
	sc_store_close(other);
	sc_store_close(s);
}

TAP_MAIN(TAP_TEST(each_after), TAP_TEST(missing), TAP_TEST(modes),
    TAP_TEST(owner), TAP_TEST(issue),
    TAP_NAMED("T16 a token is used once", once), TAP_TEST(leading_zeros),
    TAP_TEST(reader), TAP_TEST(checkpoints), TAP_TEST(index_gone),
    TAP_TEST(index_damaged), TAP_TEST(ledger_gone), TAP_TEST(ledger_old),
    TAP_TEST(damage_inside),
    TAP_NAMED("T16 an index ahead of the ledger", index_ahead),
    TAP_TEST(reader_undisturbed), TAP_TEST(too_large))
