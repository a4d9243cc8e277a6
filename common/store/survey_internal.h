/*
 * What status, verify, backup and rebuild share.
 */
#ifndef SC_STORE_SURVEY_INTERNAL_H
#define SC_STORE_SURVEY_INTERNAL_H

#include "base/err.h"
#include "store/index_gdbm.h"
#include "store/ledger.h"
#include "store/survey.h"

struct stat;

/* A store opened for reading; to be closed also when opening failed. */
struct sc_survey {
	int dirfd;
	struct sc_ledger ledger;
	struct sc_index ix; /* ix.db NULL: there is no usable index */
	struct sc_error why; /* then: the reason */
	const struct sc_store_watch *watch;
	int held; /* checkpoint.lock, or -1 */
	uint64_t records; /* as far as known: those in the index */
	const char *step;
	uint64_t total, done; /* of the step */
};

/*
 * hold: no segment is pruned and no index made until sc_survey_close; writers
 * go on, with longer tails.  BUSY when one was at it for too long.
 */
int sc_survey_open(const char *dir, const struct sc_store_watch *w, int hold,
    struct sc_survey *sv, struct sc_error *e);
void sc_survey_close(struct sc_survey *sv);
/* A new step of the work, of total records, bytes or entries (0: not known). */
void sc_survey_begin(struct sc_survey *sv, const char *step, uint64_t total);
/* Tell its progress: n more. */
void sc_survey_step(struct sc_survey *sv, uint64_t n);
/*
 * The end of the ledger: behind its last valid record.  CORRUPT when it is not
 * the end, but damage; then *end is in front of it.
 */
int sc_survey_end(struct sc_survey *sv, struct sc_ledger_pos *end,
    int64_t *last_time, struct sc_error *e);
/*
 * Number and hash of the record that ends at end; seq 0 when there is none any
 * more.  IO.
 */
int sc_survey_last(struct sc_survey *sv, const struct sc_ledger_pos *end,
    struct sc_store_anchor *out, struct sc_error *e);
/*
 * What is behind pos, where no valid record was found (verify.c).  1: there is
 * one by now; 0: nothing that was ever acknowledged; CORRUPT; IO, NOMEM.
 */
int sc_survey_behind(
    struct sc_survey *sv, const struct sc_ledger_pos *pos, struct sc_error *e);
/* The name of the live index file, or "". */
const char *sc_survey_index_file(const struct sc_survey *sv);

/* Files of the folder; a non-zero answer ends it. */
int sc_survey_each_file(int dirfd,
    int (*fn)(void *arg, const char *name, const struct stat *st), void *arg,
    struct sc_error *e);

/*
 * The entries of the open index, one after another (verify_gdbm.c).  place is
 * NULL when the value is not one.  CORRUPT when the file cannot be read on.
 */
int sc_survey_each_entry(struct sc_survey *sv,
    int (*fn)(
	void *arg, const uint8_t *key, size_t n, const struct sc_place *place),
    void *arg, struct sc_error *e);

#endif
