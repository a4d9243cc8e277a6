include t/lib/local.mk
include t/unit/local.mk
include t/foreign/local.mk
include t/interop/local.mk
include t/cli/local.mk
include t/fault/local.mk
include t/bench/local.mk
include t/fuzz/local.mk

SC_SOURCE_CHECKS = t/check-layers.sh t/check-man.sh t/check-style.sh
TESTS += $(SC_SOURCE_CHECKS)
EXTRA_DIST += $(SC_SOURCE_CHECKS)

# Against a running authority: real nginx, real handlers, foreign programs on
# the other side.
SC_E2E = \
	t/e2e/quickstart.sh \
	t/e2e/workers.sh \
	t/e2e/attacks_chains.t \
	t/e2e/attacks_csr.t \
	t/e2e/attacks_http.t \
	t/e2e/attacks_renew.t \
	t/e2e/attacks_tokens.t \
	t/e2e/aws.t \
	t/e2e/azure.t \
	t/e2e/claims.t \
	t/e2e/client.t \
	t/e2e/client_life.t \
	t/e2e/client_ssh.t \
	t/e2e/client_ssh_config.t \
	t/e2e/client_x5c.t \
	t/e2e/clock.t \
	t/e2e/crl.t \
	t/e2e/faults.t \
	t/e2e/gcp.t \
	t/e2e/hangup.t \
	t/e2e/k8ssa.t \
	t/e2e/kill_renew.t \
	t/e2e/kill_storm.t \
	t/e2e/kill_workers.t \
	t/e2e/nebula.t \
	t/e2e/nginx.t \
	t/e2e/ocsp.t \
	t/e2e/oidc.t \
	t/e2e/oidc_signin.t \
	t/e2e/policy.t \
	t/e2e/provisioner_keys.t \
	t/e2e/readme.t \
	t/e2e/reload.t \
	t/e2e/reload_provisioner.t \
	t/e2e/renew.t \
	t/e2e/revoke.t \
	t/e2e/revoke_race.t \
	t/e2e/roots.t \
	t/e2e/roots_many.t \
	t/e2e/sign.t \
	t/e2e/ssh.t \
	t/e2e/ssh_config.t \
	t/e2e/ssh_enable.t \
	t/e2e/ssh_host.t \
	t/e2e/ssh_krl.t \
	t/e2e/ssh_public.t \
	t/e2e/ssh_renew.t \
	t/e2e/ssh_templates.t \
	t/e2e/store_audit.t \
	t/e2e/store_live.t \
	t/e2e/templates.t \
	t/e2e/webhooks.t \
	t/e2e/x5c.t \
	t/fcgi/protocol.t
TESTS += $(SC_E2E)
EXTRA_DIST += $(SC_E2E) \
	t/lib/stepc_ca.py \
	t/lib/stepc_faults.py \
	t/lib/stepc_glewlwyd.py \
	t/lib/stepc_idp.py \
	t/lib/stepc_nebula.py \
	t/lib/stepc_renew.py \
	t/lib/stepc_signin.py \
	t/lib/stepc_ssh.py \
	t/lib/stepc_webhook.py
