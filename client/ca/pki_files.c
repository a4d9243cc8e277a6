#include "config.h"

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "authority/pki.h"
#include "base/err.h"
#include "base/file.h"
#include "base/mem.h"
#include "client/ca/pki_files.h"
#include "client/cli/output.h"

int
sc_pki_files_ask(const struct sc_pki *pki, bool force, struct sc_error *e)
{
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && i < pki->n; i++)
		if (pki->files[i].data != NULL)
			r = sc_output_ask(pki->files[i].path, force, e);
	return r;
}

static char *
folder_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash == NULL ? sc_strdup(".")
			     : sc_strndup(path, (size_t)(slash - path));
}

/* Where f is prepared: beside what it replaces, behind a symbolic link. */
static char *
staged_name(const struct sc_pki_file *f, char **target)
{
	*target = realpath(f->path, NULL);
	if (*target == NULL)
		*target = sc_strdup(f->path);
	return *target != NULL ? sc_asprintf("%s.new", *target) : NULL;
}

static int
stage(const struct sc_pki_file *f, struct sc_error *e)
{
	char *folder, *target = NULL, *name = NULL;
	int r;

	if (f->data == NULL)
		return sc_mkdirs(f->path, f->mode, e);
	if ((folder = folder_of(f->path)) == NULL)
		return sc_fail_nomem(e);
	r = sc_mkdirs(folder, 0700, e);
	free(folder);
	if (r != 0)
		return r;
	if ((name = staged_name(f, &target)) == NULL)
		r = sc_fail_nomem(e);
	else
		r = sc_file_write(name, f->data, f->len, f->mode, e);
	free(name);
	free(target);
	return r;
}

static void
sync_folder_of(const char *path)
{
	char *folder = folder_of(path);
	int fd = folder != NULL
	    ? open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
	    : -1;

	if (fd >= 0) {
		(void)fsync(fd);
		(void)close(fd);
	}
	free(folder);
}

static int
put_in_place(const struct sc_pki_file *f, struct sc_error *e)
{
	char *target = NULL, *name;
	int r = 0;

	if (f->data == NULL)
		return 0;
	if ((name = staged_name(f, &target)) == NULL)
		r = sc_fail_nomem(e);
	else if (rename(name, target) != 0)
		r = sc_fail(e, SC_ERR_IO, "rename to %s failed: %s", target,
		    strerror(errno));
	else
		sync_folder_of(target);
	free(name);
	free(target);
	return r;
}

static void
unstage(const struct sc_pki_file *f)
{
	char *target = NULL, *name;

	if (f->data == NULL)
		return;
	if ((name = staged_name(f, &target)) != NULL)
		(void)unlink(name);
	free(name);
	free(target);
}

int
sc_pki_files_write(const struct sc_pki *pki, struct sc_error *e)
{
	size_t i, done = 0;
	int r = 0;

	for (i = 0; r == 0 && i < pki->n; i++)
		r = stage(&pki->files[i], e);
	while (r == 0 && done < pki->n) {
		r = put_in_place(&pki->files[done], e);
		if (r == 0)
			done++;
	}
	for (i = done; r != 0 && i < pki->n; i++)
		unstage(&pki->files[i]);
	return r;
}
