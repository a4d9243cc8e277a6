/*
 * fill_store FOLDER: records for a store, one a line on standard input, fields
 * apart by tabs:
 *
 *	issue FORM SERIAL FROM TO SUBJECT NAMES FILE
 *	renew | rekey FORM SERIAL FROM TO SUBJECT NAMES FILE REPLACES
 *	revoke FORM SERIAL CODE REASON TO
 *	token ID TO
 *	many N FROM TO
 *
 * FORM 1 to 3 as in the store, SERIAL hexadecimal, NAMES with commas between,
 * times in seconds, FILE the certificate's bytes.  Each record is of a time one
 * second later than the one before, beginning with 1700000000.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/encode.h"
#include "base/err.h"
#include "base/file.h"
#include "base/mem.h"
#include "store/store.h"

/* In place of the C library's: what is filled here need not survive. */
int
fdatasync(int fd)
{
	(void)fd;
	return 0;
}

int
fsync(int fd)
{
	(void)fd;
	return 0;
}

#define FIELDS 9
#define NAMES 64

static int64_t now = 1700000000;

static int64_t
number(const char *s)
{
	int64_t n = 0;

	if (sc_strtonum(s, INT64_MIN, INT64_MAX, &n) != 0) {
		fprintf(stderr, "%s: not a number\n", s);
		exit(2);
	}
	return n;
}

static struct sc_store_serial
serial(const char *hex, uint8_t **out)
{
	struct sc_store_serial s = {NULL, 0};

	if (sc_hex_decode(hex, strlen(hex), out, &s.n) != 0)
		exit(2);
	s.p = *out;
	return s;
}

static const struct sc_store_origin *
origin(const char *subject)
{
	static char id[32];
	static struct sc_store_origin o = {.request_id = id,
	    .peer = "192.0.2.1",
	    .provisioner_id = "admin:kid",
	    .provisioner_name = "admin",
	    .provisioner_type = "JWK"};

	snprintf(id, sizeof(id), "request-%lld", (long long)(now - 1700000000));
	o.subject = subject;
	return &o;
}

static int
issue(struct sc_store *s, char **f, enum sc_store_kind kind, struct sc_error *e)
{
	const char *names[NAMES];
	struct sc_store_cert c = {.kind = kind, .names = names};
	uint8_t *mine = NULL, *old = NULL;
	char *name, *der = NULL;
	int r;

	c.form = (enum sc_store_form)number(f[1]);
	c.serial = serial(f[2], &mine);
	c.not_before = number(f[3]);
	c.not_after = number(f[4]);
	if (kind != SC_STORE_ISSUE)
		c.replaces = serial(f[8], &old);
	for (name = strtok(f[6], ","); name != NULL && c.names_n < NAMES;
	     name = strtok(NULL, ","))
		names[c.names_n++] = name;
	r = sc_file_read(f[7], SC_STORE_MAX_RECORD, &der, &c.der_len, e);
	c.der = (uint8_t *)der;
	if (r == 0)
		r = sc_store_issue(s, NULL, &c, origin(f[5]), now, e);
	free(mine);
	free(old);
	free(der);
	return r;
}

static int
store_revoke(struct sc_store *s, char **f, struct sc_error *e)
{
	struct sc_store_revocation v = {.reason = f[4]};
	uint8_t *mine = NULL;
	int r;

	v.form = (enum sc_store_form)number(f[1]);
	v.serial = serial(f[2], &mine);
	v.reason_code = (int)number(f[3]);
	v.not_after = number(f[5]);
	r = sc_store_revoke(s, NULL, &v, origin("revoker"), now, e);
	free(mine);
	return r;
}

static int
many(struct sc_store *s, char **f, struct sc_error *e)
{
	static uint8_t der[700], mine[9] = {0x7e};
	static const char *const names[] = {"many.example.com"};
	struct sc_store_cert c = {.form = SC_STORE_X509,
	    .kind = SC_STORE_ISSUE,
	    .serial = {mine, sizeof(mine)},
	    .der = der,
	    .der_len = sizeof(der),
	    .names = names,
	    .names_n = 1};
	int64_t i, n = number(f[1]);
	size_t k;
	int r = 0;

	c.not_before = number(f[2]);
	c.not_after = number(f[3]);
	for (i = 0; r == 0 && i < n; i++, now++) {
		for (k = 0; k < 8; k++)
			mine[8 - k] = (uint8_t)(i >> (8 * k));
		memcpy(der, mine, sizeof(mine));
		r = sc_store_issue(
		    s, NULL, &c, origin("many.example.com"), now, e);
		if (r == 0)
			r = sc_store_idle(s, e);
	}
	return r;
}

static int
record(struct sc_store *s, char **f, struct sc_error *e)
{
	struct sc_store_spend spend = {f[1], 0};

	if (sc_streq(f[0], "issue"))
		return issue(s, f, SC_STORE_ISSUE, e);
	if (sc_streq(f[0], "renew"))
		return issue(s, f, SC_STORE_RENEW, e);
	if (sc_streq(f[0], "rekey"))
		return issue(s, f, SC_STORE_REKEY, e);
	if (sc_streq(f[0], "revoke"))
		return store_revoke(s, f, e);
	if (sc_streq(f[0], "many"))
		return many(s, f, e);
	spend.expires = number(f[2]);
	return sc_store_use_token(s, &spend, origin("somebody"), now, e);
}

static size_t
split(char *line, char **f)
{
	size_t n = 0, i;

	line[strcspn(line, "\n")] = '\0';
	while (n < FIELDS && line != NULL) {
		f[n++] = line;
		if ((line = strchr(line, '\t')) != NULL)
			*line++ = '\0';
	}
	for (i = n; i < FIELDS; i++)
		f[i] = NULL;
	return n;
}

int
main(int argc, char **argv)
{
	struct sc_error e = SC_ERROR_INIT;
	struct sc_store *s = NULL;
	char *f[FIELDS], *line = NULL;
	size_t cap = 0;
	int r;

	if (argc != 2) {
		fprintf(stderr, "usage: fill_store FOLDER\n");
		return 2;
	}
	r = sc_store_open(argv[1], SC_STORE_CREATE, &s, &e);
	while (r == 0 && getline(&line, &cap, stdin) > 0) {
		if (split(line, f) < 2)
			r = SC_ERR_MALFORMED;
		else
			r = record(s, f, &e);
		now++;
	}
	if (r != 0)
		fprintf(stderr, "fill_store: %s\n", e.msg);
	free(line);
	sc_store_close(s);
	return r != 0;
}
