/*
 * The revocation list as it lies in the folder of the store: one file, so
 * that what it was made from can never belong to another list.
 *
 *	crl		the list, replaced by renaming
 *	crl.tmp		the next one, while it is written
 *	crl.lock	held by whoever makes the next one; has the last number
 *
 * Format 1: magic "SCCRL" 0 0 1; number, thisUpdate, nextUpdate, the number
 * of the newest revocation in the store that it has, length of the DER (each
 * eight bytes, big-endian); 32 bytes that stand for the configuration it was
 * made with; SHA-256 of the DER; SHA-256 of all of this; the DER.
 */
#ifndef SC_AUTHORITY_CRL_FILE_H
#define SC_AUTHORITY_CRL_FILE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

struct sc_error;

#define SC_CRL_FILE "crl"
#define SC_CRL_FILE_TMP "crl.tmp"
#define SC_CRL_FILE_LOCK "crl.lock"
#define SC_CRL_FILE_HEAD 144 /* where the DER begins */

struct sc_crl_file {
	int fd; /* -1: none */
	uint64_t number;
	int64_t this_update, next_update;
	uint64_t upto;
	uint64_t len; /* of the DER */
	uint8_t config[32];
	uint8_t digest[32]; /* of the DER */
	struct stat seen; /* when it was opened */
};

/*
 * Open and read the header.  NOT_FOUND; CORRUPT when the header is damaged
 * or the length is not that of the file; IO.
 */
int sc_crl_file_open(int dirfd, struct sc_crl_file *f, struct sc_error *e);
/* Does the DER have its digest?  CORRUPT. */
int sc_crl_file_check(const struct sc_crl_file *f, struct sc_error *e);
/* Is it still the file of that name, untouched since?  1 or 0. */
int sc_crl_file_current(int dirfd, const struct sc_crl_file *f);
void sc_crl_file_close(struct sc_crl_file *f);
/*
 * Replace the file; f->len and f->digest are made from der.  On failure the
 * old one is untouched.  The caller holds the lock.
 */
int sc_crl_file_write(int dirfd, struct sc_crl_file *f, const uint8_t *der,
    size_t n, struct sc_error *e);

#endif
