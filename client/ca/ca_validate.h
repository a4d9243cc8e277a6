/*
 * The report of `stepc ca validate`, and its checks of files.
 */
#ifndef SC_CLIENT_CA_VALIDATE_H
#define SC_CLIENT_CA_VALIDATE_H

#include <stdbool.h>
#include <stdint.h>

struct sc_certs;
struct sc_config;
struct sc_error;

struct sc_report {
	const struct sc_config *config;
	const char *password_file; /* or NULL */
	int64_t now;
	bool start; /* only what keeps it from starting is bad */
	unsigned bad, warned;
};

/* One line each on stderr: "✔ ...", "⚠ ...", "✗ ...". */
void sc_report_good(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void sc_report_warn(struct sc_report *p, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
void sc_report_bad(struct sc_report *p, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/*
 * Roots, issuing certificate and keys: that they exist, parse, belong
 * together, are valid now and for a while, and are kept from others.
 */
void sc_validate_files(struct sc_report *p);
/* A signer of OCSP responses that is not the authority's own. */
void sc_validate_ocsp(struct sc_report *p);
/* The folder of the store, or where it will be made. */
void sc_validate_store(struct sc_report *p);

#endif
