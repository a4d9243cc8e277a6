noinst_LIBRARIES += libsc_net.a
libsc_net_a_SOURCES = \
	common/net/http.c common/net/http.h \
	common/net/libcurl.c common/net/libcurl.h
