/*
 * Files relative to the folder of the store: whole reads and writes that
 * survive signals, durable replacement, bounded locks.
 */
#ifndef SC_STORE_DISK_H
#define SC_STORE_DISK_H

#include <stddef.h>
#include <stdint.h>

struct sc_error;

/* Up to n bytes at off; *got is less only at the end of the file. */
int sc_disk_pread(
    int fd, void *p, size_t n, uint64_t off, size_t *got, struct sc_error *e);
int sc_disk_pwrite(
    int fd, const void *p, size_t n, uint64_t off, struct sc_error *e);
/* Zeros over [off, off + n). */
int sc_disk_zero(int fd, uint64_t off, uint64_t n, struct sc_error *e);
int sc_disk_sync(int fd, struct sc_error *e); /* fsync */
int sc_disk_rename(
    int dirfd, const char *from, const char *to, struct sc_error *e);
/*
 * openat with O_CREAT, mode 0600, no symbolic links; -1 with errno.  A file
 * that root makes is given to the owner of the folder: the administrator
 * who issues without the servers must not lock the workers out.
 */
int sc_disk_create(int dirfd, const char *name, int flags);
/* Copy a file that nobody writes, durably but for its name. */
int sc_disk_copy(int from_dir, const char *from, int to_dir, const char *to,
    struct sc_error *e);
/* Write name.tmp, fsync, rename to name, fsync the folder. */
int sc_disk_put(
    int dirfd, const char *name, const void *p, size_t n, struct sc_error *e);

/*
 * Has no name come, gone or changed in a folder?  Looking a name up that is
 * not there costs ten times as much as asking that.
 */
struct sc_disk_names {
	int64_t mtime; /* of the folder; all zeros: not looked at yet */
	int64_t since; /* when it was first seen to be that, monotonic */
	int settled;
};
/*
 * 1: not since an earlier call, of which the caller looked at the names after
 * it had returned 0.  Two changes within one tick of the clock leave the same
 * time, so that only a time that stays for a while counts.
 */
int sc_disk_names_same(int dirfd, struct sc_disk_names *n);

/*
 * Lock files live as long as their store; the locks are of the open file
 * description (F_OFD_SETLK), so the kernel gives them back when a holder
 * dies.  wait is in nanoseconds; SC_ERR_BUSY when it was not enough.
 */
int sc_disk_lock_open(int dirfd, const char *name, int *fd, struct sc_error *e);
int sc_disk_lock(int fd, int64_t wait, struct sc_error *e);
void sc_disk_unlock(int fd);
/* A lock on a whole file: exclusive or shared; 1 got it, 0 not, negative. */
int sc_disk_try_lock(int fd, int exclusive, struct sc_error *e);

#endif
