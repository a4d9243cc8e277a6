/*
 * store list, store export.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/mem.h"
#include "client/net/ca_options.h"
#include "client/commands.h"
#include "client/cli/options.h"
#include "client/store/store_out.h"
#include "client/store/store_options.h"
#include "client/store/store_row.h"
#include "client/cli/ui.h"

static const struct sc_opt events_option[] = {
    {.name = "events",
	.kind = SC_OPT_BOOL,
	.flags = SC_OPT_LINE_ONLY,
	.help = "the records of the ledger: also revocations and used tokens"},
    SC_OPT_END};

static const struct sc_opt list_options[] = {
    {.name = "format",
	.arg = "FORMAT",
	.flags = SC_OPT_LINE_ONLY,
	.def = "table",
	.choices = "table, json, jsonl, csv",
	.help = "form of the output"},
    SC_OPT_END};

static const struct sc_opt export_options[] = {
    {.name = "format",
	.arg = "FORMAT",
	.flags = SC_OPT_LINE_ONLY,
	.def = "jsonl",
	.choices = "jsonl, json, csv, table, pem, der",
	.help = "form of the output"},
    {.name = "out",
	.arg = "FILE",
	.flags = SC_OPT_LINE_ONLY,
	.help = "write to FILE instead of stdout"},
    {.name = "dir",
	.arg = "DIR",
	.flags = SC_OPT_LINE_ONLY,
	.help = "pem, der: a file for each certificate, in DIR"},
    SC_OPT_END};

/*
 * Two handles on the same store: one walks, the other is asked meanwhile what
 * is revoked.
 */
struct job {
	struct sc_store *walk, *ask;
	struct sc_row_target to;
	struct sc_row_filter filter;
	struct sc_row_out *out;
	struct sc_progress progress;
	uint64_t total; /* records, as far as known */
	uint64_t seen, rows;
	int64_t now;
	struct sc_error *e;
};

static enum sc_row_format
format_of(const char *name)
{
	static const struct {
		const char *name;
		enum sc_row_format format;
	} formats[] = {{"table", SC_ROW_TABLE}, {"json", SC_ROW_JSON},
	    {"jsonl", SC_ROW_JSONL}, {"csv", SC_ROW_CSV}, {"pem", SC_ROW_PEM},
	    {"der", SC_ROW_DER}};
	size_t i;

	for (i = 0; !sc_streq(formats[i].name, name); i++)
		;
	return formats[i].format;
}

static int
put_row(struct job *j, const struct sc_store_entry *entry,
    const struct sc_store_revoked *revoked)
{
	struct sc_row row;
	int r;

	r = sc_row_init(&row, entry, revoked, j->now, j->e);
	if (r == 0 && sc_row_filter_wants(&j->filter, &row)) {
		r = sc_row_out_put(j->out, &row, j->e);
		j->rows++;
	}
	sc_row_clear(&row);
	return r;
}

static int
take(void *arg, const struct sc_store_entry *entry)
{
	struct job *j = arg;
	struct sc_error why = SC_ERROR_INIT;
	struct sc_store_revoked revoked;
	int r = SC_ERR_NOT_FOUND;

	sc_progress_step(&j->progress, ++j->seen, j->total);
	if ((entry->cert == NULL && !j->to.events) ||
	    !sc_row_filter_may(&j->filter, entry))
		return 0;
	if (entry->cert != NULL)
		r = sc_store_get_revoked(j->ask, entry->cert->form,
		    entry->cert->serial, &revoked, &why);
	if (r != 0 && r != SC_ERR_NOT_FOUND)
		return sc_fail(j->e, r, "%s", why.msg);
	return put_row(j, entry, r == 0 ? &revoked : NULL);
}

static int
open_both(struct job *j, const char *dir)
{
	struct sc_store_status status;
	int r;

	if ((r = sc_store_status(dir, NULL, &status, j->e)) != 0)
		return r;
	if (status.last.seq > 0)
		j->total = status.last.seq - status.first_seq + 1;
	if ((r = sc_store_open(dir, 0, &j->walk, j->e)) != 0 ||
	    (r = sc_store_open(dir, 0, &j->ask, j->e)) != 0)
		return r;
	if (!status.index_ok)
		sc_ui_info("warning: there is no usable index (%s); this "
			   "takes longer and more memory. It is made again "
			   "when the CA runs, or by 'stepc store rebuild'",
		    status.index_why);
	return 0;
}

static int
run(struct job *j, const char *dir)
{
	int r;

	if ((r = open_both(j, dir)) != 0 ||
	    (r = sc_row_out_open(&j->to, &j->out, j->e)) != 0)
		return r;
	sc_progress_start(&j->progress, "reading",
	    j->to.file == NULL && j->to.folder == NULL);
	r = sc_store_each(j->walk, take, j, j->e);
	sc_progress_end(&j->progress);
	return r;
}

static void
tell(const struct job *j)
{
	char n[SC_STORE_COUNT_MAX];
	const char *to = j->to.file != NULL ? j->to.file : j->to.folder;

	sc_store_count_format(j->rows, n);
	if (to != NULL)
		sc_ui_info("%s %s%s written to %s", n,
		    j->to.events ? "record" : "certificate",
		    j->rows == 1 ? "" : "s", to);
	else if (j->rows == 0 && isatty(STDERR_FILENO))
		sc_ui_info("no %s like that",
		    j->to.events ? "records" : "certificates");
}

static int
go(struct job *j, const struct sc_args *a)
{
	char *dir = NULL;
	int r;

	j->now = sc_clock_now();
	if ((r = sc_row_filter_init(&j->filter, a, j->now, j->e)) == 0 &&
	    (r = sc_store_folder(a, &dir, j->e)) == 0)
		r = run(j, dir);
	if (r != 0)
		(void)sc_row_out_close(j->out, true, NULL);
	else if ((r = sc_row_out_close(j->out, false, j->e)) == 0)
		tell(j);
	sc_store_close(j->walk);
	sc_store_close(j->ask);
	free(dir);
	return r;
}

static int
list(struct sc_args *a, struct sc_error *e)
{
	struct job j;

	memset(&j, 0, sizeof(j));
	j.e = e;
	j.to.format = format_of(sc_args_str(a, "format"));
	j.to.events = sc_args_bool(a, "events");
	return go(&j, a);
}

static int
check_export(
    const struct sc_args *a, const struct sc_row_target *t, struct sc_error *e)
{
	bool certs = t->format == SC_ROW_PEM || t->format == SC_ROW_DER;

	if (t->folder != NULL && !certs)
		return sc_fail(e, SC_ERR_MALFORMED,
		    "flag '--dir' requires '--format pem' or '--format der'");
	if (t->format == SC_ROW_DER && t->folder == NULL)
		return sc_fail(e, SC_ERR_MALFORMED,
		    "'--format der' requires the '--dir' flag");
	if (certs && t->events)
		return sc_fail(e, SC_ERR_MALFORMED,
		    "flag '--events' is incompatible with '--format %s'",
		    sc_args_str(a, "format"));
	return sc_args_check_exclusive(a, "out", "dir", e);
}

static int export(struct sc_args *a, struct sc_error *e)
{
	struct job j;
	int r;

	memset(&j, 0, sizeof(j));
	j.e = e;
	j.to.format = format_of(sc_args_str(a, "format"));
	j.to.events = sc_args_bool(a, "events");
	j.to.certs = true;
	j.to.file = sc_args_str(a, "out");
	j.to.folder = sc_args_str(a, "dir");
	j.to.force = sc_args_bool(a, "force");
	if ((r = check_export(a, &j.to, e)) != 0)
		return r;
	return go(&j, a);
}

const struct sc_command sc_cmd_store_list = {.name = "list",
    .help = "list the certificates that were issued",
    .notes = "A certificate is valid, expired, or revoked (expired or not).  "
	     "Filters are joined by and; --state may be repeated.",
    .options = {list_options, events_option, sc_options_store_filter,
	sc_options_store},
    .run = list};

const struct sc_command sc_cmd_store_export = {.name = "export",
    .help = "write them out, with all that is recorded of them",
    .notes = "The same filters as those of list.  JSON has the certificates "
	     "themselves, too.",
    .options = {export_options, events_option, sc_options_store_filter,
	sc_options_store, sc_options_force},
    .run = export};
