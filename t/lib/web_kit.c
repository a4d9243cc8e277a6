#include "config.h"

#include <string.h>

#include "web_kit.h"

const char *
web_kit_param(void *arg, const char *name)
{
	const struct web_kit *k = arg;
	size_t i;

	for (i = 0; k->params[i] != NULL; i += 2)
		if (strcmp(k->params[i], name) == 0)
			return k->params[i + 1];
	return NULL;
}

size_t
web_kit_read(void *arg, void *p, size_t n)
{
	struct web_kit *k = arg;
	size_t left = k->body_len - k->taken;

	n = n > left ? left : n;
	if (k->piece != 0 && n > k->piece)
		n = k->piece;
	if (n > 0)
		memcpy(p, k->body + k->taken, n);
	k->taken += n;
	return n;
}
