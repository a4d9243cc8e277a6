/*
 * What OpenSSL's P-256 costs here, in process.
 */
#include <config.h>

#include <stdio.h>

#include "bench.h"

int
main(void)
{
	struct bench_primitives p;

	bench_primitives(&p);
	printf("P-256 sign    %8.1f us\n", p.sign_ns / 1e3);
	printf("P-256 verify  %8.1f us\n", p.verify_ns / 1e3);
	printf("2 verify + 1 sign %.1f us of CPU time\n",
	    bench_floor_ns(&p) / 1e3);
	return 0;
}
