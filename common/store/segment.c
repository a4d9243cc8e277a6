#include "config.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/encode.h"
#include "base/err.h"
#include "base/mem.h"
#include "crypto/key.h"
#include "store/disk.h"
#include "store/segment.h"
#include "store/tuning.h"

#define MAGIC "SCLEDGER"
#define FORMAT_VERSION 1
#define PREFIX "ledger-"
#define DIGITS 8
#define TRIES 8
static const char tmp_name[] = "ledger.tmp";

void
sc_segment_name(uint32_t number, char name[SC_SEGMENT_NAME])
{
	snprintf(name, SC_SEGMENT_NAME, PREFIX "%08x", (unsigned)number);
}

uint32_t
sc_segment_number(const char *name)
{
	char same[SC_SEGMENT_NAME];
	const char *p = name;
	uint32_t n = 0;
	size_t i;
	int digit;

	if (!sc_has_prefix(name, PREFIX))
		return 0;
	p += strlen(PREFIX);
	for (i = 0; i < DIGITS && (digit = sc_hex_digit(p[i])) >= 0; i++)
		n = n << 4 | (uint32_t)digit;
	sc_segment_name(n, same);
	return strcmp(same, name) == 0 ? n : 0;
}

/* The header; its hash is what the first record carries. */
static int
make_header(const struct sc_ledger_pos *after, int64_t now, uint8_t *h,
    struct sc_error *e)
{
	struct sc_buf *b = sc_buf_new(SC_SEGMENT_HEADER);
	size_t body = SC_SEGMENT_HEADER - SC_RECORD_HASH;
	int r;

	sc_buf_puts(b, MAGIC);
	sc_buf_put_u32(b, FORMAT_VERSION);
	sc_buf_put_u32(b, after->segment + 1);
	sc_buf_put_u64(b, after->seq);
	sc_buf_put_u64(b, (uint64_t)now);
	sc_buf_put(b, after->hash, sizeof after->hash);
	if ((r = sc_buf_error(b)) == 0) {
		memset(h, 0, SC_SEGMENT_HEADER);
		memcpy(h, sc_buf_data(b), sc_buf_len(b));
		r = sc_sha256(h, body, h + body);
	}
	sc_buf_free(b);
	return r == 0 ? 0 : sc_fail(e, r, "ledger: header");
}

static int
fill(int fd, const uint8_t *h, struct sc_error *e)
{
	int r;

	if ((r = sc_disk_pwrite(fd, h, SC_SEGMENT_HEADER, 0, e)) != 0)
		return r;
	r = sc_disk_zero(fd, SC_SEGMENT_HEADER,
	    sc_store_tuning.chunk - SC_SEGMENT_HEADER, e);
	return r != 0 ? r : sc_disk_sync(fd, e);
}

int
sc_segment_create(int dirfd, const struct sc_ledger_pos *after, int64_t now,
    struct sc_error *e)
{
	uint8_t h[SC_SEGMENT_HEADER];
	char name[SC_SEGMENT_NAME];
	int fd, r;

	if ((r = make_header(after, now, h, e)) != 0)
		return r;
	/* Never over another one. */
	if ((r = sc_segment_exists(dirfd, after->segment + 1, e)) != 0)
		return r < 0 ? r
			     : sc_fail(e, SC_ERR_CORRUPT,
				   "ledger: segment %u is there already",
				   (unsigned)after->segment + 1);
	fd = sc_disk_create(dirfd, tmp_name, O_WRONLY | O_TRUNC);
	if (fd < 0)
		return sc_fail(
		    e, SC_ERR_IO, "ledger: create: %s", strerror(errno));
	r = fill(fd, h, e);
	if (close(fd) != 0 && r == 0)
		r = sc_fail(e, SC_ERR_IO, "ledger: close: %s", strerror(errno));
	sc_segment_name(after->segment + 1, name);
	if (r == 0)
		r = sc_disk_rename(dirfd, tmp_name, name, e);
	if (r != 0)
		(void)unlinkat(dirfd, tmp_name, 0);
	return r;
}

static int
bad_header(const struct sc_segment *s, struct sc_error *e)
{
	char name[SC_SEGMENT_NAME];

	sc_segment_name(s->number, name);
	return sc_fail(
	    e, SC_ERR_CORRUPT, "ledger: the header of %s is damaged", name);
}

static int
read_header(struct sc_segment *s, struct sc_error *e)
{
	size_t body = SC_SEGMENT_HEADER - SC_RECORD_HASH, got;
	uint8_t h[SC_SEGMENT_HEADER];
	const uint8_t *before;
	struct sc_reader rd;
	uint32_t version;
	int r;

	if ((r = sc_disk_pread(s->fd, h, sizeof h, 0, &got, e)) != 0)
		return r;
	if (got != sizeof h || memcmp(h, MAGIC, strlen(MAGIC)) != 0)
		return bad_header(s, e);
	sc_reader_init(&rd, h + strlen(MAGIC), body - strlen(MAGIC));
	if ((version = sc_reader_u32(&rd)) != FORMAT_VERSION)
		return sc_fail(e, SC_ERR_UNSUPPORTED,
		    "ledger: format %u, this release knows %d",
		    (unsigned)version, FORMAT_VERSION);
	if ((r = sc_sha256(h, body, s->start.hash)) != 0)
		return sc_fail(e, r, "ledger: SHA-256 failed");
	s->start.segment = sc_reader_u32(&rd);
	s->start.seq = sc_reader_u64(&rd);
	(void)sc_reader_u64(&rd); /* when it was made */
	before = sc_reader_bytes(&rd, sizeof s->before);
	if (before == NULL || s->start.segment != s->number ||
	    memcmp(s->start.hash, h + body, sizeof s->start.hash) != 0)
		return bad_header(s, e);
	memcpy(s->before, before, sizeof s->before);
	s->start.offset = SC_SEGMENT_HEADER;
	return 0;
}

int
sc_segment_open(int dirfd, uint32_t number, int writable, struct sc_segment *s,
    struct sc_error *e)
{
	char name[SC_SEGMENT_NAME];
	int r;

	memset(s, 0, sizeof *s);
	sc_segment_name(number, name);
	s->fd = openat(dirfd, name,
	    (writable ? O_RDWR : O_RDONLY) | O_NOFOLLOW | O_CLOEXEC);
	if (s->fd < 0)
		return sc_fail(e,
		    errno == ENOENT ? SC_ERR_NOT_FOUND : SC_ERR_IO,
		    "ledger: open %s: %s", name, strerror(errno));
	s->number = number;
	if ((r = read_header(s, e)) != 0)
		sc_segment_close(s);
	return r;
}

void
sc_segment_close(struct sc_segment *s)
{
	if (s->number != 0)
		(void)close(s->fd);
	memset(s, 0, sizeof *s);
	s->fd = -1;
}

/* Counted in one go; while segments come and go that may be off. */
static int
count(int dirfd, uint32_t *oldest, uint32_t *newest, uint32_t *n,
    struct sc_error *e)
{
	int fd = openat(dirfd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;
	uint32_t number;

	*n = *oldest = *newest = 0;
	if (d == NULL) {
		if (fd >= 0)
			(void)close(fd);
		return sc_fail(e, SC_ERR_IO, "ledger: read the folder: %s",
		    strerror(errno));
	}
	while ((entry = readdir(d)) != NULL) {
		if ((number = sc_segment_number(entry->d_name)) == 0)
			continue;
		if (*n == 0 || number < *oldest)
			*oldest = number;
		if (number > *newest)
			*newest = number;
		++*n;
	}
	(void)closedir(d);
	return 0;
}

int
sc_segment_range(
    int dirfd, uint32_t *oldest, uint32_t *newest, struct sc_error *e)
{
	uint32_t n;
	int i, r;

	for (i = 0; i < TRIES; i++) {
		if ((r = count(dirfd, oldest, newest, &n, e)) != 0)
			return r;
		if (n == 0)
			return sc_fail(
			    e, SC_ERR_NOT_FOUND, "ledger: there is none");
		if (*newest - *oldest == n - 1)
			return 0;
	}
	return sc_fail(e, SC_ERR_CORRUPT,
	    "ledger: of the segments " PREFIX "%08x to " PREFIX "%08x "
	    "there are only %u",
	    (unsigned)*oldest, (unsigned)*newest, (unsigned)n);
}

/*
 * Not by stat: who asks for a file's times makes Linux (6.13) give the next
 * write times of its own, and so each sync has an inode to write as well.
 */
int
sc_segment_exists(int dirfd, uint32_t number, struct sc_error *e)
{
	char name[SC_SEGMENT_NAME];

	sc_segment_name(number, name);
	if (faccessat(dirfd, name, F_OK, 0) == 0)
		return 1;
	return errno == ENOENT
	    ? 0
	    : sc_fail(e, SC_ERR_IO, "ledger: %s: %s", name, strerror(errno));
}

/* 1 they are two files of the same bytes, 0 not, IO. */
static int
is_copy(int a, int b, struct sc_error *e)
{
	uint8_t x[16384], y[sizeof x];
	uint64_t off = 0;
	size_t got = 1, other = 1;
	struct stat sa, sb;
	int r;

	if (fstat(a, &sa) != 0 || fstat(b, &sb) != 0)
		return sc_fail(
		    e, SC_ERR_IO, "ledger: fstat: %s", strerror(errno));
	/* One file by two names would stay. */
	if (sa.st_dev == sb.st_dev && sa.st_ino == sb.st_ino)
		return 0;
	for (; got != 0; off += got)
		if ((r = sc_disk_pread(a, x, sizeof x, off, &got, e)) != 0 ||
		    (r = sc_disk_pread(b, y, sizeof y, off, &other, e)) != 0)
			return r;
		else if (got != other || memcmp(x, y, got) != 0)
			return 0;
	return 1;
}

int
sc_segment_may_archive(
    int dirfd, uint32_t number, int archive, struct sc_error *e)
{
	int flags = O_RDONLY | O_NOFOLLOW | O_CLOEXEC, from, to, r;
	char name[SC_SEGMENT_NAME];

	sc_segment_name(number, name);
	if ((to = openat(archive, name, flags)) < 0 && errno == ENOENT)
		return 0;
	from = openat(dirfd, name, flags);
	if (from < 0 || to < 0)
		r = sc_fail(
		    e, SC_ERR_IO, "ledger: open %s: %s", name, strerror(errno));
	else if ((r = is_copy(from, to, e)) == 0)
		r = sc_fail(e, SC_ERR_CONFLICT,
		    "store: the archive has another %s already", name);
	if (from >= 0)
		(void)close(from);
	if (to >= 0)
		(void)close(to);
	return r < 0 ? r : 0;
}

/* By another name, or a copy where that is another disk. */
static int
move(int dirfd, const char *name, int archive, struct sc_error *e)
{
	static const char part[] = "segment.tmp";
	int r;

	if (renameat(dirfd, name, archive, name) == 0)
		return sc_disk_sync(archive, e);
	if (errno != EXDEV)
		return sc_fail(e, SC_ERR_IO, "store: archive %s: %s", name,
		    strerror(errno));
	if ((r = sc_disk_copy(dirfd, name, archive, part, e)) != 0 ||
	    (r = sc_disk_rename(archive, part, name, e)) != 0)
		return r;
	return unlinkat(dirfd, name, 0) == 0
	    ? 0
	    : sc_fail(
		  e, SC_ERR_IO, "store: remove %s: %s", name, strerror(errno));
}

int
sc_segment_remove(int dirfd, uint32_t number, int archive, struct sc_error *e)
{
	char name[SC_SEGMENT_NAME];
	int r = 0;

	sc_segment_name(number, name);
	if (archive >= 0)
		r = move(dirfd, name, archive, e);
	else if (unlinkat(dirfd, name, 0) != 0)
		r = sc_fail(e, SC_ERR_IO, "store: remove %s: %s", name,
		    strerror(errno));
	return r != 0 ? r : sc_disk_sync(dirfd, e);
}
