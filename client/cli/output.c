#include "config.h"

#include <sys/stat.h>

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/file.h"
#include "base/mem.h"
#include "config/ca_json.h"
#include "client/cli/output.h"
#include "client/cli/ui.h"

int
sc_output_ask(const char *path, bool force, struct sc_error *e)
{
	struct stat st;
	char *question;
	bool yes = false;
	int r;

	if (stat(path, &st) != 0)
		return 0; /* writing it will tell what is wrong */
	if (S_ISDIR(st.st_mode))
		return sc_fail(
		    e, SC_ERR_MALFORMED, "%s: file is a directory", path);
	if (force || !S_ISREG(st.st_mode))
		return 0;
	question = sc_asprintf("Would you like to overwrite %s", path);
	if (question == NULL)
		return sc_fail_nomem(e);
	r = sc_ui_confirm(question, &yes, e);
	free(question);
	if (r != 0)
		return r;
	return yes ? 0 : sc_fail(e, SC_ERR_CONFLICT, "%s: file exists", path);
}

int
sc_output_put(
    const char *path, const void *p, size_t n, mode_t mode, struct sc_error *e)
{
	struct stat st;

	if (stat(path, &st) == 0 && S_ISREG(st.st_mode))
		mode = st.st_mode & 0777;
	return sc_file_write(path, p, n, mode, e);
}

int
sc_output_key(const char *path, const void *p, size_t n, struct sc_error *e)
{
	return sc_file_write(path, p, n, 0600, e);
}

int
sc_output_write(const char *path, const void *p, size_t n, mode_t mode,
    bool force, struct sc_error *e)
{
	int r;

	r = sc_output_ask(path, force, e);
	return r != 0 ? r : sc_output_put(path, p, n, mode, e);
}

char *
sc_output_abs(const char *path)
{
	const char *home = getenv("HOME");
	char *base, *r;

	if (path[0] == '/' || sc_has_prefix(path, "./") ||
	    sc_has_prefix(path, "../"))
		return sc_strdup(path);
	if (sc_has_prefix(path, "~/") && home != NULL)
		return sc_path_join(home, path + 2);
	base = sc_steppath_authority();
	r = base != NULL ? sc_path_join(base, path) : sc_strdup(path);
	free(base);
	return r;
}
