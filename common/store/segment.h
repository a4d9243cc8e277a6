/*
 * Segments: the files that make up the ledger, numbered without gaps.  The
 * oldest ones go when nothing in them is needed any more; records are only
 * appended to the newest one.
 */
#ifndef SC_STORE_SEGMENT_H
#define SC_STORE_SEGMENT_H

#include <stdint.h>

#include "store/record.h"

struct sc_error;

#define SC_SEGMENT_HEADER 128 /* bytes before the first record */
#define SC_SEGMENT_NAME 24 /* bytes of a name with its NUL */

struct sc_segment {
	uint32_t number; /* 0: none */
	int fd;
	uint64_t size; /* of the file, when last looked */
	struct sc_ledger_pos start; /* of its first record */
	uint8_t before[SC_RECORD_HASH]; /* hash of the record before that */
};

void sc_segment_name(uint32_t number, char name[SC_SEGMENT_NAME]);
/* The number in a file's name; 0 when it is none of a segment. */
uint32_t sc_segment_number(const char *name);
/*
 * Make the segment that follows the record before `after` (number 0: the
 * first one), durably.  The caller holds the ledger's lock.  IO, NOMEM.
 */
int sc_segment_create(int dirfd, const struct sc_ledger_pos *after, int64_t now,
    struct sc_error *e);
/* NOT_FOUND, CORRUPT (header), UNSUPPORTED (later version), IO. */
int sc_segment_open(int dirfd, uint32_t number, int writable,
    struct sc_segment *s, struct sc_error *e);
void sc_segment_close(struct sc_segment *s); /* number 0 is fine */
/*
 * The oldest and the newest one there are: NOT_FOUND when there is none,
 * CORRUPT when one between is missing, IO.
 */
int sc_segment_range(
    int dirfd, uint32_t *oldest, uint32_t *newest, struct sc_error *e);
/* 1 there is a file of that number, 0 there is none, IO. */
int sc_segment_exists(int dirfd, uint32_t number, struct sc_error *e);
/*
 * May a segment be moved to the folder archive?  CONFLICT when there is a
 * file of its name that is no copy of it.  IO.
 */
int sc_segment_may_archive(
    int dirfd, uint32_t number, int archive, struct sc_error *e);
/* Move it there, or unlink it (archive < 0), durably.  IO. */
int sc_segment_remove(
    int dirfd, uint32_t number, int archive, struct sc_error *e);

#endif
