/*
 * What a new PKI, or a part of one, is written to.
 */
#ifndef SC_CLIENT_PKI_FILES_H
#define SC_CLIENT_PKI_FILES_H

#include <stdbool.h>

struct sc_error;
struct sc_pki;

/* Every question (sc_output_ask) before the first file is written. */
int sc_pki_files_ask(const struct sc_pki *pki, bool force, struct sc_error *e);
/*
 * Everything is on the disk under temporary names before the first file
 * takes its place, so that a full disk or a forbidden folder leaves what was
 * there as it was.
 */
int sc_pki_files_write(const struct sc_pki *pki, struct sc_error *e);

#endif
