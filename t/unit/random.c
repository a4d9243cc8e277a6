#include "config.h"

#include <string.h>

#include "base/random.h"
#include "tap.h"

static void
fills_everything(void)
{
	unsigned char a[300], seen[300];
	size_t i, round;

	memset(seen, 0, sizeof(seen));
	for (round = 0; round < 16; round++) {
		memset(a, 0, sizeof(a));
		tap_int(sc_random(a, sizeof(a)), 0);
		for (i = 0; i < sizeof(a); i++)
			seen[i] |= a[i];
	}
	/* A byte that is zero 16 times is not random. */
	for (i = 0; i < sizeof(a); i++)
		tap_ok(seen[i] != 0);
	tap_int(sc_random(NULL, 0), 0);
}

static void
uuids(void)
{
	char a[37], b[37];
	int i;

	for (i = 0; i < 100; i++) {
		tap_int(sc_uuid4(a), 0);
		tap_int(sc_uuid4(b), 0);
		tap_ok(strcmp(a, b) != 0);
		tap_int(strlen(a), 36);
		tap_int(strspn(a, "0123456789abcdef-"), 36);
		tap_ok(a[8] == '-' && a[13] == '-' && a[18] == '-' &&
		    a[23] == '-');
		tap_ok(a[14] == '4');
		tap_ok(strchr("89ab", a[19]) != NULL);
	}
}

TAP_MAIN(TAP_TEST(fills_everything), TAP_TEST(uuids))
