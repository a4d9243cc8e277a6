/*
 * What a disk may hold after a power cut.
 *
 * All changes to a folder are recorded (shim.h); replayed, they give for each
 * point in time what had been synced and what had not.  From the latter any
 * part may have got to the disk: each sector of 512 bytes for itself, in any
 * of its states since the sync, any of the sizes that a file had, and any of
 * the new names.  A sync that failed leaves behind what it did not write, and
 * a later one does not make up for it.
 */
#ifndef SC_T_DISK_LOG_H
#define SC_T_DISK_LOG_H

#include <stddef.h>
#include <stdint.h>

#define DISK_SECTOR 512
#define DISK_NAME 40
#define DISK_FILES 32

struct shim_event;

/* The files of a folder; zero-initialise. */
struct image {
	size_t n;
	struct image_file {
		char name[DISK_NAME];
		uint8_t *p;
		size_t n;
		int64_t mtime;
	} file[DISK_FILES];
};

void image_clear(struct image *img);
/* The files of a folder as they are; 0, or -1. */
int image_read(const char *dir, struct image *img);
/* Make the folder hold these files and no others; 0, or -1. */
int image_write(const char *dir, const struct image *img);
uint64_t image_hash(const struct image *img);
/* NULL: both are the same; else the name of a file that is not. */
const char *image_differs(const struct image *a, const struct image *b);

/* A recording; zero-initialise. */
struct disk_log {
	struct logged {
		int mark; /* no call: a number of the caller's */
		int call; /* enum shim_call */
		int failed;
		int fd;
		int flags;
		char name[DISK_NAME], to[DISK_NAME];
		uint64_t off;
		uint8_t *p;
		size_t n;
		int64_t mtime;
	} * entry;
	size_t n, cap;
	int deaf; /* for a self-test: no sync of a ledger is heard */
};

/*
 * Record what happens in dir (which must live as long, and be what the
 * program opens) from now on; one recording at a time.
 */
void disk_log_start(struct disk_log *log, const char *dir);
void disk_log_mark(int number); /* not 0 */
void disk_log_stop(void);
void disk_log_clear(struct disk_log *log);

struct disk;

/* What the disk held durably at the start. */
struct disk *disk_new(const struct image *img);
void disk_free(struct disk *d);
void disk_apply(struct disk *d, const struct logged *l);

enum disk_fate {
	DISK_ALL, /* all that was not synced got there all the same */
	DISK_NONE,
	DISK_SOME /* by the dice */
};
/* What it holds after a power cut; *seed is for DISK_SOME. */
void disk_image(const struct disk *d, enum disk_fate data, enum disk_fate names,
    uint64_t *seed, struct image *img);
/*
 * As DISK_ALL, and of the write that is to come the sectors from `from` to
 * before `to`.  0 when l is no write.
 */
size_t disk_sectors(const struct logged *l);
void disk_torn(const struct disk *d, const struct logged *l, size_t from,
    size_t to, struct image *img);

uint64_t disk_dice(uint64_t *seed);

#endif
