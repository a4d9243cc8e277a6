#include "config.h"

#include <sys/types.h>

#include <json-c/json.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/file.h"
#include "base/json.h"
#include "base/mem.h"
#include "config/ca_json.h"

#define CONTEXT_FILE_MAX 65536

char *
sc_steppath(void)
{
	const char *s = getenv("STEPPATH");
	const struct passwd *pw;

	if (s != NULL && s[0] != '\0')
		return sc_strdup(s);
	if ((s = getenv("HOME")) == NULL || s[0] == '\0') {
		if ((pw = getpwuid(getuid())) == NULL)
			return NULL;
		s = pw->pw_dir;
	}
	return sc_path_join(s, ".step");
}

static struct json_object *
load_object(const char *dir, const char *name)
{
	struct json_object *o = NULL;
	char *path = sc_path_join(dir, name);
	char *text = NULL;
	size_t n = 0;

	if (path != NULL &&
	    sc_file_read(path, CONTEXT_FILE_MAX, &text, &n, NULL) == 0)
		(void)sc_json_parse(text, n, 0, &o, NULL);
	free(text);
	free(path);
	return o;
}

/* The authority folder of the current context; NULL when there is none. */
static char *
current_authority(const char *base)
{
	struct json_object *cur = load_object(base, "current-context.json");
	struct json_object *all = load_object(base, "contexts.json");
	struct json_object *ctx = NULL;
	const char *name = NULL, *authority = NULL;
	char *r = NULL;

	if (cur != NULL && all != NULL &&
	    sc_json_get_string(cur, "context", &name, NULL) == 0 &&
	    name != NULL && (ctx = sc_json_member_exact(all, name)) != NULL &&
	    json_object_is_type(ctx, json_type_object) &&
	    sc_json_get_string(ctx, "authority", &authority, NULL) == 0 &&
	    authority != NULL && strchr(authority, '/') == NULL)
		r = sc_asprintf("%s/authorities/%s", base, authority);
	json_object_put(cur);
	json_object_put(all);
	return r;
}

char *
sc_steppath_authority(void)
{
	char *base = sc_steppath();
	char *dir;

	if (base == NULL)
		return NULL;
	if ((dir = current_authority(base)) == NULL)
		return base;
	free(base);
	return dir;
}
