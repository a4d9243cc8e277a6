#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/mem.h"
#include "client/store/store_row.h"
#include "client/store/store_table.h"
#include "client/cli/ui.h"

#define COLUMNS 7
#define HELD_MAX 500 /* rows that the widths are taken from */
#define CELL_MAX (64u * 1024)

struct cells {
	char *v[COLUMNS];
};

struct sc_table {
	FILE *f;
	bool events;
	bool begun; /* the widths are settled */
	size_t width[COLUMNS];
	struct cells held[HELD_MAX];
	size_t held_n;
};

static const char *const cert_titles[COLUMNS] = {
    "SERIAL", "TYPE", "STATE", "NOT AFTER", "PROVISIONER", "NAMES", NULL};
static const char *const event_titles[COLUMNS] = {
    "NUMBER", "TIME", "EVENT", "TYPE", "SERIAL", "PROVISIONER", "WHO"};

struct sc_table *
sc_table_new(FILE *f, bool events)
{
	const char *const *titles = events ? event_titles : cert_titles;
	struct sc_table *t = calloc(1, sizeof(*t));
	size_t i;

	if (t == NULL)
		return NULL;
	t->f = f;
	t->events = events;
	for (i = 0; i < COLUMNS && titles[i] != NULL; i++)
		t->width[i] = strlen(titles[i]);
	return t;
}

/* Characters of UTF-8. */
static size_t
length(const char *s)
{
	size_t n = 0;

	for (; *s != '\0'; s++)
		n += ((unsigned char)*s & 0xc0) != 0x80;
	return n;
}

static char *
time_text(int64_t t)
{
	char text[SC_TIME_MAX] = "never";

	if (t != INT64_MAX)
		sc_time_format(t, text);
	return sc_strdup(text);
}

/* What it is called first, then the names that are not the same again. */
static char *
names_text(const struct sc_store_entry *entry)
{
	const struct sc_store_cert *c = entry->cert;
	struct sc_buf *b = sc_buf_new(CELL_MAX);
	char *name = sc_row_name(entry);
	size_t i;

	if (name == NULL)
		sc_buf_free(b);
	if (name == NULL)
		return NULL;
	(void)sc_buf_puts(b, name);
	for (i = 0; i < c->names_n; i++)
		if (!sc_streq(c->names[i], name))
			(void)sc_buf_putf(b, "%s%s",
			    sc_buf_len(b) > 0 ? ", " : "", c->names[i]);
	free(name);
	if (sc_buf_error(b) == SC_ERR_TOO_LARGE) {
		sc_buf_free(b);
		return sc_strdup("(very many)");
	}
	return sc_buf_steal(b, NULL);
}

static const char *
state_text(const struct sc_row *row)
{
	switch (row->state) {
	case SC_ROW_VALID:
		return "valid";
	case SC_ROW_EXPIRED:
		return "expired";
	default:
		return "revoked";
	}
}

static char *
who_text(const struct sc_store_origin *o)
{
	if (o->peer[0] == '\0')
		return sc_strdup(o->subject);
	return sc_asprintf("%s from %s", o->subject, o->peer);
}

static void
event_cells(const struct sc_row *row, char **v)
{
	const struct sc_store_entry *entry = row->entry;

	v[0] = sc_asprintf("%llu", (unsigned long long)entry->seq);
	v[1] = time_text(entry->time);
	v[2] = sc_strdup(sc_row_event(entry));
	v[3] = sc_strdup(sc_row_type(entry));
	v[4] = sc_strdup(row->serial);
	v[5] = sc_strdup(entry->origin.provisioner_name);
	v[6] = who_text(&entry->origin);
}

static void
cert_cells(const struct sc_row *row, char **v)
{
	const struct sc_store_entry *entry = row->entry;

	v[0] = sc_strdup(row->serial);
	v[1] = sc_strdup(sc_row_type(entry));
	v[2] = sc_strdup(state_text(row));
	v[3] = time_text(entry->cert->not_after);
	v[4] = sc_strdup(entry->origin.provisioner_name);
	v[5] = names_text(entry);
	v[6] = sc_strdup("");
}

static void
clear(struct cells *c)
{
	size_t i;

	for (i = 0; i < COLUMNS; i++)
		free(c->v[i]);
	memset(c, 0, sizeof(*c));
}

/* The last column has no end to be filled up to. */
static void
print(struct sc_table *t, const char *const *v)
{
	size_t i, last = t->events ? COLUMNS - 1 : COLUMNS - 2;
	int pad;

	for (i = 0; i < last; i++) {
		pad = (int)t->width[i] - (int)length(v[i]);
		fprintf(t->f, "%s%*s  ", v[i], pad > 0 ? pad : 0, "");
	}
	fprintf(t->f, "%s\n", v[last]);
}

static void
print_cells(struct sc_table *t, const struct cells *c)
{
	const char *v[COLUMNS];
	size_t i;

	for (i = 0; i < COLUMNS; i++)
		v[i] = c->v[i];
	print(t, v);
}

static void
begin(struct sc_table *t)
{
	size_t i;

	t->begun = true;
	if (t->held_n > 0)
		print(t, t->events ? event_titles : cert_titles);
	for (i = 0; i < t->held_n; i++) {
		print_cells(t, &t->held[i]);
		clear(&t->held[i]);
	}
	t->held_n = 0;
}

static void
measure(struct sc_table *t, const struct cells *c)
{
	size_t i, n;

	for (i = 0; i < COLUMNS; i++) {
		n = length(c->v[i]);
		if (n > t->width[i])
			t->width[i] = n;
	}
}

int
sc_table_put(struct sc_table *t, const struct sc_row *row, struct sc_error *e)
{
	struct cells c;
	size_t i;

	memset(&c, 0, sizeof(c));
	if (t->events)
		event_cells(row, c.v);
	else
		cert_cells(row, c.v);
	for (i = 0; i < COLUMNS; i++) {
		if (c.v[i] == NULL) {
			clear(&c);
			return sc_fail_nomem(e);
		}
		sc_text_clean(c.v[i]);
	}
	if (!t->begun && t->held_n == HELD_MAX)
		begin(t);
	if (t->begun) {
		print_cells(t, &c);
		clear(&c);
		return 0;
	}
	measure(t, &c);
	t->held[t->held_n++] = c;
	return 0;
}

int
sc_table_end(struct sc_table *t, struct sc_error *e)
{
	if (!t->begun)
		begin(t);
	return ferror(t->f) ? sc_fail(e, SC_ERR_IO, "cannot write to stdout")
			    : 0;
}

void
sc_table_free(struct sc_table *t)
{
	if (t == NULL)
		return;
	while (t->held_n > 0)
		clear(&t->held[--t->held_n]);
	free(t);
}
