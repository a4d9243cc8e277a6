/*
 * The ledger: an append-only chain of records in segment files.
 *
 * Reading needs no lock: a record counts when it is whole, its hash is right
 * and it carries the hash of the one before.  Appending and mending need the
 * ledger lock, which the caller holds (lock.h).
 */
#ifndef SC_STORE_LEDGER_H
#define SC_STORE_LEDGER_H

#include <stddef.h>
#include <stdint.h>

#include "store/record.h"

struct sc_error;
struct sc_place;

#define SC_SEGMENT_HEADER 128 /* bytes before the first record */

struct sc_ledger {
	int fd; /* -1: not open */
	int writable;
	uint64_t size; /* of the file, when last looked */
	struct sc_ledger_pos start; /* of the segment's first record */
	uint8_t *win; /* bytes of the file from win_off on */
	size_t win_cap;
	size_t win_len;
	uint64_t win_off;
	size_t ahead; /* how much to read at the next refill */
};

/* Make the first segment; the caller holds the lock.  IO, NOMEM. */
int sc_ledger_create(int dirfd, int64_t now, struct sc_error *e);
/* NOT_FOUND, CORRUPT (header), UNSUPPORTED (later version), IO. */
int sc_ledger_open(
    int dirfd, int writable, struct sc_ledger *l, struct sc_error *e);
void sc_ledger_close(struct sc_ledger *l);

/*
 * The record at pos: 1 with *rec filled, borrowed until the next call on l,
 * segment and offset of *at (may be NULL), and *pos behind it; 0 when no valid record follows; negative: IO, NOMEM,
 * CORRUPT (valid by its hash but not understood).
 */
int sc_ledger_next(struct sc_ledger *l, struct sc_ledger_pos *pos,
    struct sc_record *rec, struct sc_place *at, struct sc_error *e);
/*
 * Move pos behind the last record.  CORRUPT when that is not the end, but a
 * damaged record: a later one tells that what stood here was durable.
 */
int sc_ledger_find_end(
    struct sc_ledger *l, struct sc_ledger_pos *pos, struct sc_error *e);
/* CORRUPT: the record that ought to stand at pos does not. */
int sc_ledger_damage(const struct sc_ledger_pos *pos, struct sc_error *e);
/* The record at an offset an index told; CORRUPT when it is not intact. */
int sc_ledger_at(struct sc_ledger *l, uint32_t segment, uint64_t offset,
    struct sc_record *rec, struct sc_error *e);
/* 1: pos is indeed a place of this ledger, judged by the hash before it. */
int sc_ledger_has(
    struct sc_ledger *l, const struct sc_ledger_pos *pos, struct sc_error *e);

/*
 * Under the lock, where sc_ledger_next found no more: make sure that only
 * zeros follow.  What a killed writer left is wiped and *dropped counts its
 * bytes.  CORRUPT when it was no unfinished record: a later record tells that
 * what stood here was durable.  With full everything up to the end of the
 * file is looked at, else only the next few KiB.
 */
int sc_ledger_mend(struct sc_ledger *l, const struct sc_ledger_pos *pos,
    int full, uint64_t *dropped, struct sc_error *e);
/*
 * Under the lock, after mend: seal rec, write it at pos and move pos behind
 * it.  Not durable before sc_ledger_sync.  On failure nothing was appended.
 */
int sc_ledger_append(struct sc_ledger *l, struct sc_ledger_pos *pos,
    uint64_t durable, uint8_t *rec, size_t n, struct sc_error *e);
/* fdatasync: everything appended so far by anybody is durable. */
int sc_ledger_sync(struct sc_ledger *l, struct sc_error *e);
/*
 * Under the lock, after a sync that failed: the kernel may now take pages for
 * clean that never reached the disk, so a later sync would prove nothing about
 * them.  Write [from, to) again as it is.
 */
int sc_ledger_redo(
    struct sc_ledger *l, uint64_t from, uint64_t to, struct sc_error *e);

#endif
