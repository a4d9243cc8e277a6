/*
 * The one place that reads the clock, and the text forms of times and
 * durations that the wire and the configuration use.
 *
 * Times are seconds since 1970-01-01T00:00:00Z (int64_t), durations are
 * nanoseconds (int64_t), as Go's time.Duration.
 */
#ifndef SC_BASE_CLOCK_H
#define SC_BASE_CLOCK_H

#include <stdint.h>

#define SC_SECOND INT64_C(1000000000)
#define SC_MINUTE (60 * SC_SECOND)
#define SC_HOUR (60 * SC_MINUTE)

int64_t sc_clock_now(void);
/* Fix the clock (tests); 0 gives the real one back. */
void sc_clock_fix(int64_t now);
/* Monotonic nanoseconds, for measuring. */
int64_t sc_clock_monotonic(void);

/*
 * Go duration: "-1.5h", "2h45m", "300ms", "0"; units ns us µs ms s m h.
 * 0 or SC_ERR_MALFORMED (also on overflow).
 */
int sc_duration_parse(const char *s, int64_t *ns);
#define SC_DURATION_MAX 40
/* Go's Duration.String(): "24h0m0s", "1.5s", "0s". */
void sc_duration_format(int64_t ns, char out[SC_DURATION_MAX]);

/*
 * RFC 3339 with optional fraction (dropped) and offset; years 0001-9999;
 * 0 or SC_ERR_MALFORMED.
 */
int sc_time_parse(const char *s, int64_t *t);
#define SC_TIME_MAX 40
/* Beyond the years 0001-9999 the nearest end of that range is written. */
void sc_time_format(int64_t t, char out[SC_TIME_MAX]); /* RFC 3339, Z */
/* Go's time.Time default: "2024-01-02 03:04:05 +0000 UTC". */
void sc_time_format_go(int64_t t, char out[SC_TIME_MAX]);
/* RFC 9110's: "Sun, 06 Nov 1994 08:49:37 GMT". */
void sc_time_format_http(int64_t t, char out[SC_TIME_MAX]);

/* The wire's TimeDuration (string: "", RFC 3339 or Go duration). */
enum sc_timespec_kind {
	SC_TS_UNSET,
	SC_TS_TIME,
	SC_TS_DURATION
};
struct sc_timespec {
	enum sc_timespec_kind kind;
	int64_t value; /* seconds for a time, nanoseconds for a duration */
};
/* NULL and "" are unset; 0 or SC_ERR_MALFORMED. */
int sc_timespec_parse(const char *s, struct sc_timespec *out);
/* The instant meant, a duration being counted from base; 0 for unset. */
int64_t sc_timespec_resolve(const struct sc_timespec *ts, int64_t base);

#endif
