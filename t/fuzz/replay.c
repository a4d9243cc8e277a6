/*
 * Runs a fuzz target over files: the corpus in make check, or a crash that
 * the fuzzer found.
 */
#include <config.h>

#include <stdio.h>

#include "base/err.h"
#include "base/file.h"
#include "base/limits.h"
#include "fuzz.h"

int
main(int argc, char **argv)
{
	struct sc_error e = SC_ERROR_INIT;
	char *p;
	size_t n;
	int i;

	for (i = 1; i < argc; i++) {
		if (sc_file_read(argv[i], SC_MAX_CONFIG_FILE, &p, &n, &e) !=
		    0) {
			fprintf(stderr, "%s\n", e.msg);
			return 1;
		}
		LLVMFuzzerTestOneInput((const uint8_t *)p, n);
		free(p);
	}
	return 0;
}
