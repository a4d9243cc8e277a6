#include "config.h"

#include <fcntl.h>
#include <gdbm.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "store/survey_internal.h"
#include "store/tail.h"

const char *
sc_survey_index_file(const struct sc_survey *sv)
{
	static const char *const names[] = {"index-a.gdbm", "index-b.gdbm"};
	struct stat mine, st;
	size_t i;

	if (sv->ix.db == NULL || fstat(gdbm_fdesc(sv->ix.db), &mine) != 0)
		return "";
	for (i = 0; i < sizeof names / sizeof names[0]; i++)
		if (fstatat(sv->dirfd, names[i], &st, AT_SYMLINK_NOFOLLOW) ==
			0 &&
		    st.st_ino == mine.st_ino && st.st_dev == mine.st_dev)
			return names[i];
	return "index";
}

/* 1: it is one. */
static int
take_place(datum value, struct sc_place *out)
{
	struct sc_reader r;

	sc_reader_init(
	    &r, value.dptr, value.dsize < 0 ? 0 : (size_t)value.dsize);
	out->segment = sc_reader_u32(&r);
	out->offset = sc_reader_u64(&r);
	out->seq = sc_reader_u64(&r);
	out->until = (int64_t)sc_reader_u64(&r);
	return sc_reader_end(&r) == 0;
}

int
sc_survey_each_entry(struct sc_survey *sv,
    int (*fn)(
	void *arg, const uint8_t *key, size_t n, const struct sc_place *place),
    void *arg, struct sc_error *e)
{
	datum key = gdbm_firstkey(sv->ix.db), next, value;
	struct sc_place place;
	int r = 0;

	while (key.dptr != NULL && r == 0) {
		value = gdbm_fetch(sv->ix.db, key);
		r = fn(arg, (const uint8_t *)key.dptr,
		    key.dsize < 0 ? 0 : (size_t)key.dsize,
		    value.dptr != NULL && take_place(value, &place) ? &place
								    : NULL);
		free(value.dptr);
		next = gdbm_nextkey(sv->ix.db, key);
		free(key.dptr);
		key = next;
	}
	free(key.dptr);
	if (r == 0 && gdbm_last_errno(sv->ix.db) != GDBM_ITEM_NOT_FOUND &&
	    gdbm_last_errno(sv->ix.db) != GDBM_NO_ERROR)
		return sc_fail(
		    e, SC_ERR_CORRUPT, "%s", gdbm_db_strerror(sv->ix.db));
	return r;
}
