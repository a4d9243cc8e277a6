noinst_LIBRARIES += libsc_base.a
libsc_base_a_SOURCES = \
	common/base/buf.c common/base/buf.h \
	common/base/clock.c common/base/clock.h \
	common/base/duration.c \
	common/base/encode.c common/base/encode.h \
	common/base/err.c common/base/err.h \
	common/base/file.c common/base/file.h \
	common/base/form.c common/base/form.h \
	common/base/json.c common/base/json.h \
	common/base/json_check.c common/base/json_check.h \
	common/base/json_write.c \
	common/base/limits.h \
	common/base/log.c common/base/log.h \
	common/base/mem.c common/base/mem.h \
	common/base/random.c common/base/random.h \
	common/base/url.c common/base/url.h
