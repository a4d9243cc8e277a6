/*
 * ca.json, from its text to the provisioners that it describes.  Nobody is
 * asked over the network for it.
 */
#include <config.h>

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/err.h"
#include "config/ca_json.h"
#include "fuzz.h"
#include "provisioner/provisioner.h"

static void
provisioners(const struct sc_config *c)
{
	struct sc_error e = SC_ERROR_INIT;
	struct sc_provisioners *ps = NULL;
	const struct sc_provisioner *p;
	size_t i;

	if (sc_provisioners_new(c->provisioners, &c->claims, &c->dns_names,
		c->steppath, &ps, &e) != 0) {
		FUZZ_CHECK(ps == NULL && e.msg[0] != '\0');
		return;
	}
	for (i = 0; i < sc_provisioners_count(ps); i++) {
		p = sc_provisioners_at(ps, i);
		FUZZ_CHECK(sc_provisioners_by_name(ps, p->name) == p);
		FUZZ_CHECK(sc_provisioners_by_id(ps, p->id) == p);
		/* Who cannot be used says why. */
		FUZZ_CHECK(p->disabled == NULL || p->disabled[0] != '\0');
	}
	sc_provisioners_free(ps);
}

static char dir[] = "/tmp/stepc-fuzz.XXXXXX";
static char file[sizeof(dir) + 16];

static void
clean_up(void)
{
	(void)unlink(file);
	(void)rmdir(dir);
}

static void
write_file(const uint8_t *data, size_t size)
{
	FILE *f;

	if (file[0] == '\0') {
		FUZZ_CHECK(mkdtemp(dir) != NULL);
		(void)snprintf(file, sizeof(file), "%s/ca.json", dir);
		FUZZ_CHECK(atexit(clean_up) == 0);
	}
	FUZZ_CHECK((f = fopen(file, "w")) != NULL);
	FUZZ_CHECK(fwrite(data, 1, size, f) == size);
	FUZZ_CHECK(fclose(f) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sc_error e = SC_ERROR_INIT;
	struct sc_config *c = NULL;

	write_file(data, size);
	if (sc_config_load(file, &c, &e) == 0)
		provisioners(c);
	else
		FUZZ_CHECK(c == NULL && e.msg[0] != '\0');
	FUZZ_CHECK(e.code != SC_ERR_NOMEM);
	sc_config_free(c);
	return 0;
}
