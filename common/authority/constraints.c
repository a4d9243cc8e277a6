#include "config.h"

#include <stdlib.h>

#include "authority/constraints.h"
#include "authority/internal.h"
#include "crypto/cert.h"
#include "crypto/name_constraints.h"

int
sc_authority_check_constraints(const struct sc_authority *ca,
    const struct sc_cert_plan *plan, const struct sc_sans *names,
    const char *common_name, struct sc_error *e)
{
	uint8_t *der = NULL;
	size_t n = 0;
	int r;

	if (ca->constraints == NULL)
		return 0;
	if (plan->raw_subject != NULL)
		return sc_name_constraints_check(ca->constraints, names,
		    common_name, plan->raw_subject, plan->raw_subject_len, e);
	if ((r = sc_name_to_der(&plan->subject, &der, &n, e)) == 0)
		r = sc_name_constraints_check(
		    ca->constraints, names, common_name, der, n, e);
	free(der);
	return r;
}
