/*
 * store verify.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/encode.h"
#include "base/err.h"
#include "base/mem.h"
#include "client/commands.h"
#include "client/cli/options.h"
#include "client/store/store_options.h"
#include "client/cli/ui.h"

#define SHOWN_MAX 20
#define DAMAGED 3 /* exit status */

static const struct sc_opt options[] = {
    {.name = "anchor",
	.arg = "NUMBER:HASH",
	.flags = SC_OPT_LINE_ONLY,
	.help = "a record known from an earlier status or verify"},
    SC_OPT_END};

struct job {
	struct sc_progress progress; /* first: the watch's one arg is both */
	uint64_t found;
};

static int
read_anchor(
    const struct sc_args *a, struct sc_store_anchor *out, struct sc_error *e)
{
	const char *text = sc_args_str(a, "anchor"), *colon;
	uint8_t *hash = NULL;
	char *number;
	int64_t seq = 0;
	size_t n = 0;
	bool good;

	memset(out, 0, sizeof(*out));
	if (text == NULL)
		return 0;
	colon = strchr(text, ':');
	number = sc_strndup(text, colon != NULL ? (size_t)(colon - text) : 0);
	good = colon != NULL && sc_strtonum(number, 1, INT64_MAX, &seq) == 0 &&
	    sc_hex_decode(colon + 1, strlen(colon + 1), &hash, &n) == 0 &&
	    n == sizeof(out->hash);
	if (good) {
		out->seq = (uint64_t)seq;
		memcpy(out->hash, hash, n);
	}
	free(number);
	free(hash);
	return good ? 0
		    : sc_args_invalid(a, "anchor", text,
			  "it must be NUMBER:HASH, the hash of 64 hexadecimal "
			  "digits",
			  e);
}

static void
finding(void *arg, const char *file, int64_t offset, const char *text)
{
	struct job *j = arg;

	sc_progress_hide(&j->progress);
	if (++j->found > SHOWN_MAX)
		return;
	if (offset >= 0)
		printf("%s: offset %lld: %s\n", file, (long long)offset, text);
	else
		printf("%s: %s\n", file, text);
}

static void
tell(const struct sc_store_check *c, const struct job *j)
{
	char n[SC_STORE_COUNT_MAX], m[SC_STORE_COUNT_MAX];
	char *hex = sc_hex_encode(c->last.hash, sizeof(c->last.hash));

	sc_store_count_format(c->damages, n);
	if (j->found > SHOWN_MAX)
		printf("... and %llu more\n",
		    (unsigned long long)(j->found - SHOWN_MAX));
	if (c->unfinished > 0)
		sc_ui_info("note: %llu bytes of a record that was never "
			   "acknowledged follow the last one",
		    (unsigned long long)c->unfinished);
	if (c->damages > 0)
		printf(
		    "DAMAGED: %s finding%s\n", n, c->damages == 1 ? "" : "s");
	sc_store_count_format(c->records, n);
	sc_store_count_format(c->entries, m);
	printf("%s records, %s entries of the index read\n", n, m);
	if (c->last.seq > 0)
		printf("anchor %llu:%s\n", (unsigned long long)c->last.seq,
		    hex != NULL ? hex : "");
	if (c->damages == 0)
		printf("OK\n");
	free(hex);
}

static int
verify(struct sc_args *a, struct sc_error *e)
{
	struct sc_store_anchor anchor;
	struct sc_store_check check;
	struct sc_store_watch w;
	char *dir = NULL;
	struct job j;
	int r;

	memset(&j, 0, sizeof(j));
	w.progress = sc_progress_watch;
	w.finding = finding;
	w.arg = &j;
	if ((r = read_anchor(a, &anchor, e)) == 0 &&
	    (r = sc_store_folder(a, &dir, e)) == 0) {
		sc_progress_start(&j.progress, "verifying", false);
		r = sc_store_verify(
		    dir, anchor.seq > 0 ? &anchor : NULL, &w, &check, e);
		sc_progress_end(&j.progress);
	}
	free(dir);
	if (r != 0)
		return r;
	tell(&check, &j);
	if (check.damages == 0 && !check.index_ok)
		sc_ui_info(
		    "note: there is no index; the ledger alone was read");
	if (anchor.seq > 0 && anchor.seq < check.first_seq)
		sc_ui_info(
		    "note: record %llu of the anchor has been pruned: it "
		    "tells nothing any more; take a newer one",
		    (unsigned long long)anchor.seq);
	if (check.damages > 0 && check.ledger_damages == 0)
		sc_ui_info("The ledger is whole: 'stepc store rebuild' makes a "
			   "new index from it.");
	return check.damages > 0 ? DAMAGED : 0;
}

const struct sc_command sc_cmd_store_verify = {.name = "verify",
    .help = "check every record, and the index against the ledger",
    .notes = "Reads everything, beside a running CA or without.  The exit "
	     "status is 3 when there is damage.  The \"anchor\" it prints "
	     "stands for the whole history: kept elsewhere and given with "
	     "--anchor, it shows any later change.",
    .options = {options, sc_options_store},
    .run = verify};
