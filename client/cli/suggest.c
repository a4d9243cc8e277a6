#include "config.h"

#include <string.h>

#include "client/cli/suggest.h"

#define WORD_MAX 40

static unsigned
least(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

/* Optimal string alignment over three rows of the table. */
unsigned
sc_suggest_distance(const char *typed, const char *known)
{
	unsigned rows[3][WORD_MAX + 1], *two = rows[0], *one = rows[1],
					*now = rows[2], *t, d;
	size_t n = strlen(typed), m = strlen(known), i, k;

	if (n > WORD_MAX || m > WORD_MAX)
		return SC_SUGGEST_FAR;
	if (n >= 3 && strncmp(typed, known, n) == 0)
		return n == m ? 0 : 1;
	memset(rows, 0, sizeof(rows));
	for (k = 0; k <= m; k++)
		one[k] = (unsigned)k;
	for (i = 1; i <= n; i++) {
		now[0] = (unsigned)i;
		for (k = 1; k <= m; k++) {
			d = one[k - 1] + (typed[i - 1] != known[k - 1]);
			d = least(d, least(one[k], now[k - 1]) + 1);
			if (i > 1 && k > 1 && typed[i - 1] == known[k - 2] &&
			    typed[i - 2] == known[k - 1])
				d = least(d, two[k - 2] + 1);
			now[k] = d;
		}
		t = two;
		two = one;
		one = now;
		now = t;
	}
	return least(one[m], SC_SUGGEST_FAR);
}
