#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mutate.h"

struct run {
	mutate_fn fn;
	void *arg;
	size_t cases;
	size_t accepted;
};

static uint8_t *
copy_of(const uint8_t *p, size_t n, size_t size)
{
	uint8_t *c;

	c = calloc(1, size == 0 ? 1 : size);
	if (c == NULL) {
		printf("Bail out! out of memory\n");
		exit(1);
	}
	if (n > 0)
		memcpy(c, p, n);
	return c;
}

static void
call(struct run *run, const uint8_t *p, size_t n)
{
	run->cases++;
	if (run->fn(p, n, run->arg))
		run->accepted++;
}

static void
change_byte(struct run *run, const uint8_t *p, size_t n, size_t at, uint8_t v)
{
	uint8_t *c;

	if (p[at] == v)
		return;
	c = copy_of(p, n, n);
	c[at] = v;
	call(run, c, n);
	free(c);
}

static void
take_part(struct run *run, const uint8_t *p, size_t n)
{
	uint8_t *c;

	c = copy_of(p, n, n);
	call(run, c, n);
	free(c);
}

size_t
mutate(const void *sample, size_t n, size_t step, mutate_fn fn, void *arg,
    size_t *cases)
{
	struct run run = {fn, arg, 0, 0};
	const uint8_t *p = sample;
	uint8_t *c;
	size_t i;
	int bit;

	if (step == 0)
		step = 1;
	for (i = 0; i < n; i += step) {
		for (bit = 0; bit < 8; bit++)
			change_byte(&run, p, n, i, (uint8_t)(p[i] ^ 1 << bit));
		change_byte(&run, p, n, i, (uint8_t)~p[i]);
		change_byte(&run, p, n, i, 0);
		take_part(&run, p, i);
		if (i > 0)
			take_part(&run, p + i, n - i);
	}
	c = copy_of(p, n, n + 1);
	call(&run, c, n + 1);
	free(c);
	if (cases != NULL)
		*cases = run.cases;
	return run.accepted;
}
