/*
 * store backup, store rebuild.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/encode.h"
#include "base/err.h"
#include "client/commands.h"
#include "client/cli/options.h"
#include "client/store/store_options.h"
#include "client/cli/ui.h"

struct job {
	struct sc_progress progress; /* first: the watch's one arg is both */
	struct sc_store_watch watch;
};

/* What damage was found in the copy is in the store, too. */
static void
finding(void *arg, const char *file, int64_t offset, const char *text)
{
	struct job *j = arg;

	sc_progress_hide(&j->progress);
	if (offset >= 0)
		sc_ui_info(
		    "%s: offset %lld: %s", file, (long long)offset, text);
	else
		sc_ui_info("%s: %s", file, text);
}

static void
start(struct job *j, const char *what)
{
	sc_progress_start(&j->progress, what, false);
	j->watch.progress = sc_progress_watch;
	j->watch.finding = finding;
	j->watch.arg = j;
}

static int
backup(struct sc_args *a, struct sc_error *e)
{
	const char *dest = sc_args_pos(a, 0);
	char n[SC_STORE_COUNT_MAX];
	struct sc_store_check c;
	char *dir = NULL, *hex;
	struct job j;
	int r;

	if ((r = sc_store_folder(a, &dir, e)) != 0)
		return r;
	start(&j, "verifying the copy");
	r = sc_store_backup(dir, dest, &j.watch, &c, e);
	sc_progress_end(&j.progress);
	free(dir);
	if (r != 0)
		return r;
	sc_store_count_format(c.records, n);
	sc_ui_info("%s record%s copied to %s and verified", n,
	    c.records == 1 ? "" : "s", dest);
	hex = sc_hex_encode(c.last.hash, sizeof(c.last.hash));
	if (c.last.seq > 0)
		printf("anchor %llu:%s\n", (unsigned long long)c.last.seq,
		    hex != NULL ? hex : "");
	free(hex);
	return 0;
}

static int
rebuild(struct sc_args *a, struct sc_error *e)
{
	char n[SC_STORE_COUNT_MAX];
	struct sc_store_status st;
	char *dir = NULL;
	struct job j;
	int r;

	if ((r = sc_store_folder(a, &dir, e)) != 0)
		return r;
	start(&j, "reading");
	r = sc_store_reindex(dir, &j.watch, &st, e);
	sc_progress_end(&j.progress);
	free(dir);
	if (r != 0)
		return r;
	sc_store_count_format(
	    st.first_seq > 0 ? st.covered - st.first_seq + 1 : 0, n);
	sc_ui_info("the index was made again from %s records", n);
	return 0;
}

const struct sc_command sc_cmd_store_backup = {.name = "backup",
    .args = "<folder>",
    .help = "copy the store as it is now, also while the CA runs",
    .notes = "The folder must not exist.  It gets its name when the copy is "
	     "complete and verified, and is a store itself.",
    .min_args = 1,
    .max_args = 1,
    .options = {sc_options_store},
    .run = backup};

const struct sc_command sc_cmd_store_rebuild = {.name = "rebuild",
    .help = "make the index again from the ledger, also while the CA runs",
    .options = {sc_options_store},
    .run = rebuild};
