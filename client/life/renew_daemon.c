/*
 * --daemon: wait, renew, again.
 *
 * All signals that matter are blocked for good and taken by sigtimedwait
 * between two steps, so that none of them comes between two files.
 */
#include "config.h"

#include <sys/stat.h>

#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/random.h"
#include "net/http.h"
#include "client/life/renew_job.h"
#include "client/cli/ui.h"

#define HUP_PAUSE SC_SECOND
#define LINE_MAX_LOGGED 1024

struct stamp { /* is it still the file that we read? */
	dev_t dev;
	ino_t ino;
	struct timespec changed;
};

struct daemon {
	struct sc_renew_job *job;
	struct sc_renew_wait_for wait;
	struct sc_renew_alarm alarm;
	struct sc_renew_life life;
	uint8_t seen[32]; /* fingerprint of the certificate at hand */
	struct stamp stamps[4];
	unsigned failures;
	bool asked; /* by SIGHUP */
	int64_t last_try; /* monotonic */
	/* --exec has failed and is tried again. */
	bool hook_waits;
	unsigned hook_failures;
	struct sc_renew_alarm hook_alarm;
};

static void say(FILE *f, const char *level, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* "INFO: 2024/01/02 15:04:05 text", always one line. */
static void
say(FILE *f, const char *level, const char *fmt, ...)
{
	char stamp[32], text[LINE_MAX_LOGGED], *p;
	time_t now = (time_t)sc_clock_now();
	struct tm tm;
	va_list ap;

	if (localtime_r(&now, &tm) == NULL ||
	    strftime(stamp, sizeof(stamp), "%Y/%m/%d %H:%M:%S", &tm) == 0)
		stamp[0] = '\0';
	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	while ((p = strchr(text, '\n')) != NULL)
		*p = ' ';
	sc_text_clean(text);
	(void)fprintf(f, "%s: %s %s\n", level, stamp, text);
	(void)fflush(f);
}

static uint64_t
roll(void)
{
	uint64_t n = 0;

	/* Without it there is no jitter, which is no reason to end. */
	(void)sc_random(&n, sizeof(n));
	return n;
}

static const char *
format_wait(int64_t wait, char text[SC_DURATION_MAX])
{
	sc_duration_format(
	    (wait + SC_SECOND / 2) / SC_SECOND * SC_SECOND, text);
	return text;
}

static void
read_stamp(const char *path, struct stamp *out)
{
	struct stat st;

	memset(out, 0, sizeof(*out));
	if (path == NULL || stat(path, &st) != 0)
		return;
	out->dev = st.st_dev;
	out->ino = st.st_ino;
	out->changed = st.st_ctim;
}

static void
read_stamps(const struct sc_renew_job *j, struct stamp out[4])
{
	read_stamp(j->crt, &out[0]);
	read_stamp(j->key, &out[1]);
	read_stamp(j->out_crt, &out[2]);
	read_stamp(j->out_key, &out[3]);
}

static bool
same_stamp(const struct stamp *a, const struct stamp *b)
{
	return a->dev == b->dev && a->ino == b->ino &&
	    a->changed.tv_sec == b->changed.tv_sec &&
	    a->changed.tv_nsec == b->changed.tv_nsec;
}

static bool
files_changed(const struct daemon *d)
{
	struct stamp now[4];
	size_t i;

	read_stamps(d->job, now);
	for (i = 0; i < 4; i++)
		if (!same_stamp(&now[i], &d->stamps[i]))
			return true;
	return false;
}

static void
set_alarm(struct daemon *d, int64_t wait, bool fixed)
{
	sc_renew_alarm_set(
	    &d->alarm, wait, fixed, sc_clock_now(), sc_clock_monotonic());
}

/* From now on this is the certificate; least is the least time to wait. */
static int64_t
schedule(struct daemon *d, const struct sc_cert *leaf, int64_t least)
{
	const struct sc_renew_rule *rule = &d->job->rule;
	int64_t wait;

	sc_cert_fingerprint(leaf, d->seen);
	sc_renew_life_of(leaf, &d->life);
	read_stamps(d->job, d->stamps);
	wait = sc_renew_wait(rule, &d->life, sc_clock_now(), roll());
	if (wait < least)
		wait = least;
	/* What only keeps us from hurrying goes by no clock on the wall. */
	set_alarm(d, wait, rule->period > 0 || wait == least);
	return wait;
}

static const char *
key_written(const struct sc_renew_job *j)
{
	return j->out_key != NULL ? j->out_key : j->key;
}

static void
run_hooks(struct daemon *d)
{
	struct sc_error e = SC_ERROR_INIT;

	d->hook_waits = false;
	if (sc_renew_hooks_after(&d->job->hooks, d->job->out_crt,
		key_written(d->job), &d->wait, &e) == 0) {
		d->hook_failures = 0;
		return;
	}
	say(stderr, "ERROR", "%s", e.msg);
	d->hook_failures++;
	d->hook_waits = true;
	sc_renew_alarm_set(&d->hook_alarm,
	    sc_renew_retry(&d->life, d->hook_failures, roll()), true,
	    sc_clock_now(), sc_clock_monotonic());
}

static void
succeeded(struct daemon *d, const struct sc_certs *chain)
{
	const struct sc_cert *leaf = chain->v[0];
	const char *name = sc_cert_common_name(leaf);
	struct sc_renew_life life;
	char text[SC_DURATION_MAX];
	int64_t wait;

	sc_renew_life_of(leaf, &life);
	wait = schedule(d, leaf, sc_renew_pause(&life));
	d->failures = 0;
	d->hook_failures = 0;
	say(stdout, "INFO", "%s%scertificate %s, next in %s", name,
	    name[0] != '\0' ? " " : "", sc_renew_job_done(d->job),
	    format_wait(wait, text));
	run_hooks(d);
}

static void
failed(struct daemon *d, const struct sc_error *why)
{
	struct sc_error e = SC_ERROR_INIT;
	char text[SC_DURATION_MAX];
	int64_t wait;

	d->failures++;
	wait = sc_renew_retry(&d->life, d->failures, roll());
	set_alarm(d, wait, true);
	say(stderr, "ERROR", "%s (next try in %s)", why->msg,
	    format_wait(wait, text));
	if (sc_renew_hooks_failed(&d->job->hooks, d->job->crt, d->job->key,
		why->msg, &d->wait, &e) != 0)
		say(stderr, "ERROR", "%s", e.msg);
}

/*
 * The files hold another certificate than the one we waited for.  True when
 * it is not yet time for it.
 */
static bool
was_replaced(struct daemon *d, const struct sc_pair *pair)
{
	char text[SC_DURATION_MAX];
	uint8_t fp[32];
	int64_t wait;

	sc_cert_fingerprint(pair->chain.v[0], fp);
	if (memcmp(fp, d->seen, sizeof(fp)) == 0)
		return false;
	wait = schedule(d, pair->chain.v[0], 0);
	d->failures = 0;
	say(stdout, "INFO", "the certificate has been replaced, next in %s",
	    format_wait(wait, text));
	return wait > 0;
}

/* A request is given up when we are told to end. */
static bool
told_to_end(void)
{
	sigset_t pending;

	return sigpending(&pending) == 0 &&
	    (sigismember(&pending, SIGTERM) == 1 ||
		sigismember(&pending, SIGINT) == 1);
}

static void
try(struct daemon *d)
{
	struct sc_error e = SC_ERROR_INIT;
	struct sc_certs chain = {NULL, 0};
	struct sc_pair pair;
	bool asked = d->asked;
	int r;

	d->asked = false;
	d->last_try = sc_clock_monotonic();
	r = sc_renew_job_load(d->job, &pair, &e);
	if (r == 0) {
		if (was_replaced(d, &pair) && !asked) {
			sc_pair_clear(&pair);
			return;
		}
		r = sc_renew_job_do(d->job, &pair, &chain, &e);
		sc_pair_clear(&pair);
	}
	if (r == 0)
		succeeded(d, &chain);
	else if (told_to_end())
		d->wait.stop = true;
	else
		failed(d, &e);
	sc_certs_clear(&chain);
}

/* A look at the files between two slices of sleep. */
static void
look(struct daemon *d)
{
	struct sc_pair pair;

	/* Who asked for a renewal gets one, of whatever is there. */
	if (d->asked || !files_changed(d) ||
	    sc_renew_job_load(d->job, &pair, NULL) != 0)
		return;
	(void)was_replaced(d, &pair);
	read_stamps(d->job, d->stamps);
	sc_pair_clear(&pair);
}

/* At once, but a storm of SIGHUP is one renewal a second at most. */
static void
on_hup(struct daemon *d)
{
	int64_t ago = sc_clock_monotonic() - d->last_try;

	d->wait.again = false;
	d->asked = true;
	set_alarm(d, ago >= HUP_PAUSE ? 0 : HUP_PAUSE - ago, true);
}

static void
sleep_for(struct daemon *d, int64_t ns)
{
	struct timespec ts;
	int sig;

	ts.tv_sec = (time_t)(ns / SC_SECOND);
	ts.tv_nsec = (long)(ns % SC_SECOND);
	sig = sigtimedwait(d->wait.blocked, NULL, &ts);
	if (sig == SIGTERM || sig == SIGINT)
		d->wait.stop = true;
	else if (sig == SIGHUP)
		d->wait.again = true;
	else if (sig < 0)
		look(d);
}

static int64_t
left(const struct sc_renew_alarm *a)
{
	return sc_renew_alarm_left(a, sc_clock_now(), sc_clock_monotonic());
}

static void
loop(struct daemon *d)
{
	int64_t wait;

	while (!d->wait.stop) {
		if (d->wait.again)
			on_hup(d);
		wait = left(&d->alarm);
		if (wait == 0) {
			try(d);
			continue;
		}
		if (d->hook_waits && left(&d->hook_alarm) < wait)
			wait = left(&d->hook_alarm);
		if (wait == 0)
			run_hooks(d);
		else
			sleep_for(d, wait);
	}
}

int
sc_renew_daemon(
    struct sc_renew_job *j, const struct sc_pair *first, struct sc_error *e)
{
	struct daemon d;
	char text[SC_DURATION_MAX];
	sigset_t signals;

	memset(&d, 0, sizeof(d));
	d.job = j;
	d.wait.blocked = &signals;
	(void)sigemptyset(&signals);
	(void)sigaddset(&signals, SIGHUP);
	(void)sigaddset(&signals, SIGINT);
	(void)sigaddset(&signals, SIGTERM);
	(void)sigaddset(&signals, SIGCHLD);
	if (sigprocmask(SIG_BLOCK, &signals, NULL) != 0)
		return sc_fail(e, SC_ERR_INTERNAL, "signals cannot be blocked");
	sc_http_set_stop(told_to_end);
	d.last_try = sc_clock_monotonic() - HUP_PAUSE;
	say(stdout, "INFO", "first renewal in %s",
	    format_wait(schedule(&d, first->chain.v[0], 0), text));
	loop(&d);
	sc_http_set_stop(NULL);
	return 0;
}
