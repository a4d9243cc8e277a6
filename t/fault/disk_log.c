#include "config.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "disk_log.h"
#include "shim.h"

#define FDS 1024

/* A test that has no memory left has nothing to tell. */
static void *
must(void *p)
{
	if (p == NULL)
		abort();
	return p;
}

static void *
grown(void *p, size_t n, size_t size)
{
	return must(realloc(p, n * size));
}

uint64_t
disk_dice(uint64_t *seed)
{
	/* splitmix64: any sequence will do, but the same one each time. */
	uint64_t z = (*seed += UINT64_C(0x9e3779b97f4a7c15));

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

/* --- images ------------------------------------------------------------- */

void
image_clear(struct image *img)
{
	size_t i;

	for (i = 0; i < img->n; i++)
		free(img->file[i].p);
	img->n = 0;
}

static struct image_file *
image_add(struct image *img, const char *name, const void *p, size_t n)
{
	struct image_file *f;

	if (img->n == DISK_FILES)
		abort();
	f = &img->file[img->n++];
	snprintf(f->name, sizeof f->name, "%s", name);
	f->p = must(malloc(n + 1));
	if (n > 0)
		memcpy(f->p, p, n);
	f->n = n;
	f->mtime = 0;
	return f;
}

static int
image_load(int dirfd, const char *name, struct image *img)
{
	struct image_file *f;
	struct stat st;
	ssize_t got;
	int fd;

	fd = openat(dirfd, name, O_RDONLY | O_NOFOLLOW);
	if (fd < 0 || fstat(fd, &st) != 0)
		return -1;
	f = image_add(img, name, NULL, 0);
	f->p = grown(f->p, (size_t)st.st_size + 1, 1);
	got = pread(fd, f->p, (size_t)st.st_size, 0);
	f->n = got < 0 ? 0 : (size_t)got;
	f->mtime = (int64_t)st.st_mtim.tv_sec * 1000000000 + st.st_mtim.tv_nsec;
	(void)close(fd);
	return got == st.st_size ? 0 : -1;
}

int
image_read(const char *dir, struct image *img)
{
	DIR *d = opendir(dir);
	struct dirent *de;
	int r = 0;

	memset(img, 0, sizeof *img);
	if (d == NULL)
		return -1;
	while (r == 0 && (de = readdir(d)) != NULL)
		if (de->d_name[0] != '.')
			r = image_load(dirfd(d), de->d_name, img);
	(void)closedir(d);
	return r;
}

static int
empty_folder(const char *dir)
{
	DIR *d = opendir(dir);
	struct dirent *de;

	if (d == NULL)
		return -1;
	while ((de = readdir(d)) != NULL)
		if (de->d_name[0] != '.')
			(void)unlinkat(dirfd(d), de->d_name, 0);
	(void)closedir(d);
	return 0;
}

static int
write_file(const char *dir, const struct image_file *f)
{
	const struct timespec times[2] = {
	    {f->mtime / 1000000000, f->mtime % 1000000000},
	    {f->mtime / 1000000000, f->mtime % 1000000000}};
	char path[4096];
	int fd, r;

	snprintf(path, sizeof path, "%s/%s", dir, f->name);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	if (fd < 0)
		return -1;
	r = pwrite(fd, f->p, f->n, 0) == (ssize_t)f->n &&
	    futimens(fd, times) == 0;
	return close(fd) == 0 && r ? 0 : -1;
}

int
image_write(const char *dir, const struct image *img)
{
	size_t i;

	if (empty_folder(dir) != 0)
		return -1;
	for (i = 0; i < img->n; i++)
		if (write_file(dir, &img->file[i]) != 0)
			return -1;
	return 0;
}

static uint64_t
hash_bytes(uint64_t h, const void *p, size_t n)
{
	const uint8_t *b = p;
	uint64_t word;

	for (; n >= 8; b += 8, n -= 8) {
		memcpy(&word, b, 8);
		h = (h ^ word) * UINT64_C(0x100000001b3);
		h ^= h >> 29;
	}
	for (; n > 0; b++, n--)
		h = (h ^ *b) * UINT64_C(0x100000001b3);
	return h ^ (h >> 32);
}

uint64_t
image_hash(const struct image *img)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325), sum = 0;
	size_t i;

	/* A sum, for the order of the files says nothing. */
	for (i = 0; i < img->n; i++) {
		h = hash_bytes(img->file[i].n, img->file[i].name,
		    strlen(img->file[i].name));
		h = hash_bytes(h, img->file[i].p, img->file[i].n);
		sum += hash_bytes(h, &img->file[i].mtime, sizeof(int64_t));
	}
	return sum;
}

const char *
image_differs(const struct image *a, const struct image *b)
{
	size_t i, k;

	for (i = 0; i < a->n; i++) {
		for (k = 0; k < b->n; k++)
			if (strcmp(a->file[i].name, b->file[k].name) == 0)
				break;
		if (k == b->n || a->file[i].n != b->file[k].n ||
		    (a->file[i].n != 0 &&
			a->file[i].mtime != b->file[k].mtime) ||
		    memcmp(a->file[i].p, b->file[k].p, a->file[i].n) != 0)
			return a->file[i].name;
	}
	return a->n == b->n ? NULL : "number of files";
}

/* --- recording ---------------------------------------------------------- */

static struct disk_log *recording;

static struct logged *
log_add(void)
{
	struct disk_log *log = recording;

	if (log->n == log->cap) {
		log->cap = log->cap == 0 ? 1024 : 2 * log->cap;
		log->entry = grown(log->entry, log->cap, sizeof *log->entry);
	}
	memset(&log->entry[log->n], 0, sizeof *log->entry);
	return &log->entry[log->n++];
}

static void
hear(const struct shim_event *ev)
{
	struct logged *l;

	if (recording->deaf && ev->call == SHIM_SYNC &&
	    strncmp(ev->name, "ledger-", 7) == 0)
		return;
	l = log_add();
	l->call = (int)ev->call;
	l->failed = ev->failed;
	l->fd = ev->fd;
	l->flags = ev->flags;
	snprintf(l->name, sizeof l->name, "%s", ev->name);
	if (ev->to != NULL)
		snprintf(l->to, sizeof l->to, "%s", ev->to);
	l->off = ev->off;
	l->n = ev->p == NULL ? 0 : ev->n;
	l->mtime = ev->mtime;
	if (l->n > 0) {
		l->p = must(malloc(l->n));
		memcpy(l->p, ev->p, l->n);
	}
}

void
disk_log_start(struct disk_log *log, const char *dir)
{
	recording = log;
	shim.dir = dir;
	shim.done = hear;
}

void
disk_log_mark(int number)
{
	if (recording != NULL)
		log_add()->mark = number;
}

void
disk_log_stop(void)
{
	shim.done = NULL;
	shim.dir = NULL;
	recording = NULL;
}

void
disk_log_clear(struct disk_log *log)
{
	size_t i;

	for (i = 0; i < log->n; i++)
		free(log->entry[i].p);
	free(log->entry);
	log->entry = NULL;
	log->n = log->cap = 0;
}

/* --- replaying ---------------------------------------------------------- */

struct content {
	uint8_t *p;
	size_t n;
	int64_t mtime;
};

/* A file, whatever its names. */
struct inode {
	struct content now; /* as a program sees it */
	struct content kept; /* as it was synced */
	const struct logged **pending; /* changes since the sync */
	size_t pending_n, pending_cap;
};

struct names {
	size_t n;
	struct {
		char name[DISK_NAME];
		struct inode *file;
	} at[DISK_FILES];
};

struct disk {
	struct inode **inodes; /* all there ever were */
	size_t inodes_n;
	struct names now, kept;
	struct name_change {
		int is_link; /* else the name is gone */
		int moved; /* the name it had before, +1 */
		char name[DISK_NAME];
		char from[DISK_NAME];
		struct inode *file;
	} * change; /* since the folder was synced */
	size_t change_n;
	struct inode *open[FDS];
};

static void
resize(struct content *c, size_t n)
{
	if (n > c->n) {
		c->p = grown(c->p, n, 1);
		memset(c->p + c->n, 0, n - c->n);
	}
	c->n = n;
}

static void
put(struct content *c, uint64_t off, const void *p, size_t n)
{
	if (n == 0)
		return;
	if (c->n < off + n)
		resize(c, (size_t)off + n);
	memcpy(c->p + off, p, n);
}

/* One change on a file's content. */
static void
change_content(struct content *c, const struct logged *l)
{
	if (l->call == SHIM_WRITE)
		put(c, l->off, l->p, l->n);
	else /* SHIM_TRUNCATE, or SHIM_OPEN with O_TRUNC */
		resize(c, l->call == SHIM_OPEN ? 0 : (size_t)l->off);
	if (l->mtime != 0)
		c->mtime = l->mtime;
}

static struct inode *
inode_new(struct disk *d)
{
	struct inode *i = must(calloc(1, sizeof *i));

	d->inodes = grown(d->inodes, d->inodes_n + 1, sizeof i);
	d->inodes[d->inodes_n++] = i;
	return i;
}

static struct inode *
look_up(const struct names *in, const char *name)
{
	size_t i;

	for (i = 0; i < in->n; i++)
		if (strcmp(in->at[i].name, name) == 0)
			return in->at[i].file;
	return NULL;
}

static void
unlink_name(struct names *in, const char *name)
{
	size_t i;

	for (i = 0; i < in->n; i++)
		if (strcmp(in->at[i].name, name) == 0) {
			in->at[i] = in->at[--in->n];
			return;
		}
}

static void
link_name(struct names *in, const char *name, struct inode *file)
{
	unlink_name(in, name);
	if (in->n == DISK_FILES)
		abort();
	snprintf(in->at[in->n].name, DISK_NAME, "%s", name);
	in->at[in->n++].file = file;
}

static void
change_name(struct names *in, const struct name_change *c)
{
	if (c->moved && look_up(in, c->from) == c->file)
		unlink_name(in, c->from);
	if (c->is_link)
		link_name(in, c->name, c->file);
	else
		unlink_name(in, c->name);
}

static struct name_change *
add_change(struct disk *d, const char *name, struct inode *file)
{
	struct name_change *c;

	d->change = grown(d->change, d->change_n + 1, sizeof *c);
	c = &d->change[d->change_n++];
	memset(c, 0, sizeof *c);
	snprintf(c->name, sizeof c->name, "%s", name);
	c->file = file;
	c->is_link = file != NULL;
	return c;
}

struct disk *
disk_new(const struct image *img)
{
	struct disk *d = must(calloc(1, sizeof *d));
	struct inode *file;
	size_t i;

	for (i = 0; i < img->n; i++) {
		file = inode_new(d);
		put(&file->now, 0, img->file[i].p, img->file[i].n);
		put(&file->kept, 0, img->file[i].p, img->file[i].n);
		file->now.mtime = file->kept.mtime = img->file[i].mtime;
		link_name(&d->now, img->file[i].name, file);
		link_name(&d->kept, img->file[i].name, file);
	}
	return d;
}

void
disk_free(struct disk *d)
{
	size_t i;

	for (i = 0; i < d->inodes_n; i++) {
		free(d->inodes[i]->now.p);
		free(d->inodes[i]->kept.p);
		free(d->inodes[i]->pending);
		free(d->inodes[i]);
	}
	free(d->inodes);
	free(d->change);
	free(d);
}

static void
apply_change(struct inode *i, const struct logged *l)
{
	change_content(&i->now, l);
	if (i->pending_n == i->pending_cap) {
		i->pending_cap = 2 * i->pending_cap + 16;
		i->pending =
		    grown(i->pending, i->pending_cap, sizeof *i->pending);
	}
	i->pending[i->pending_n++] = l;
}

static void
apply_open(struct disk *d, const struct logged *l)
{
	struct inode *file = look_up(&d->now, l->name);

	if (strcmp(l->name, ".") == 0)
		return;
	if (file == NULL) {
		file = inode_new(d);
		file->now.mtime = l->mtime;
		link_name(&d->now, l->name, file);
		(void)add_change(d, l->name, file);
	} else if (l->flags & O_TRUNC) {
		apply_change(file, l);
	}
	d->open[l->fd] = file;
}

/*
 * Only the sectors that were dirty, for those that a failed sync took for
 * clean are as before; a sync writes a file's size in any case.
 */
static void
keep_content(struct inode *i)
{
	const struct logged *l;
	size_t k, from, to;

	for (k = 0; k < i->pending_n; k++) {
		l = i->pending[k];
		if (l->call != SHIM_WRITE) {
			change_content(&i->kept, l);
			continue;
		}
		from = (size_t)l->off / DISK_SECTOR * DISK_SECTOR;
		to = ((size_t)l->off + l->n + DISK_SECTOR - 1) / DISK_SECTOR *
		    DISK_SECTOR;
		if (to > i->now.n)
			to = i->now.n;
		if (from < to)
			put(&i->kept, from, i->now.p + from, to - from);
	}
	resize(&i->kept, i->now.n);
	i->kept.mtime = i->now.mtime;
}

static void
apply_sync(struct disk *d, const struct logged *l)
{
	struct inode *i;

	if (strcmp(l->name, ".") == 0) {
		if (!l->failed) {
			d->kept = d->now;
			d->change_n = 0;
		}
		return;
	}
	i = d->open[l->fd];
	if (!l->failed)
		keep_content(i);
	i->pending_n = 0;
}

static void
apply_rename(struct disk *d, const struct logged *l)
{
	struct inode *file = look_up(&d->now, l->name);
	struct name_change *c;

	if (file == NULL)
		abort();
	c = add_change(d, l->to, file);
	c->moved = 1;
	snprintf(c->from, sizeof c->from, "%s", l->name);
	change_name(&d->now, c);
}

void
disk_apply(struct disk *d, const struct logged *l)
{
	if (l->mark != 0)
		return;
	switch (l->call) {
	case SHIM_OPEN:
		apply_open(d, l);
		break;
	case SHIM_WRITE:
	case SHIM_TRUNCATE:
		apply_change(d->open[l->fd], l);
		break;
	case SHIM_SYNC:
		apply_sync(d, l);
		break;
	case SHIM_RENAME:
		apply_rename(d, l);
		break;
	case SHIM_UNLINK:
		unlink_name(&d->now, l->name);
		(void)add_change(d, l->name, NULL);
		break;
	default:
		break;
	}
}

/* --- power cuts --------------------------------------------------------- */

static int
touches(const struct logged *l, size_t sector)
{
	size_t from = sector * DISK_SECTOR;

	if (l->call != SHIM_WRITE)
		return 1;
	return l->off < from + DISK_SECTOR && l->off + l->n > from;
}

/* One sector after the first so many changes that concern it. */
static void
sector_after(const struct inode *i, size_t sector, size_t changes,
    uint8_t out[DISK_SECTOR])
{
	size_t from = sector * DISK_SECTOR, k, a, b;
	const struct logged *l;

	memset(out, 0, DISK_SECTOR);
	if (from < i->kept.n)
		memcpy(out, i->kept.p + from,
		    i->kept.n - from < DISK_SECTOR ? i->kept.n - from
						   : DISK_SECTOR);
	for (k = 0; k < i->pending_n && changes > 0; k++) {
		l = i->pending[k];
		if (!touches(l, sector))
			continue;
		changes--;
		a = (size_t)l->off > from ? (size_t)l->off : from;
		if (l->call == SHIM_WRITE) {
			b = (size_t)l->off + l->n;
			if (b > from + DISK_SECTOR)
				b = from + DISK_SECTOR;
			memcpy(out + (a - from), l->p + (a - l->off), b - a);
		} else {
			if (l->call == SHIM_OPEN)
				a = from;
			if (a < from + DISK_SECTOR)
				memset(out + (a - from), 0,
				    from + DISK_SECTOR - a);
		}
	}
}

/* Any of the sizes it had; all others than the last are rare. */
static size_t
some_size(const struct inode *i, uint64_t *seed)
{
	size_t n = i->kept.n, k, stop = i->pending_n;

	if (disk_dice(seed) % 2 == 0)
		stop = (size_t)(disk_dice(seed) % (i->pending_n + 1));
	for (k = 0; k < stop; k++)
		if (i->pending[k]->call == SHIM_WRITE) {
			if (n < i->pending[k]->off + i->pending[k]->n)
				n = (size_t)i->pending[k]->off +
				    i->pending[k]->n;
		} else {
			n = i->pending[k]->call == SHIM_OPEN
			    ? 0
			    : (size_t)i->pending[k]->off;
		}
	return n;
}

static void
some_content(const struct inode *i, uint64_t *seed, struct image_file *f)
{
	/* How much of it got there differs from one power cut to the next. */
	uint64_t odds = disk_dice(seed) % 5;
	size_t sector, k, changes, part;
	uint8_t bytes[DISK_SECTOR];

	f->n = some_size(i, seed);
	f->mtime = disk_dice(seed) % 2 ? i->now.mtime : i->kept.mtime;
	f->p = grown(f->p, f->n + 1, 1);
	for (sector = 0; sector * DISK_SECTOR < f->n; sector++) {
		for (k = changes = 0; k < i->pending_n; k++)
			changes += (size_t)touches(i->pending[k], sector);
		if (disk_dice(seed) % 4 < odds) {
			if (disk_dice(seed) % 3 == 0)
				changes =
				    (size_t)(disk_dice(seed) % (changes + 1));
		} else {
			changes = 0;
		}
		sector_after(i, sector, changes, bytes);
		part = f->n - sector * DISK_SECTOR;
		if (part > DISK_SECTOR)
			part = DISK_SECTOR;
		memcpy(f->p + sector * DISK_SECTOR, bytes, part);
	}
}

static void
names_after(const struct disk *d, enum disk_fate fate, uint64_t *seed,
    struct names *out)
{
	size_t i;

	*out = d->kept;
	for (i = 0; i < d->change_n; i++)
		if (fate == DISK_ALL ||
		    (fate == DISK_SOME && disk_dice(seed) % 2))
			change_name(out, &d->change[i]);
}

void
disk_image(const struct disk *d, enum disk_fate data, enum disk_fate names,
    uint64_t *seed, struct image *img)
{
	const struct content *c;
	struct image_file *f;
	struct names in;
	size_t i;

	memset(img, 0, sizeof *img);
	names_after(d, names, seed, &in);
	for (i = 0; i < in.n; i++) {
		c = data == DISK_ALL ? &in.at[i].file->now
				     : &in.at[i].file->kept;
		f = image_add(img, in.at[i].name, c->p, c->n);
		f->mtime = c->mtime;
		if (data == DISK_SOME && in.at[i].file->pending_n > 0)
			some_content(in.at[i].file, seed, f);
	}
}

size_t
disk_sectors(const struct logged *l)
{
	if (l->mark != 0 || l->call != SHIM_WRITE || l->n == 0)
		return 0;
	return (size_t)((l->off + l->n - 1) / DISK_SECTOR -
		   l->off / DISK_SECTOR) +
	    1;
}

void
disk_torn(const struct disk *d, const struct logged *l, size_t from, size_t to,
    struct image *img)
{
	uint64_t first = l->off / DISK_SECTOR * DISK_SECTOR;
	uint64_t a = first + from * DISK_SECTOR, b = first + to * DISK_SECTOR;
	struct content c = {NULL, 0, 0};
	uint64_t seed = 0;
	size_t i;

	disk_image(d, DISK_ALL, DISK_ALL, &seed, img);
	if (a < l->off)
		a = l->off;
	if (b > l->off + l->n)
		b = l->off + l->n;
	for (i = 0; i < img->n && a < b; i++) {
		if (look_up(&d->now, img->file[i].name) != d->open[l->fd])
			continue;
		c.p = img->file[i].p;
		c.n = img->file[i].n;
		put(&c, a, l->p + (a - l->off), (size_t)(b - a));
		img->file[i].p = c.p;
		img->file[i].n = c.n;
		img->file[i].mtime = l->mtime;
	}
}
