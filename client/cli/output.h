/*
 * What commands write: files with the question before one is replaced, and
 * data on stdout.
 */
#ifndef SC_CLIENT_OUTPUT_H
#define SC_CLIENT_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct sc_error;

/*
 * May path be written?  Asks "Would you like to overwrite FILE [y/n]" when it
 * exists, unless force.  CONFLICT "file exists" on no, MALFORMED "FILE is a
 * directory".  A command that writes several files asks for all of them
 * before it starts.
 */
int sc_output_ask(const char *path, bool force, struct sc_error *e);
/*
 * Write without asking, atomically.  A new file has mode, an existing one
 * keeps its own (mode of a key is cut to its owner's bits all the same:
 * sc_output_key).
 */
int sc_output_put(
    const char *path, const void *p, size_t n, mode_t mode, struct sc_error *e);
/* 0600 whatever was there before. */
int sc_output_key(
    const char *path, const void *p, size_t n, struct sc_error *e);
/* Ask, then put. */
int sc_output_write(const char *path, const void *p, size_t n, mode_t mode,
    bool force, struct sc_error *e);
/*
 * A path that is neither absolute, nor below ~/ or ./ or ../, is below
 * $STEPPATH.  malloc'ed.
 */
char *sc_output_abs(const char *path);

#endif
