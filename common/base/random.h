/*
 * Random bytes from the kernel.  0 or SC_ERR_INTERNAL; never silently weak.
 */
#ifndef SC_BASE_RANDOM_H
#define SC_BASE_RANDOM_H

#include <stddef.h>

int sc_random(void *p, size_t n);
/* RFC 9562 version 4 in text form. */
int sc_uuid4(char out[37]);

#endif
