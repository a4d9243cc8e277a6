/* fill_revoked FOLDER N: N revocations in the store of that folder. */
#include "config.h"

#include <stdint.h>
#include <stdio.h>

#include "base/mem.h"
#include "revoke_kit.h"

int
main(int argc, char **argv)
{
	int64_t n;

	if (argc != 3 || sc_strtonum(argv[2], 1, 10000000, &n) != 0) {
		fprintf(stderr, "usage: fill_revoked FOLDER N\n");
		return 2;
	}
	return revoke_kit_fill(argv[1], (size_t)n);
}
