/*
 * Stands between a program and the C library for all calls on the files of
 * one folder: they can be watched, and made to fail.  Being part of the
 * program it also sees the calls of shared libraries (GDBM's); built as a
 * shared object and preloaded it works for programs that know nothing of it.
 */
#ifndef SC_T_SHIM_H
#define SC_T_SHIM_H

#include <stddef.h>
#include <stdint.h>

enum shim_call {
	SHIM_OPEN,
	SHIM_READ,
	SHIM_WRITE,
	SHIM_SYNC,
	SHIM_TRUNCATE,
	SHIM_RENAME,
	SHIM_UNLINK,
	SHIM_STAT,
	SHIM_LOCK,
	SHIM_CLOSE,
	SHIM_CALLS
};

/* A call that is about to be made, or (in done) was made. */
struct shim_event {
	enum shim_call call;
	int failed; /* of SHIM_SYNC, which is told in either case */
	int fd;
	int flags; /* of open; of sync: 1 is fdatasync */
	const char *name; /* in the folder; "." is the folder itself */
	const char *to; /* of rename */
	uint64_t off; /* of write; the new length of truncate */
	const void *p; /* of write */
	size_t n;
	int64_t mtime; /* of the file, after write and truncate */
};

struct shim {
	const char *dir; /* as the program calls it; NULL: nothing is seen */
	int no_sync; /* syncs are not passed on: much faster */
	/* errno to fail with instead of making the call, or 0. */
	int (*before)(const struct shim_event *ev);
	/* After calls that changed something, and after every sync. */
	void (*done)(const struct shim_event *ev);
};
extern struct shim shim;

#endif
