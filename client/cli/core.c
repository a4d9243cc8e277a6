#include "config.h"

#include <sys/resource.h>

#include "client/cli/core.h"

static struct rlimit found;
static int known;

void
sc_core_forbid(void)
{
	known = getrlimit(RLIMIT_CORE, &found) == 0;
	sc_core_for_us();
}

void
sc_core_for_child(void)
{
	if (known)
		(void)setrlimit(RLIMIT_CORE, &found);
}

void
sc_core_for_us(void)
{
	/* The hard limit stays: it could not be raised for a child. */
	const struct rlimit none = {0, known ? found.rlim_max : 0};

	(void)setrlimit(RLIMIT_CORE, &none);
}
