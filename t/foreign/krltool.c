/*
 * Revocation lists as ssh-keygen -k makes them, for OpenSSH's own tests:
 *
 *	krltool OUT -s CA-PUB SPEC..: files of lines "serial: N[-M]", "id: TEXT"
 *	krltool OUT CERT-PUB..: those certificates
 *
 * Exit status 2: for something that our lists do not have (whole keys,
 * hashes); nothing is written.
 */
#include "config.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/file.h"
#include "base/limits.h"
#include "base/mem.h"
#include "crypto/ssh_cert.h"
#include "crypto/ssh_key.h"
#include "crypto/ssh_krl.h"

static struct sc_error err;

/* The tool has nothing to clean up: the first failure ends it. */
static void
need(int r)
{
	if (r == 0)
		return;
	fprintf(stderr, "krltool: %d %s\n", r, err.msg);
	exit(1);
}

static char *
slurp(const char *path, size_t *n)
{
	char *text = NULL;

	need(sc_file_read(path, SC_MAX_PEM_FILE, &text, n, &err));
	return text;
}

static void
add_line(struct sc_ssh_krl *k, const struct sc_ssh_key *ca, const char *line)
{
	uint64_t from, to;

	if (line[0] == '\0' || line[0] == '#')
		return;
	if (sc_has_prefix(line, "id: ")) {
		need(sc_ssh_krl_add_key_id(k, ca, line + 4, &err));
		return;
	}
	switch (sscanf(line, "serial: %" SCNu64 "-%" SCNu64, &from, &to)) {
	case 1:
		to = from;
		break;
	case 2:
		break;
	default:
		exit(2);
	}
	for (; from <= to; from++)
		need(sc_ssh_krl_add_serial(k, ca, from, &err));
}

static void
add_spec(struct sc_ssh_krl *k, const struct sc_ssh_key *ca, const char *path)
{
	size_t n;
	char *text = slurp(path, &n), *line, *rest = text;

	while ((line = strsep(&rest, "\n")) != NULL)
		add_line(k, ca, line);
	free(text);
}

static void
add_cert(struct sc_ssh_krl *k, const char *path)
{
	struct sc_ssh_cert *c = NULL;
	size_t n;
	char *line = slurp(path, &n);

	if (sc_ssh_cert_from_line(line, n, &c, NULL, &err) != 0)
		exit(2);
	need(c->serial != 0
		? sc_ssh_krl_add_serial(k, c->signer, c->serial, &err)
		: sc_ssh_krl_add_key_id(k, c->signer, c->key_id, &err));
	sc_ssh_cert_free(c);
	free(line);
}

int
main(int argc, char **argv)
{
	const struct sc_ssh_krl_head head = {.version = 1, .generated = 1};
	struct sc_ssh_krl *k = sc_ssh_krl_new();
	struct sc_ssh_key *ca = NULL;
	bool spec = argc > 3 && strcmp(argv[2], "-s") == 0;
	uint8_t *out = NULL;
	char *line;
	size_t n;
	int i;

	if (argc < 2 || k == NULL)
		return 1;
	if (spec) {
		line = slurp(argv[3], &n);
		need(sc_ssh_key_from_line(line, n, &ca, NULL, &err));
		free(line);
	}
	for (i = spec ? 4 : 2; i < argc; i++) {
		if (spec)
			add_spec(k, ca, argv[i]);
		else
			add_cert(k, argv[i]);
	}
	need(sc_ssh_krl_write(k, &head, &out, &n, &err));
	need(sc_file_write(argv[1], out, n, 0644, &err));
	free(out);
	sc_ssh_key_free(ca);
	sc_ssh_krl_free(k);
	return 0;
}
