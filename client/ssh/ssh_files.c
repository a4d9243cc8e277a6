#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/file.h"
#include "base/limits.h"
#include "base/mem.h"
#include "client/cli/options.h"
#include "client/cli/output.h"
#include "client/cli/secret.h"
#include "client/cli/ui.h"
#include "client/net/ssh_agent.h"
#include "client/ssh/ssh_files.h"
#include "crypto/key.h"
#include "crypto/ssh_cert.h"
#include "crypto/ssh_key.h"
#include "crypto/ssh_private.h"

#define MAX_LINE (128 * 1024) /* a certificate in base64, and its comment */
#define CERT "-cert.pub"
#define PUB ".pub"

const struct sc_opt sc_options_ssh_key[] = {
    {.name = "password-file",
	.arg = "FILE",
	.flags = SC_OPT_LINE_ONLY,
	.help = "file with the password for the new private key"},
    {.name = "no-password",
	.kind = SC_OPT_BOOL,
	.flags = SC_OPT_LINE_ONLY,
	.help = "do not encrypt the private key"},
    {.name = "insecure",
	.kind = SC_OPT_BOOL,
	.flags = SC_OPT_LINE_ONLY,
	.help = "confirm --no-password"},
    SC_OPT_END};

int
sc_ssh_new_password(const struct sc_args *a, char **out, struct sc_error *e)
{
	int r = sc_secret_get(sc_args_str(a, "password-file"),
	    "Please enter the password to encrypt the private key", out, e);

	if (r == 0 && (*out)[0] == '\0') {
		sc_free_secret(*out);
		*out = NULL;
		return sc_fail(e, SC_ERR_MALFORMED,
		    "the password is empty; --no-password --insecure writes "
		    "the key without one");
	}
	return r;
}

void
sc_ssh_files_clear(struct sc_ssh_files *f)
{
	free(f->key);
	free(f->pub);
	free(f->cert);
	memset(f, 0, sizeof(*f));
}

int
sc_ssh_files_name(struct sc_ssh_files *f, const char *name, bool cert_only,
    bool force, struct sc_error *e)
{
	size_t n = strlen(name), pub = strlen(PUB);
	int r = 0;

	if (cert_only && n > pub && sc_streq(name + n - pub, PUB))
		n -= pub;
	f->key = sc_strndup(name, n);
	f->pub = sc_asprintf("%.*s" PUB, (int)n, name);
	f->cert = sc_asprintf("%.*s" CERT, (int)n, name);
	if (f->key == NULL || f->pub == NULL || f->cert == NULL)
		return sc_fail_nomem(e);
	if (!cert_only &&
	    ((r = sc_output_ask(f->key, force, e)) != 0 ||
		(r = sc_output_ask(f->pub, force, e)) != 0))
		return r;
	return sc_output_ask(f->cert, force, e);
}

static int
put_line(const char *file, const char *line, struct sc_error *e)
{
	char *text = sc_asprintf("%s\n", line);
	int r;

	if (text == NULL)
		return sc_fail_nomem(e);
	r = sc_output_put(file, text, strlen(text), 0644, e);
	free(text);
	return r;
}

int
sc_ssh_files_put_key(const struct sc_ssh_files *f, const struct sc_key *k,
    const char *password, const char *comment, struct sc_error *e)
{
	struct sc_ssh_key *pub = NULL;
	char *pem = NULL, *line = NULL;
	int r;

	if ((r = sc_ssh_private_to_pem(k, comment, password, &pem, e)) != 0 ||
	    (r = sc_ssh_key_new(k, &pub, e)) != 0)
		goto out;
	if (sc_ssh_key_to_line(pub, comment, &line) != 0) {
		r = sc_fail_nomem(e);
		goto out;
	}
	if ((r = sc_output_key(f->key, pem, strlen(pem), e)) != 0)
		goto out;
	sc_ui_status("Private Key", f->key);
	if ((r = put_line(f->pub, line, e)) == 0)
		sc_ui_status("Public Key", f->pub);
out:
	sc_ssh_key_free(pub);
	sc_free_secret(pem);
	free(line);
	return r;
}

int
sc_ssh_files_put_cert(const struct sc_ssh_files *f, const struct sc_ssh_cert *c,
    const char *comment, struct sc_error *e)
{
	char *line = NULL;
	int r;

	if (sc_ssh_cert_to_line(c, comment, &line) != 0)
		return sc_fail_nomem(e);
	if ((r = put_line(f->cert, line, e)) == 0)
		sc_ui_status("Certificate", f->cert);
	free(line);
	return r;
}

static int
read_line(const char *file, char **text, size_t *n, struct sc_error *e)
{
	bool from_stdin = file == NULL || sc_streq(file, "-");

	return sc_file_read(
	    from_stdin ? "/dev/stdin" : file, MAX_LINE, text, n, e);
}

static int
not_one(const char *file, const char *what, const struct sc_error *why,
    struct sc_error *e)
{
	return sc_fail(e, SC_ERR_MALFORMED,
	    "error parsing %s: it is not %s (%s)",
	    file == NULL ? "stdin" : file, what, why->msg);
}

int
sc_ssh_file_cert(const char *file, struct sc_ssh_cert **out, char **comment,
    struct sc_error *e)
{
	struct sc_error why = SC_ERROR_INIT;
	char *text = NULL;
	size_t n = 0;
	int r;

	*out = NULL;
	if ((r = read_line(file, &text, &n, e)) != 0)
		return r;
	if (sc_ssh_cert_from_line(text, n, out, comment, &why) != 0)
		r = not_one(file, "an SSH certificate", &why, e);
	free(text);
	return r;
}

int
sc_ssh_file_read(const char *file, struct sc_ssh_key **key,
    struct sc_ssh_cert **cert, char **comment, struct sc_error *e)
{
	struct sc_error why = SC_ERROR_INIT;
	struct sc_ssh_cert *c = NULL;
	char *text = NULL;
	size_t n = 0;
	int r;

	*key = NULL;
	if ((r = read_line(file, &text, &n, e)) != 0)
		return r;
	if (sc_ssh_cert_from_line(text, n, &c, comment, NULL) == 0)
		*key = sc_ssh_key_dup(c->key);
	else if (sc_ssh_key_from_line(text, n, key, comment, &why) != 0)
		r = not_one(file, "an SSH public key", &why, e);
	if (cert != NULL)
		*cert = c;
	else
		sc_ssh_cert_free(c);
	free(text);
	return r;
}

int
sc_ssh_file_private(const char *file, struct sc_key **out, struct sc_error *e)
{
	struct sc_secret_source source = {NULL};
	char *pem = NULL;
	size_t n = 0;
	int r;

	if ((r = sc_file_read(file, SC_MAX_PEM_FILE, &pem, &n, e)) == 0)
		r = sc_key_from_pem(
		    pem, n, file, sc_secret_for_key, &source, out, e);
	sc_free_secret(pem);
	return r;
}

int
sc_ssh_agent_keep(const struct sc_key *k, const struct sc_ssh_cert *c,
    const char *comment, struct sc_error *e)
{
	int64_t now = sc_clock_now();
	struct sc_agent *agent;
	uint32_t seconds = 0;
	int r;

	if (c->valid_before != SC_SSH_FOREVER) {
		if (c->valid_before <= (uint64_t)now)
			return sc_fail(e, SC_ERR_EXPIRED,
			    "the certificate has expired already");
		seconds = c->valid_before - (uint64_t)now > UINT32_MAX
		    ? UINT32_MAX
		    : (uint32_t)(c->valid_before - (uint64_t)now);
	}
	if ((r = sc_agent_open(&agent, e)) != 0)
		return r;
	r = sc_agent_add(agent, k, c, comment, seconds, e);
	sc_agent_close(agent);
	return r;
}
