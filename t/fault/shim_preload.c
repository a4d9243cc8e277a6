/*
 * The shim for programs that know nothing of it (LD_PRELOAD): calls on files
 * of the folder STEPC_FAULT_DIR fail as long as there is the file
 * STEPC_FAULT_FILE, which tells how: "CALL ERROR [NAME]", e.g. "write ENOSPC",
 * "any EIO" or "write STOP ledger-" (the process stops itself, once) or "sync
 * KILL ledger-" (it kills itself), the last ones only for files whose names
 * begin so.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "shim.h"

#define STOP (-1)
#define KILL (-2)

static const char *const calls[SHIM_CALLS] = {
    [SHIM_OPEN] = "open",
    [SHIM_READ] = "read",
    [SHIM_WRITE] = "write",
    [SHIM_SYNC] = "sync",
    [SHIM_TRUNCATE] = "truncate",
    [SHIM_RENAME] = "rename",
    [SHIM_UNLINK] = "unlink",
    [SHIM_STAT] = "stat",
    [SHIM_LOCK] = "lock",
    [SHIM_CLOSE] = "close",
};
static const struct {
	const char *name;
	int err;
} errors[] = {
    {"EACCES", EACCES},
    {"EIO", EIO},
    {"EMFILE", EMFILE},
    {"ENOMEM", ENOMEM},
    {"ENOSPC", ENOSPC},
    {"EROFS", EROFS},
    {"STOP", STOP},
    {"KILL", KILL},
};
static const char *file;
static int stopped;

static int
error_of(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof errors / sizeof errors[0]; i++)
		if (strcmp(errors[i].name, name) == 0)
			return errors[i].err;
	return 0;
}

static int
told(const struct shim_event *ev)
{
	char text[128], call[16], error[16], name[32] = "";
	ssize_t n;
	int fd = open(file, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return 0;
	n = read(fd, text, sizeof text - 1);
	(void)close(fd);
	if (n <= 0)
		return 0;
	text[n] = '\0';
	if (sscanf(text, "%15s %15s %31s", call, error, name) < 2 ||
	    (strcmp(call, "any") != 0 && strcmp(call, calls[ev->call]) != 0) ||
	    strncmp(ev->name, name, strlen(name)) != 0)
		return 0;
	return error_of(error);
}

static int
before(const struct shim_event *ev)
{
	int saved = errno, err = told(ev);

	errno = saved;
	if (err == KILL)
		(void)raise(SIGKILL);
	if (err != STOP)
		return err;
	if (!stopped) {
		stopped = 1;
		(void)raise(SIGSTOP);
	}
	return 0;
}

__attribute__((constructor)) static void
begin(void)
{
	file = getenv("STEPC_FAULT_FILE");
	if (file == NULL)
		return;
	shim.dir = getenv("STEPC_FAULT_DIR");
	shim.before = before;
}
