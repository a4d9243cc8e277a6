# Tests of stepc that need no server.
SC_CLI_TESTS = \
	t/cli/ca.t \
	t/cli/certificate.t \
	t/cli/completion.t \
	t/cli/crl.t \
	t/cli/crypto.t \
	t/cli/crypto_jose.t \
	t/cli/crypto_key.t \
	t/cli/init.t \
	t/cli/needs_renewal.t \
	t/cli/oauth.t \
	t/cli/offline.t \
	t/cli/policy.t \
	t/cli/provisioner.t \
	t/cli/provisioner_types.t \
	t/cli/provisioner_webhook.t \
	t/cli/renew.t \
	t/cli/revoke.t \
	t/cli/store.t \
	t/cli/terminal.t \
	t/cli/validate.t \
	t/cli/verify_revocation.t
TESTS += $(SC_CLI_TESTS)
EXTRA_DIST += $(SC_CLI_TESTS) t/lib/StepcRun.pm t/lib/fake_ca.py
