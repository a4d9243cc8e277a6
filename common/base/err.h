/*
 * Error codes and the error record that travels up with them.
 *
 * A function that can fail returns int: 0, or one of the negative codes.  The
 * code tells what the caller should do; the detail is in struct sc_error,
 * filled once where the failure is found and passed up untouched.  Nothing in
 * common/ below web/ logs, exits or writes to stderr.
 */
#ifndef SC_BASE_ERR_H
#define SC_BASE_ERR_H

enum sc_err {
	SC_OK = 0,
	SC_ERR_NOMEM = -1,
	SC_ERR_IO = -2,
	SC_ERR_BUSY = -3,
	SC_ERR_CORRUPT = -4,
	SC_ERR_MALFORMED = -5,
	SC_ERR_TOO_LARGE = -6,
	SC_ERR_UNSUPPORTED = -7,
	SC_ERR_UNAUTHENTICATED = -8,
	SC_ERR_FORBIDDEN = -9,
	SC_ERR_NOT_FOUND = -10,
	SC_ERR_CONFLICT = -11,
	SC_ERR_EXPIRED = -12,
	SC_ERR_REPLAYED = -13,
	SC_ERR_CRYPTO = -14,
	SC_ERR_INTERNAL = -15,
	SC_ERR_REVOKED = -16
};
#define SC_ERR_COUNT 17 /* SC_OK included */

struct sc_error {
	int code;
	char msg[512]; /* for the log: may name files, claims, values */
	char client[512]; /* may be told to the caller; "" = default text */
	int whole; /* client is the whole message, not a part of it */
	const char *file; /* where it was raised */
	int line;
};

#define SC_ERROR_INIT                                                          \
	{                                                                      \
		0, "", "", 0, 0, 0                                             \
	}

/*
 * Fill *e (which may be NULL) and return code, so that `return sc_fail(...)`
 * and `r = sc_fail(...); goto out;` both read well.  sc_fail leaves the
 * client text empty; sc_fail_client uses the same text for both.
 */
#define sc_fail(e, code, ...)                                                  \
	SC_FAILED(                                                             \
	    sc_error_set((e), 0, __FILE__, __LINE__, (code), __VA_ARGS__),     \
	    (code))
#define sc_fail_client(e, code, ...)                                           \
	SC_FAILED(                                                             \
	    sc_error_set((e), 1, __FILE__, __LINE__, (code), __VA_ARGS__),     \
	    (code))
/* The analyzer sees one file at a time: tell it that the result is code. */
#ifdef __clang_analyzer__
#define SC_FAILED(call, code) ((void)(call), (code))
#else
#define SC_FAILED(call, code) (call)
#endif
/* Shorthand for an allocation failure. */
#define sc_fail_nomem(e) sc_fail((e), SC_ERR_NOMEM, "out of memory")

int sc_error_set(struct sc_error *e, int to_client, const char *file, int line,
    int code, const char *fmt, ...) __attribute__((format(printf, 6, 7)));

/* Put "text: " before e->msg (not before the client text); e may be NULL. */
void sc_error_prefix(struct sc_error *e, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* Replace the client text alone, as a part of the status' message ... */
void sc_error_client(struct sc_error *e, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* ... or as the whole of it. */
void sc_error_client_whole(struct sc_error *e, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* Static short text for a code, e.g. "out of memory"; never NULL. */
const char *sc_err_text(int code);
/* HTTP status that a code maps to; 200 for SC_OK, 500 for unknown codes. */
int sc_err_http_status(int code);

#endif
