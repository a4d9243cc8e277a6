#include "config.h"

#include <sys/random.h>

#include <errno.h>
#include <stdint.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/random.h"

int
sc_random(void *p, size_t n)
{
	uint8_t *d = p;
	ssize_t r;

	while (n > 0) {
		r = getrandom(d, n, 0);
		if (r < 0 && errno == EINTR)
			continue;
		if (r <= 0) {
			/* Nobody may mistake the rest for random bytes. */
			sc_wipe(d, n);
			return SC_ERR_INTERNAL;
		}
		d += r;
		n -= (size_t)r;
	}
	return 0;
}

int
sc_uuid4(char out[37])
{
	static const char hex[] = "0123456789abcdef";
	uint8_t b[16];
	size_t i, at = 0;
	int r;

	out[0] = '\0';
	r = sc_random(b, sizeof(b));
	if (r != 0)
		return r;
	b[6] = (uint8_t)((b[6] & 0x0f) | 0x40); /* version 4 */
	b[8] = (uint8_t)((b[8] & 0x3f) | 0x80); /* RFC 9562 variant */
	for (i = 0; i < sizeof(b); i++) {
		if (i == 4 || i == 6 || i == 8 || i == 10)
			out[at++] = '-';
		out[at++] = hex[b[i] >> 4];
		out[at++] = hex[b[i] & 15];
	}
	out[at] = '\0';
	return 0;
}
