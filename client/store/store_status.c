/*
 * store status.
 */
#include "config.h"

#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/encode.h"
#include "base/err.h"
#include "base/json.h"
#include "base/mem.h"
#include "client/commands.h"
#include "client/cli/options.h"
#include "client/store/store_options.h"
#include "client/store/store_row.h"

#define OUTPUT_MAX 65536
#define DAY (24 * 60 * 60)

static const struct sc_opt options[] = {{.name = "format",
					    .arg = "FORMAT",
					    .flags = SC_OPT_LINE_ONLY,
					    .def = "text",
					    .choices = "text, json",
					    .help = "form of the output"},
    {.name = "quick",
	.kind = SC_OPT_BOOL,
	.flags = SC_OPT_LINE_ONLY,
	.help = "do not count certificates, which reads the whole ledger"},
    SC_OPT_END};

struct counts {
	uint64_t valid, expired, revoked;
	uint64_t soon; /* of the valid ones, within a week */
	uint64_t x509, ssh;
	uint64_t revocations, tokens;
};

struct job {
	struct sc_store *ask;
	struct counts n;
	struct sc_store_status st;
	struct sc_progress progress;
	uint64_t seen;
	int64_t now;
	struct sc_error *e;
};

static uint64_t
records(const struct sc_store_status *s)
{
	return s->last.seq > 0 ? s->last.seq - s->first_seq + 1 : 0;
}

static int
count_cert(struct job *j, const struct sc_store_cert *c)
{
	struct sc_error why = SC_ERROR_INIT;
	int r;

	if (c->form == SC_STORE_X509)
		j->n.x509++;
	else
		j->n.ssh++;
	r = sc_store_get_revoked(j->ask, c->form, c->serial, NULL, &why);
	if (r == 0)
		j->n.revoked++;
	else if (r != SC_ERR_NOT_FOUND)
		return sc_fail(j->e, r, "%s", why.msg);
	else if (c->not_after < j->now)
		j->n.expired++;
	else {
		j->n.valid++;
		if (c->not_after - j->now < 7 * DAY)
			j->n.soon++;
	}
	return 0;
}

static int
count(void *arg, const struct sc_store_entry *entry)
{
	struct job *j = arg;

	sc_progress_step(&j->progress, ++j->seen, records(&j->st));
	if (entry->token != NULL)
		j->n.tokens++;
	if (entry->revocation != NULL)
		j->n.revocations++;
	return entry->cert != NULL ? count_cert(j, entry->cert) : 0;
}

static int
count_all(struct job *j, const char *dir)
{
	struct sc_store *walk = NULL;
	int r;

	if ((r = sc_store_open(dir, 0, &j->ask, j->e)) == 0 &&
	    (r = sc_store_open(dir, 0, &walk, j->e)) == 0) {
		sc_progress_start(&j->progress, "counting", false);
		r = sc_store_each(walk, count, j, j->e);
		sc_progress_end(&j->progress);
	}
	sc_store_close(walk);
	sc_store_close(j->ask);
	return r;
}

static void
line(struct sc_buf *b, const char *name, const char *value)
{
	(void)sc_buf_putf(b, "%-15s %s\n", name, value);
}

static void
count_line(struct sc_buf *b, const char *name, uint64_t n)
{
	char text[SC_STORE_COUNT_MAX];

	sc_store_count_format(n, text);
	line(b, name, text);
}

static void
size_line(struct sc_buf *b, const char *name, uint64_t n)
{
	char text[SC_STORE_SIZE_MAX];

	sc_store_size_format(n, text);
	line(b, name, text);
}

static void
time_line(struct sc_buf *b, const char *name, int64_t t, int64_t now)
{
	char text[SC_TIME_MAX], distance[SC_STORE_SIZE_MAX];

	sc_time_format(t, text);
	sc_store_distance_format(t, now, distance);
	(void)sc_buf_putf(b, "%-15s %s (%s)\n", name, text, distance);
}

static void
count_lines(struct sc_buf *b, const struct counts *n)
{
	char valid[SC_STORE_COUNT_MAX], soon[SC_STORE_COUNT_MAX];

	sc_store_count_format(n->valid, valid);
	sc_store_count_format(n->soon, soon);
	(void)sc_buf_puts(b, "Certificates\n");
	(void)sc_buf_putf(b, "%-15s %s (%s of them for no more than a week)\n",
	    "  valid", valid, soon);
	count_line(b, "  expired", n->expired);
	count_line(b, "  revoked", n->revoked);
	if (n->ssh > 0)
		count_line(b, "  of these SSH", n->ssh);
}

static void
ledger_lines(struct sc_buf *b, const struct job *j)
{
	const struct sc_store_status *s = &j->st;
	char *hex = sc_hex_encode(s->last.hash, sizeof(s->last.hash));

	(void)sc_buf_puts(b, "Ledger\n");
	count_line(b, "  records", records(s));
	if (s->last.seq > 0) {
		(void)sc_buf_putf(b, "%-15s %llu to %llu\n", "  numbers",
		    (unsigned long long)s->first_seq,
		    (unsigned long long)s->last.seq);
		if (s->last_time != 0)
			time_line(b, "  last one", s->last_time, j->now);
		line(b, "  its hash", hex != NULL ? hex : "");
	}
	(void)sc_buf_putf(b, "%-15s %u\n", "  segments", (unsigned)s->segments);
	size_line(b, "  size", s->ledger_bytes);
	if (s->damage[0] != '\0')
		line(b, "  DAMAGED", s->damage);
	free(hex);
}

static void
index_lines(struct sc_buf *b, const struct job *j)
{
	const struct sc_store_status *s = &j->st;

	(void)sc_buf_puts(b, "Index\n");
	if (!s->index_ok) {
		line(b, "  UNUSABLE", s->index_why);
		return;
	}
	line(b, "  file", s->index_file);
	if (s->checkpoint != 0)
		time_line(b, "  checkpoint", s->checkpoint, j->now);
	count_line(b, "  not in it yet",
	    s->last.seq > s->covered ? s->last.seq - s->covered : 0);
	count_line(b, "  revocations", s->revoked);
	size_line(b, "  size", s->index_bytes);
}

static void
folder_lines(struct sc_buf *b, const struct job *j, const char *dir)
{
	const struct passwd *pw = getpwuid(j->st.uid);

	line(b, "Store", dir);
	if (pw != NULL)
		line(b, "Owner", pw->pw_name);
	else
		(void)sc_buf_putf(
		    b, "%-15s %u\n", "Owner", (unsigned)j->st.uid);
	size_line(b, "Disk free", j->st.free_bytes);
	if (j->st.foreign[0] != '\0')
		(void)sc_buf_putf(b,
		    "%-15s %s belongs to another user: the CA cannot write "
		    "it\n",
		    "OWNER", j->st.foreign);
}

static void
put_text(struct sc_buf *b, const struct job *j, const char *dir, bool counted)
{
	folder_lines(b, j, dir);
	if (counted)
		count_lines(b, &j->n);
	ledger_lines(b, j);
	index_lines(b, j);
}

static void
json_time(struct sc_buf *b, const char *name, int64_t t)
{
	char text[SC_TIME_MAX];

	sc_time_format(t, text);
	if (t != 0)
		(void)sc_buf_putf(b, ",\n    \"%s\": \"%s\"", name, text);
}

static void
json_count(struct sc_buf *b, const char *lead, const char *name, uint64_t n)
{
	(void)sc_buf_putf(
	    b, "%s\n    \"%s\": %llu", lead, name, (unsigned long long)n);
}

static void
json_why(struct sc_buf *b, const char *name, const char *text)
{
	(void)sc_buf_putf(b, ",\n    \"%s\": ", name);
	(void)sc_json_put_string(b, text, strlen(text));
}

static void
json_ledger(struct sc_buf *b, const struct sc_store_status *s)
{
	char *hex = sc_hex_encode(s->last.hash, sizeof(s->last.hash));

	(void)sc_buf_puts(b, ",\n  \"ledger\": {");
	json_count(b, "", "records", records(s));
	json_count(b, ",", "first", s->first_seq);
	json_count(b, ",", "last", s->last.seq);
	json_time(b, "lastTime", s->last_time);
	(void)sc_buf_putf(
	    b, ",\n    \"lastHash\": \"%s\"", hex != NULL ? hex : "");
	json_count(b, ",", "segments", s->segments);
	json_count(b, ",", "bytes", s->ledger_bytes);
	if (s->damage[0] != '\0')
		json_why(b, "damage", s->damage);
	(void)sc_buf_puts(b, "\n  }");
	free(hex);
}

static void
json_index(struct sc_buf *b, const struct sc_store_status *s)
{
	(void)sc_buf_putf(b, ",\n  \"index\": {\n    \"usable\": %s",
	    s->index_ok ? "true" : "false");
	if (!s->index_ok)
		json_why(b, "reason", s->index_why);
	json_count(b, ",", "covered", s->covered);
	json_count(b, ",", "revocations", s->revoked);
	json_count(b, ",", "bytes", s->index_bytes);
	json_time(b, "checkpoint", s->checkpoint);
	(void)sc_buf_puts(b, "\n  }");
}

static void
json_counts(struct sc_buf *b, const struct counts *n)
{
	(void)sc_buf_puts(b, ",\n  \"certificates\": {");
	json_count(b, "", "valid", n->valid);
	json_count(b, ",", "expiringWithinWeek", n->soon);
	json_count(b, ",", "expired", n->expired);
	json_count(b, ",", "revoked", n->revoked);
	json_count(b, ",", "x509", n->x509);
	json_count(b, ",", "ssh", n->ssh);
	(void)sc_buf_puts(b, "\n  }");
	json_count(b, ",", "revocations", n->revocations);
	json_count(b, ",", "tokens", n->tokens);
}

static void
put_json(struct sc_buf *b, const struct job *j, const char *dir, bool counted)
{
	(void)sc_buf_puts(b, "{\n  \"store\": ");
	(void)sc_json_put_string(b, dir, strlen(dir));
	(void)sc_buf_putf(b, ",\n  \"uid\": %u", (unsigned)j->st.uid);
	(void)sc_buf_putf(b, ",\n  \"freeBytes\": %llu",
	    (unsigned long long)j->st.free_bytes);
	if (j->st.foreign[0] != '\0')
		json_why(b, "fileOfAnotherUser", j->st.foreign);
	json_ledger(b, &j->st);
	json_index(b, &j->st);
	if (counted)
		json_counts(b, &j->n);
	(void)sc_buf_puts(b, "\n}\n");
}

static int
look(struct job *j, const char *dir)
{
	struct sc_store_watch w = {sc_progress_watch, NULL, &j->progress};
	int r;

	sc_progress_start(&j->progress, "reading", false);
	r = sc_store_status(dir, &w, &j->st, j->e);
	sc_progress_end(&j->progress);
	return r;
}

/* 0, 1 when something is wrong, or an error. */
static int
status(struct sc_args *a, struct sc_error *e)
{
	struct sc_buf *b = sc_buf_new(OUTPUT_MAX);
	bool counted = !sc_args_bool(a, "quick");
	char *dir = NULL;
	struct job j;
	int r;

	memset(&j, 0, sizeof(j));
	j.e = e;
	j.now = sc_clock_now();
	if ((r = sc_store_folder(a, &dir, e)) != 0 || (r = look(&j, dir)) != 0)
		goto out;
	counted = counted && j.st.damage[0] == '\0';
	if (counted && (r = count_all(&j, dir)) != 0)
		goto out;
	if (sc_streq(sc_args_str(a, "format"), "json"))
		put_json(b, &j, dir, counted);
	else
		put_text(b, &j, dir, counted);
	if ((r = sc_buf_error(b)) != 0)
		r = sc_fail(e, r, "too much to show");
	else if (fputs(sc_buf_str(b), stdout) == EOF)
		r = sc_fail(e, SC_ERR_IO, "cannot write to stdout");
	else if (!j.st.index_ok || j.st.damage[0] != '\0' ||
	    j.st.foreign[0] != '\0')
		r = 1;
out:
	sc_buf_free(b);
	free(dir);
	return r;
}

const struct sc_command sc_cmd_store_status = {.name = "status",
    .help = "tell how the store is",
    .notes = "The exit status is 1 when something is wrong: damage, no usable "
	     "index, a file of another user.",
    .options = {options, sc_options_store},
    .run = status};
