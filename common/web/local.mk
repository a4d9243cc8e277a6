noinst_LIBRARIES += libsc_web.a
libsc_web_a_SOURCES = \
	common/web/fcgi.c common/web/fcgi.h \
	common/web/file_part.c \
	common/web/request.c common/web/request.h \
	common/web/response.c common/web/response.h \
	common/web/route.c common/web/route.h \
	common/web/serve.c common/web/serve.h
