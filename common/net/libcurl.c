#include "config.h"

#include <dlfcn.h>
#include <stdbool.h>
#include <string.h>

#include "base/err.h"
#include "net/libcurl.h"

#define SONAME "libcurl.so.4"

struct sc_libcurl sc_libcurl;

/* A function where a pointer to one is kept; false: there is none. */
static bool
look_up(void *library, const char *name, void *slot)
{
	void *f = dlsym(library, name);

	/* POSIX has both of one size, C only promises bytes. */
	memcpy(slot, &f, sizeof(f));
	return f != NULL;
}

static bool
look_up_all(void *h, struct sc_libcurl *l)
{
	return look_up(h, "curl_easy_init", &l->easy_init) &&
	    look_up(h, "curl_easy_cleanup", &l->easy_cleanup) &&
	    look_up(h, "curl_easy_setopt", &l->easy_setopt) &&
	    look_up(h, "curl_easy_getinfo", &l->easy_getinfo) &&
	    look_up(h, "curl_easy_perform", &l->easy_perform) &&
	    look_up(h, "curl_easy_strerror", &l->easy_strerror) &&
	    look_up(h, "curl_slist_append", &l->slist_append) &&
	    look_up(h, "curl_slist_free_all", &l->slist_free_all);
}

int
sc_libcurl_load(struct sc_error *e)
{
	struct sc_libcurl l;
	const char *why;
	void *h;

	if (sc_libcurl.easy_init != NULL)
		return 0;
	(void)dlerror();
	if ((h = dlopen(SONAME, RTLD_NOW | RTLD_LOCAL)) == NULL ||
	    !look_up_all(h, &l)) {
		why = dlerror();
		(void)sc_fail(e, SC_ERR_UNSUPPORTED,
		    "libcurl cannot be used: %s", why != NULL ? why : SONAME);
		if (h != NULL)
			(void)dlclose(h);
		return SC_ERR_UNSUPPORTED;
	}
	sc_libcurl = l;
	return 0;
}
