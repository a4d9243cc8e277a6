#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"
#include "client/cli/output.h"
#include "client/store/store_out.h"
#include "client/store/store_table.h"

#define ROW_MAX (16u * 1024 * 1024)

struct sc_row_out {
	struct sc_row_target to;
	FILE *f;
	char *tmp; /* the file while it is unfinished */
	int dirfd; /* of folder */
	struct sc_buf *b;
	struct sc_table *table;
	uint64_t rows;
};

static int
open_file(struct sc_row_out *o, struct sc_error *e)
{
	int fd, r;

	if (o->to.file == NULL) {
		o->f = stdout;
		return 0;
	}
	if ((r = sc_output_ask(o->to.file, o->to.force, e)) != 0)
		return r;
	if ((o->tmp = sc_asprintf("%s.tmp", o->to.file)) == NULL)
		return sc_fail_nomem(e);
	fd = open(o->tmp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0 || (o->f = fdopen(fd, "w")) == NULL) {
		r = sc_fail(e, SC_ERR_IO, "cannot write %s: %s", o->tmp,
		    strerror(errno));
		if (fd >= 0)
			(void)close(fd);
		return r;
	}
	return 0;
}

static int
open_folder(struct sc_row_out *o, struct sc_error *e)
{
	if (mkdir(o->to.folder, 0700) != 0 && errno != EEXIST)
		return sc_fail(e, SC_ERR_IO, "cannot make %s: %s", o->to.folder,
		    strerror(errno));
	o->dirfd = open(o->to.folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (o->dirfd < 0)
		return sc_fail(e, SC_ERR_IO, "cannot open %s: %s", o->to.folder,
		    strerror(errno));
	return 0;
}

static int
check_write(struct sc_row_out *o, struct sc_error *e)
{
	if (o->f == NULL || !ferror(o->f))
		return 0;
	return sc_fail(e, SC_ERR_IO, "cannot write to %s: %s",
	    o->to.file != NULL ? o->to.file : "stdout", strerror(errno));
}

int
sc_row_out_open(
    const struct sc_row_target *t, struct sc_row_out **out, struct sc_error *e)
{
	struct sc_row_out *o = calloc(1, sizeof(*o));
	int r;

	*out = NULL;
	if (o == NULL)
		return sc_fail_nomem(e);
	o->to = *t;
	o->dirfd = -1;
	o->b = sc_buf_new(ROW_MAX);
	r = t->folder != NULL ? open_folder(o, e) : open_file(o, e);
	if (r == 0 && t->format == SC_ROW_TABLE &&
	    (o->table = sc_table_new(o->f, t->events)) == NULL)
		r = sc_fail_nomem(e);
	if (r != 0) {
		(void)sc_row_out_close(o, true, NULL);
		return r;
	}
	if (t->format == SC_ROW_CSV)
		fputs(sc_row_csv_header, o->f);
	*out = o;
	return 0;
}

/* SERIAL.crt, SERIAL.der, SERIAL-cert.pub */
static int
put_file(struct sc_row_out *o, const struct sc_row *row, struct sc_error *e)
{
	const struct sc_store_cert *c = row->entry->cert;
	bool ssh = c->form != SC_STORE_X509;
	const void *p = sc_buf_data(o->b);
	size_t n = sc_buf_len(o->b);
	ssize_t done = -1;
	char *name;
	int fd, r = 0;

	if (o->to.format == SC_ROW_DER && !ssh) {
		p = c->der;
		n = c->der_len;
	}
	name = sc_asprintf("%s%s", row->serial,
	    ssh				     ? "-cert.pub"
		: o->to.format == SC_ROW_DER ? ".der"
					     : ".crt");
	if (name == NULL)
		return sc_fail_nomem(e);
	fd = openat(o->dirfd, name,
	    O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC |
		(o->to.force ? O_TRUNC : O_EXCL),
	    0644);
	if (fd >= 0)
		done = write(fd, p, n);
	if (fd < 0 || done < 0 || (size_t)done != n || close(fd) != 0)
		r = sc_fail(e, errno == EEXIST ? SC_ERR_CONFLICT : SC_ERR_IO,
		    "cannot write %s/%s: %s", o->to.folder, name,
		    strerror(errno));
	free(name);
	return r;
}

static int
format(struct sc_row_out *o, const struct sc_row *row, struct sc_error *e)
{
	switch (o->to.format) {
	case SC_ROW_JSON:
		(void)sc_buf_puts(o->b, o->rows == 0 ? "[\n" : ",\n");
		return sc_row_json(row, o->to.certs, o->b);
	case SC_ROW_JSONL:
		(void)sc_row_json(row, o->to.certs, o->b);
		return sc_buf_putc(o->b, '\n');
	case SC_ROW_CSV:
		return sc_row_csv(row, o->b);
	default:
		return sc_row_pem(row, o->b, e);
	}
}

int
sc_row_out_put(
    struct sc_row_out *o, const struct sc_row *row, struct sc_error *e)
{
	int r;

	if (o->table != NULL) {
		r = sc_table_put(o->table, row, e);
	} else {
		sc_buf_reset(o->b);
		if ((r = format(o, row, e)) == SC_ERR_CORRUPT)
			return r;
		if (r != 0)
			return sc_fail(e, r, "record %llu: %s",
			    (unsigned long long)row->entry->seq,
			    sc_err_text(r));
		if (o->dirfd >= 0)
			r = put_file(o, row, e);
		else
			(void)fwrite(
			    sc_buf_data(o->b), 1, sc_buf_len(o->b), o->f);
	}
	o->rows++;
	return r != 0 ? r : check_write(o, e);
}

static int
finish(struct sc_row_out *o, struct sc_error *e)
{
	int r = 0;

	if (o->table != NULL)
		r = sc_table_end(o->table, e);
	if (o->to.format == SC_ROW_JSON)
		fputs(o->rows == 0 ? "[]\n" : "\n]\n", o->f);
	if (o->f != NULL && fflush(o->f) != 0 && r == 0)
		r = sc_fail(e, SC_ERR_IO, "cannot write to %s: %s",
		    o->to.file != NULL ? o->to.file : "stdout",
		    strerror(errno));
	if (r == 0 && o->tmp != NULL &&
	    (fsync(fileno(o->f)) != 0 || rename(o->tmp, o->to.file) != 0))
		r = sc_fail(e, SC_ERR_IO, "cannot write %s: %s", o->to.file,
		    strerror(errno));
	return r != 0 ? r : check_write(o, e);
}

int
sc_row_out_close(struct sc_row_out *o, bool failed, struct sc_error *e)
{
	int r = 0;

	if (o == NULL)
		return 0;
	if (!failed)
		r = finish(o, e);
	if (o->tmp != NULL && o->f != NULL) {
		(void)fclose(o->f);
		if (failed || r != 0)
			(void)unlink(o->tmp);
	}
	if (o->dirfd >= 0)
		(void)close(o->dirfd);
	sc_table_free(o->table);
	sc_buf_free(o->b);
	free(o->tmp);
	free(o);
	return r;
}
