/*
 * SSH keys, certificates and revocation lists while memory runs out: the n-th
 * allocation of ours fails, for each n.  There is a whole result or none.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"
#include "crypto/ssh_cert.h"
#include "crypto/ssh_key.h"
#include "crypto/ssh_krl.h"
#include "ssh_kit.h"
#include "tap.h"

#define MOST 5000

void *__real_malloc(size_t n);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t n);
void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t n);

static long left = -1; /* allocations until the one that fails; -1: none */

static int
fails(void)
{
	return left >= 0 && left-- == 0;
}

void *
__wrap_malloc(size_t n)
{
	return fails() ? NULL : __real_malloc(n);
}

void *
__wrap_calloc(size_t n, size_t size)
{
	return fails() ? NULL : __real_calloc(n, size);
}

void *
__wrap_realloc(void *p, size_t n)
{
	return fails() ? NULL : __real_realloc(p, n);
}

static struct sc_error e;

/* op with each allocation failing in turn, until none does. */
static void
exhaust(int (*op)(void *arg), void *arg, int least)
{
	int n, r = -1;

	for (n = 0; r != 0 && n < MOST; n++) {
		tap_context("allocation %d", n);
		e = (struct sc_error)SC_ERROR_INIT;
		left = n;
		r = op(arg);
		left = -1;
		if (r != 0)
			tap_ok(r < 0 && e.msg[0] != '\0');
	}
	tap_context("%s", "");
	tap_int(r, 0);
	tap_ok(n > least);
}

static void
fill(struct sc_ssh_cert *c)
{
	*c = (struct sc_ssh_cert){0};
	c->key = sc_ssh_key_dup(kit_ssh_public("ec256"));
	c->type = SC_SSH_USER;
	c->serial = 7;
	c->key_id = sc_strdup("id");
	sc_strlist_add(&c->principals, "joe");
	sc_strlist_add(&c->principals, "joe@example.com");
	c->valid_after = 1;
	c->valid_before = 1000;
	sc_ssh_options_add(&c->critical, "force-command", "true");
	sc_ssh_options_add(&c->extensions, "permit-pty", "");
}

static int
sign(void *arg)
{
	struct sc_ssh_cert *c = arg;
	int r = sc_ssh_cert_sign(c, kit_ssh_key("rsa"), &e);

	if (r != 0 && (c->blob != NULL || c->signer != NULL))
		abort();
	return r;
}

static int
parse_cert(void *arg)
{
	const struct sc_ssh_cert *from = arg;
	struct sc_ssh_cert *c = NULL;
	int r = sc_ssh_cert_parse(from->blob, from->blob_len, &c, &e);

	if ((r == 0) != (c != NULL))
		abort();
	if (r == 0)
		r = sc_ssh_cert_verify(c, kit_ssh_public("rsa"), &e);
	sc_ssh_cert_free(c);
	return r;
}

static void
certificates(void)
{
	struct sc_ssh_cert c;

	(void)kit_ssh_key("rsa");
	fill(&c);
	exhaust(sign, &c, 5);
	exhaust(parse_cert, &c, 20);
	sc_ssh_cert_clear(&c);
}

static int
line(void *arg)
{
	struct sc_ssh_key *k = NULL;
	char *comment = NULL, *back = NULL;
	int r = sc_ssh_key_from_line(arg, strlen(arg), &k, &comment, &e);

	if (r == 0) {
		r = sc_ssh_key_to_line(k, comment, &back);
		if (r != 0)
			(void)sc_fail_nomem(&e);
	} else if (k != NULL || comment != NULL)
		abort();
	sc_ssh_key_free(k);
	free(comment);
	free(back);
	return r;
}

static int
verify(void *arg)
{
	struct sc_buf *b = sc_buf_new(1024);
	int r;

	r = sc_ssh_sign(b, kit_ssh_key("ec256"), SC_SHA256, arg, 4, &e);
	if (r == 0)
		r = sc_ssh_verify(kit_ssh_public("ec256"), arg, 4,
		    sc_buf_data(b), sc_buf_len(b), &e);
	sc_buf_free(b);
	return r;
}

static void
keys(void)
{
	char *text = NULL, data[] = "text";

	(void)kit_ssh_key("ec256");
	tap_int(sc_ssh_key_to_line(kit_ssh_public("ec256"), "c d", &text), 0);
	exhaust(line, text, 8);
	free(text);
	exhaust(verify, data, 3);
}

static int
krl(void *arg)
{
	const struct sc_ssh_krl_head head = {1, 2, "comment"};
	const struct sc_ssh_key *ca = kit_ssh_public("rsa");
	struct sc_ssh_krl *k = sc_ssh_krl_new(), *back = NULL;
	uint8_t *p = NULL;
	size_t n = 0;
	int i, r = k == NULL ? sc_fail_nomem(&e) : 0;

	for (i = 1; r == 0 && i < 200; i++)
		r = sc_ssh_krl_add_serial(k, ca, (uint64_t)i * 2, &e);
	if (r == 0)
		r = sc_ssh_krl_add_key_id(k, ca, "id", &e);
	if (r == 0)
		r = sc_ssh_krl_write(k, &head, &p, &n, &e);
	if (r == 0)
		r = sc_ssh_krl_parse(p, n, &back, &e);
	if (r == 0 && sc_ssh_krl_check_cert(back, arg, &e) != SC_ERR_REVOKED)
		abort();
	sc_ssh_krl_free(k);
	sc_ssh_krl_free(back);
	free(p);
	return r;
}

static void
lists(void)
{
	struct sc_ssh_cert c;

	fill(&c);
	c.serial = 8;
	tap_int(sc_ssh_cert_sign(&c, kit_ssh_key("rsa"), &e), 0);
	exhaust(krl, &c, 15);
	sc_ssh_cert_clear(&c);
}

TAP_MAIN(TAP_TEST(certificates), TAP_TEST(keys), TAP_TEST(lists))
