#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "authority/ssh_hosts.h"
#include "base/err.h"
#include "base/mem.h"
#include "store/store.h"

struct sc_ssh_hosts {
	struct sc_ssh_host *v;
	size_t n, size;
	size_t sorted; /* the first so many are, each name once */
	uint64_t seq; /* read up to here */
};

void
sc_ssh_hosts_free(struct sc_ssh_hosts *h)
{
	if (h == NULL)
		return;
	while (h->n > 0)
		free(h->v[--h->n].name);
	free(h->v);
	free(h);
}

static char *
lower(const char *s)
{
	char *t = sc_strdup(s), *p;

	for (p = t; p != NULL && *p != '\0'; p++)
		if (*p >= 'A' && *p <= 'Z')
			*p = (char)(*p | 0x20);
	return t;
}

static int
append(struct sc_ssh_hosts *h, const char *name, uint64_t seq, int64_t expires)
{
	struct sc_ssh_host *v;
	size_t size;

	if (h->n == h->size) {
		size = h->size == 0 ? 64 : 2 * h->size;
		if ((v = sc_reallocarray(h->v, size, sizeof(*v))) == NULL)
			return SC_ERR_NOMEM;
		h->v = v;
		h->size = size;
	}
	v = &h->v[h->n];
	if ((v->name = lower(name)) == NULL)
		return SC_ERR_NOMEM;
	v->seq = seq;
	v->expires = expires;
	h->n++;
	return 0;
}

static int
add(void *arg, const struct sc_store_entry *entry)
{
	const struct sc_store_cert *c = entry->cert;
	struct sc_ssh_hosts *h = arg;
	size_t i;
	int r = 0;

	if (c == NULL || c->form != SC_STORE_SSH_HOST)
		return 0;
	for (i = 0; r == 0 && i < c->names_n; i++)
		r = append(h, c->names[i], entry->seq, c->not_after);
	return r;
}

/* By name, the latest first. */
static int
compare(const void *a, const void *b)
{
	const struct sc_ssh_host *x = a, *y = b;
	int c = strcmp(x->name, y->name);

	return c != 0 ? c : x->seq > y->seq ? -1 : x->seq < y->seq;
}

/* In order, and of each name the latest alone. */
static void
sort(struct sc_ssh_hosts *h)
{
	size_t i, n = 0;

	if (h->sorted == h->n)
		return;
	qsort(h->v, h->n, sizeof(*h->v), compare);
	for (i = 0; i < h->n; i++)
		if (n > 0 && strcmp(h->v[n - 1].name, h->v[i].name) == 0)
			free(h->v[i].name);
		else
			h->v[n++] = h->v[i];
	h->n = h->sorted = n;
}

int
sc_ssh_hosts_update(
    struct sc_ssh_hosts **h, struct sc_store *s, struct sc_error *e)
{
	int r;

	if (*h == NULL && (*h = calloc(1, sizeof(**h))) == NULL)
		return sc_fail_nomem(e);
	r = sc_store_each_after(s, &(*h)->seq, add, *h, e);
	if (r == 0) {
		sort(*h);
		return 0;
	}
	/* Half of it is worth nothing: from the beginning, next time. */
	sc_ssh_hosts_free(*h);
	*h = NULL;
	return r == SC_ERR_NOMEM ? sc_fail_nomem(e) : r;
}

const struct sc_ssh_host *
sc_ssh_hosts_list(const struct sc_ssh_hosts *h, size_t *n)
{
	*n = h->n;
	return h->v;
}

static int
compare_name(const void *name, const void *b)
{
	return strcmp(name, ((const struct sc_ssh_host *)b)->name);
}

const struct sc_ssh_host *
sc_ssh_hosts_find(const struct sc_ssh_hosts *h, const char *name)
{
	char *want = lower(name);
	const struct sc_ssh_host *found = NULL;

	if (want != NULL && h->n > 0)
		found = bsearch(want, h->v, h->n, sizeof(*h->v), compare_name);
	free(want);
	return found;
}
