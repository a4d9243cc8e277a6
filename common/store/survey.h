/*
 * The store as a whole, for its administrator: how it is, whether it is whole,
 * a copy of it, and its index anew.  Everything here works beside running
 * writers and never makes them wait for longer than a checkpoint does.
 */
#ifndef SC_STORE_SURVEY_H
#define SC_STORE_SURVEY_H

#include <stddef.h>
#include <stdint.h>

struct sc_error;

/*
 * How far a step of a long work ("reading") has got; total 0: not known, with
 * done 0 as well: nothing more will be told of it.
 */
typedef void sc_store_progress_fn(
    void *arg, const char *step, uint64_t done, uint64_t total);
/*
 * Damage: in which file of the folder, at which offset (-1: not known), what.
 * The texts are borrowed.
 */
typedef void sc_store_finding_fn(
    void *arg, const char *file, int64_t offset, const char *text);

struct sc_store_watch {
	sc_store_progress_fn *progress; /* may be NULL, as may be finding */
	sc_store_finding_fn *finding;
	void *arg;
};

/* A record of the ledger by its number, and its hash. */
struct sc_store_anchor {
	uint64_t seq; /* 0: none */
	uint8_t hash[32];
};

#define SC_STORE_WHY 256

struct sc_store_status {
	uint32_t segments; /* files of the ledger */
	uint64_t ledger_bytes; /* their sizes */
	uint64_t first_seq; /* number of the first record kept, 0: none */
	struct sc_store_anchor last; /* the last record; seq 0: none */
	int64_t last_time; /* of the last record */
	char damage[SC_STORE_WHY]; /* of the ledger, met on the way; or "" */
	int index_ok;
	char index_why[SC_STORE_WHY]; /* when it is not */
	char index_file[16]; /* the live one, "" when there is none */
	uint64_t covered; /* number of the last record in the index */
	uint64_t revoked; /* revocations in the index */
	uint64_t index_bytes; /* all files of the index */
	int64_t checkpoint; /* time of the last one, 0: none */
	uint64_t free_bytes; /* of the file system, for who is not root */
	uint32_t uid; /* owner of the folder */
	/* A file of another owner, which the programs cannot use, or "". */
	char foreign[64];
	uint32_t left_over; /* unfinished files of killed programs */
};

/*
 * NOT_FOUND: there is no store in dir; IO, CORRUPT (a header of the ledger),
 * UNSUPPORTED, NOMEM.  The watch may be NULL; it is told of progress when
 * there is no index and the whole ledger has to be read.
 */
int sc_store_status(const char *dir, const struct sc_store_watch *w,
    struct sc_store_status *out, struct sc_error *e);

struct sc_store_check {
	uint64_t records; /* whole and in the chain */
	uint64_t first_seq; /* number of the first one, 0: none */
	struct sc_store_anchor last; /* the last one */
	int64_t last_time;
	uint64_t entries; /* of the index that were compared */
	uint64_t damages; /* as many as findings were told; of them */
	uint64_t ledger_damages; /* in the ledger, which nothing can mend */
	uint64_t unfinished; /* bytes of a record not acknowledged */
	int index_ok; /* it could be opened; 0 and no damage: there is none */
	int anchor; /* 1: met; 0: not there; -1: there with another hash */
	/* (0 and a number below first_seq: pruned, which is no damage) */
};

/*
 * Read everything: the chain of hashes through all segments, and the index
 * against the ledger in both directions.  0 also when there is damage: look at
 * out->damages.  anchor (may be NULL) is a record known from elsewhere.
 * Errors as sc_store_status.
 */
int sc_store_verify(const char *dir, const struct sc_store_anchor *anchor,
    const struct sc_store_watch *w, struct sc_store_check *out,
    struct sc_error *e);

/*
 * A copy of the store as it is now, in a folder dest that must not exist
 * (CONFLICT); verified before it gets its name.  CORRUPT: the store or the
 * copy is damaged, and there is no copy; otherwise as sc_store_status.
 */
int sc_store_backup(const char *dir, const char *dest,
    const struct sc_store_watch *w, struct sc_store_check *out,
    struct sc_error *e);

/*
 * Make the index anew from the ledger alone.  BUSY: another program was at it
 * for too long; CORRUPT: the ledger is damaged, and the index is as it was.
 */
int sc_store_reindex(const char *dir, const struct sc_store_watch *w,
    struct sc_store_status *out, struct sc_error *e);

#endif
