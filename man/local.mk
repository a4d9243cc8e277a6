dist_man_MANS += \
	man/stepc.1 \
	man/stepc-ca.1 \
	man/stepc-certificate.1 \
	man/stepc-ca.json.5 \
	man/stepc-crl.1 \
	man/stepc-crypto.1 \
	man/stepc-handlers.8 \
	man/stepc-oauth.1 \
	man/stepc-ssh.1 man/stepc-store.1 \
	man/stepc-workers.8 \
	man/stepc.7
