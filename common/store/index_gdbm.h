/*
 * The index: where in the ledger a key's record is, up to a checkpoint.
 *
 * Two GDBM files take turns.  A small pointer file names the live one, which
 * is never written; a checkpoint brings the other one up to date and then
 * replaces the pointer.  Everything here can be rebuilt from the ledger.
 */
#ifndef SC_STORE_INDEX_GDBM_H
#define SC_STORE_INDEX_GDBM_H

#include <stdint.h>

#include "store/record.h"

struct sc_error;
struct sc_ledger;
struct sc_place;

struct sc_index {
	int dirfd; /* borrowed */
	int lock_fd; /* of checkpoints; -1 when opened for reading */
	int held; /* the lock is held for more than one checkpoint */
	void *db; /* the live file, or NULL */
	uint64_t generation; /* of the pointer that named it */
	uint64_t bad; /* generation found to be damaged, or 0 */
	struct sc_ledger_pos upto; /* what the live file covers */
	uint64_t revoked; /* how many revocations it knows */
	uint64_t last_revoked; /* number of the latest one's record, or 0 */
	uint64_t size; /* of the live file */
	int64_t mtime; /* likewise: it has not been written since */
	uint64_t seen_ino; /* of the pointer file */
	int64_t seen_mtime;
};

void sc_index_init(struct sc_index *ix, int dirfd, int lock_fd);
void sc_index_close(struct sc_index *ix);
/*
 * 1 when the pointer has been replaced since sc_index_open, or somebody has
 * written to the live file, which nobody may; 0, or IO.
 */
int sc_index_changed(struct sc_index *ix, struct sc_error *e);
/*
 * Open the file that the pointer names.  NOT_FOUND: there is no pointer;
 * CORRUPT: pointer or file are damaged or do not belong together.
 */
int sc_index_open(struct sc_index *ix, struct sc_error *e);
/* 1 found, 0 not there, CORRUPT. */
int sc_index_find(struct sc_index *ix, const uint8_t key[SC_RECORD_KEY],
    struct sc_place *at, struct sc_error *e);
/* Where the n-th revocation is (from 1 to ix->revoked); as sc_index_find. */
int sc_index_revocation(
    struct sc_index *ix, uint64_t n, struct sc_place *at, struct sc_error *e);
/* Take the open file for damaged from now on, and close it. */
void sc_index_distrust(struct sc_index *ix);
/*
 * Bring the spare file up to upto and make it the live one, unless another
 * process is at it or has done it (then 0 as well).  The caller's own live
 * file stays open; sc_index_changed tells.  IO, NOMEM, CORRUPT (ledger).
 */
int sc_index_checkpoint(struct sc_index *ix, struct sc_ledger *l,
    const struct sc_ledger_pos *upto, struct sc_error *e);
/*
 * The same from the ledger alone, whatever the files at hand say.  BUSY when
 * another process is at a checkpoint for longer than wait nanoseconds.
 */
int sc_index_rebuild(struct sc_index *ix, struct sc_ledger *l,
    const struct sc_ledger_pos *upto, int64_t wait, struct sc_error *e);
/*
 * The same anew, of the records from start to upto and of nothing else.  The
 * caller holds ix->lock_fd.
 */
int sc_index_renew(struct sc_index *ix, struct sc_ledger *l,
    const struct sc_ledger_pos *start, const struct sc_ledger_pos *upto,
    struct sc_error *e);

#endif
