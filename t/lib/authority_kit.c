#include "config.h"

#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "authority/authority.h"
#include "authority/pki.h"
#include "authority_kit.h"
#include "base/err.h"
#include "base/file.h"
#include "base/mem.h"
#include "tap.h"

static struct sc_error e;
static char dir[512]; /* of the authority at hand */

const char *
kit_ca_path(const char *name)
{
	static char paths[4][700];
	static unsigned i;

	i = (i + 1) % 4;
	(void)snprintf(paths[i], sizeof(paths[i]), "%s/%s", dir, name);
	return paths[i];
}

void
kit_ca_configure(const char *member, const char *json)
{
	struct json_object *doc =
	    json_object_from_file(kit_ca_path("config/ca.json"));

	tap_need(doc != NULL);
	json_object_object_add(doc, member, json_tokener_parse(json));
	tap_int(json_object_to_file(kit_ca_path("config/ca.json"), doc), 0);
	json_object_put(doc);
}

/* Keys and certificates, made once: deriving a key takes its time. */
static const char *
base_folder(void)
{
	static const char *const folders[] = {"certs", "config", "secrets"};
	static char base[512];
	static char host[] = "ca.example.com";
	static char *hosts[] = {host};
	static const struct sc_strlist dns = {hosts, 1};
	struct sc_pki_request rq = {.name = "Demo",
	    .dns_names = &dns,
	    .address = ":443",
	    .provisioner = "admin",
	    .password = "pw",
	    .provisioner_password = "other",
	    .now = KIT_CA_NOW};
	const struct sc_pki_file *f;
	struct sc_pki p;
	size_t i;

	if (base[0] != '\0')
		return base;
	(void)snprintf(base, sizeof(base), "%s/base", tap_tempdir());
	(void)snprintf(dir, sizeof(dir), "%s", base);
	(void)tap_file("password", "pw", 2);
	rq.steppath = base;
	if (!tap_int(sc_pki_create(&rq, &p, &e), 0))
		return base;
	for (i = 0; i < sizeof(folders) / sizeof(folders[0]); i++)
		tap_int(sc_mkdirs(kit_ca_path(folders[i]), 0700, &e), 0);
	for (i = 0; i < p.n; i++) {
		f = &p.files[i];
		if (f->data != NULL)
			tap_int(sc_file_write(
				    f->path, f->data, f->len, f->mode, &e),
			    0);
	}
	sc_pki_clear(&p);
	return base;
}

void
kit_ca_make(const char *name, const char *member, const char *json)
{
	struct json_object *doc, *db = json_object_new_object();
	const char *base = base_folder();
	char path[700];

	(void)snprintf(path, sizeof(path), "%s/config/ca.json", base);
	doc = json_object_from_file(path);
	tap_need(doc != NULL);
	(void)snprintf(dir, sizeof(dir), "%s/%s", tap_tempdir(), name);
	tap_int(sc_mkdirs(kit_ca_path("config"), 0700, &e), 0);
	json_object_object_add(db, "type", json_object_new_string("badgerv2"));
	json_object_object_add(
	    db, "dataSource", json_object_new_string(kit_ca_path("db")));
	json_object_object_add(doc, "db", db);
	tap_int(json_object_to_file(kit_ca_path("config/ca.json"), doc), 0);
	json_object_put(doc);
	kit_ca_configure(member, json);
}

struct sc_authority *
kit_ca_open(unsigned needs)
{
	struct sc_authority *ca = NULL;

	e = (struct sc_error)SC_ERROR_INIT;
	if (sc_authority_open(kit_ca_path("config/ca.json"),
		tap_path("password"), needs, &ca, &e) != 0)
		tap_fail("%s", e.msg);
	return ca;
}
