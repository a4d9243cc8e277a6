/*
 * Files: bounded reads, atomic writes.
 */
#ifndef SC_BASE_FILE_H
#define SC_BASE_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct sc_error;

/*
 * Read a whole file (or pipe) of at most max bytes.  *out is malloc'ed with a
 * NUL behind it; wipe with sc_freezero when it holds a secret.  NOT_FOUND,
 * FORBIDDEN (EACCES), TOO_LARGE, IO, NOMEM; the message is "open PATH failed:
 * reason" as step words it.  "-" has no meaning here: a caller that allows it
 * uses sc_fd_read.
 */
int sc_file_read(
    const char *path, size_t max, char **out, size_t *n, struct sc_error *e);
/* Likewise from a descriptor, to end of file. */
int sc_fd_read(int fd, size_t max, char **out, size_t *n, struct sc_error *e);

/*
 * Write to a temporary name in the same folder (created with mode), fsync,
 * rename over path, fsync the folder.  A symbolic link at path is followed
 * first, so that its target is replaced and the link stays.  On failure the
 * old file is untouched and nothing is left behind.  What exists but is not a
 * regular file (/dev/stdout, a pipe) is simply written to.
 *
 * The umask counts for a new file only: one that was there is replaced by one
 * with exactly mode, of the same owner and group as far as we may give it to
 * them; without that group the bits for the group are not set.
 */
int sc_file_write(
    const char *path, const void *p, size_t n, mode_t mode, struct sc_error *e);
/* As if the file like, when there is one, were that which is replaced. */
int sc_file_write_like(const char *path, const char *like, const void *p,
    size_t n, mode_t mode, struct sc_error *e);
/* mkdir -p with mode for the folders it makes. */
int sc_mkdirs(const char *path, mode_t mode, struct sc_error *e);
bool sc_file_exists(const char *path);
/* dir + "/" + name, or name itself when absolute; malloc'ed. */
char *sc_path_join(const char *dir, const char *name);
/*
 * A password file is its whole contents with trailing white space removed; a
 * NUL in it is SC_ERR_MALFORMED.  *out malloc'ed; free with sc_free_secret.
 */
int sc_password_read(const char *path, char **out, struct sc_error *e);

#endif
