/*
 * The functions of libcurl that are used here, looked up when the first
 * request is made.  It brings some thirty libraries, which cost a CGI program
 * more time than the rest of its start, and each worker memory: only those
 * that speak to others carry them.
 */
#ifndef SC_NET_LIBCURL_H
#define SC_NET_LIBCURL_H

/* Its macros check types by calling the functions by name. */
#define CURL_DISABLE_TYPECHECK
#include <curl/curl.h>
#undef curl_easy_setopt
#undef curl_easy_getinfo

struct sc_error;

/* Named and typed as there, without curl_. */
struct sc_libcurl {
	CURL *(*easy_init)(void);
	void (*easy_cleanup)(CURL *c);
	CURLcode (*easy_setopt)(CURL *c, CURLoption option, ...);
	CURLcode (*easy_getinfo)(CURL *c, CURLINFO info, ...);
	CURLcode (*easy_perform)(CURL *c);
	const char *(*easy_strerror)(CURLcode code);
	struct curl_slist *(*slist_append)(
	    struct curl_slist *l, const char *line);
	void (*slist_free_all)(struct curl_slist *l);
};
/* Good after sc_libcurl_load. */
extern struct sc_libcurl sc_libcurl;

/* Once; later calls do nothing.  UNSUPPORTED when it cannot be loaded. */
int sc_libcurl_load(struct sc_error *e);

#endif
