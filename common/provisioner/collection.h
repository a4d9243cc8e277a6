/*
 * The inside of struct sc_provisioners, for the files of this folder only.
 */
#ifndef SC_PROVISIONER_COLLECTION_H
#define SC_PROVISIONER_COLLECTION_H

#include <stddef.h>

#include "provisioner/audience.h"

struct sc_provisioner;

struct sc_provisioners {
	struct sc_provisioner **v;
	size_t n;
	struct sc_audiences audiences;
	char *skipped;
};

#endif
