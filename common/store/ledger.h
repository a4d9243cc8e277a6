/*
 * The ledger: an append-only chain of records in segment files.
 *
 * Reading needs no lock: a record counts when it is whole, its hash is right
 * and it carries the hash of the one before.  Appending and mending need the
 * ledger lock, which the caller holds.
 */
#ifndef SC_STORE_LEDGER_H
#define SC_STORE_LEDGER_H

#include <stddef.h>
#include <stdint.h>

#include "store/disk.h"
#include "store/record.h"
#include "store/segment.h"

struct sc_error;
struct sc_place;

#define SC_LEDGER_OPEN 4 /* segments open at a time */

struct sc_ledger {
	int dirfd; /* borrowed */
	int writable;
	struct sc_ledger_pos start; /* the oldest segment's first record */
	struct sc_segment open[SC_LEDGER_OPEN]; /* latest used first */
	uint8_t *win; /* bytes of a segment from win_off on */
	size_t win_cap;
	size_t win_len;
	uint32_t win_segment;
	uint64_t win_off;
	size_t ahead; /* how much to read at the next refill */
	/*
	 * When looked for, no segment followed this one (0: none is known),
	 * which holds as long as the names are the same.
	 */
	uint32_t last;
	struct sc_disk_names names;
};

/* NOT_FOUND, CORRUPT (header, missing segment), UNSUPPORTED, IO. */
int sc_ledger_open(
    int dirfd, int writable, struct sc_ledger *l, struct sc_error *e);
void sc_ledger_close(struct sc_ledger *l);
/* Set l->start anew: segments may have gone.  As sc_ledger_open. */
int sc_ledger_look(struct sc_ledger *l, struct sc_error *e);
/* Close all segments but one, so that those that are gone free their space. */
void sc_ledger_keep(struct sc_ledger *l, uint32_t segment);

/*
 * The record at pos: 1 with *rec filled, borrowed until the next call on l,
 * segment and offset of *at (may be NULL), and *pos behind it, in whatever
 * segment; 0 when no valid record follows, at the end of the newest segment;
 * negative: IO, NOMEM, CORRUPT (valid by its hash but not understood, or
 * another segment follows one that is cut short), NOT_FOUND (the segment at
 * pos has been pruned).
 */
int sc_ledger_next(struct sc_ledger *l, struct sc_ledger_pos *pos,
    struct sc_record *rec, struct sc_place *at, struct sc_error *e);
/* The same, but 0 at the end of any segment. */
int sc_ledger_next_here(struct sc_ledger *l, struct sc_ledger_pos *pos,
    struct sc_record *rec, struct sc_place *at, struct sc_error *e);
/*
 * Move pos behind the last record.  CORRUPT when that is not the end, but a
 * damaged record: a later one tells that what stood here was durable.
 */
int sc_ledger_find_end(
    struct sc_ledger *l, struct sc_ledger_pos *pos, struct sc_error *e);
/* CORRUPT: the record that ought to stand at pos does not. */
int sc_ledger_damage(const struct sc_ledger_pos *pos, struct sc_error *e);
/*
 * The record at a place an index told; NOT_FOUND when its segment is gone,
 * CORRUPT when it is not intact.
 */
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
/*
 * Under the lock, after mend: end the segment of pos, durably, and move pos
 * to the begin of a new one.  On failure everything is as it was.
 */
int sc_ledger_rotate(struct sc_ledger *l, struct sc_ledger_pos *pos,
    int64_t now, struct sc_error *e);
/*
 * fdatasync of a segment: everything appended to it so far by anybody is
 * durable, and so are all segments before it.
 */
int sc_ledger_sync(struct sc_ledger *l, uint32_t segment, struct sc_error *e);
/*
 * Under the lock, after a sync that failed: the kernel may now take pages for
 * clean that never reached the disk, so a later sync would prove nothing about
 * them.  Write [from, to) of the segment again as it is.
 */
int sc_ledger_redo(struct sc_ledger *l, uint32_t segment, uint64_t from,
    uint64_t to, struct sc_error *e);

#endif
