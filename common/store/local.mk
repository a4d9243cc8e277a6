noinst_LIBRARIES += libsc_store.a
libsc_store_a_SOURCES = \
	common/store/commit.c \
	common/store/disk.c common/store/disk.h \
	common/store/index_gdbm.c common/store/index_gdbm.h \
	common/store/internal.h \
	common/store/ledger.c common/store/ledger.h \
	common/store/lookup.c \
	common/store/prune.c \
	common/store/record.c common/store/record.h \
	common/store/record_key.c common/store/record_parse.c \
	common/store/segment.c common/store/segment.h \
	common/store/store.c common/store/store.h \
	common/store/tail.c common/store/tail.h \
	common/store/tuning.h \
	common/store/view.c
EXTRA_DIST += common/store/FORMAT
# The store as a whole.
libsc_store_a_SOURCES += \
	common/store/backup.c \
	common/store/survey.c common/store/survey.h \
	common/store/survey_internal.h \
	common/store/verify.c common/store/verify_gdbm.c
