# One convenience library per layer; SC_LIBS_* lists give the link order for
# a program that needs everything down from that layer.
include common/base/local.mk
include common/crypto/local.mk
include common/template/local.mk
include common/store/local.mk
include common/net/local.mk
include common/config/local.mk
include common/provisioner/local.mk
include common/authority/local.mk
include common/web/local.mk

SC_LIBS_BASE = libsc_base.a $(JSONC_LIBS)
SC_LIBS_NET = libsc_net.a $(DL_LIBS)
SC_LIBS_CRYPTO = libsc_crypto.a libsc_base.a $(OPENSSL_LIBS) $(JSONC_LIBS)
SC_LIBS_TEMPLATE = libsc_template.a $(SC_LIBS_CRYPTO) $(PCRE2_LIBS) -lm
SC_LIBS_STORE = libsc_store.a $(SC_LIBS_CRYPTO) $(GDBM_LIBS)
SC_LIBS_AUTHORITY = libsc_authority.a libsc_provisioner.a libsc_config.a \
	libsc_template.a $(SC_LIBS_NET) $(SC_LIBS_STORE) $(PCRE2_LIBS) -lm
SC_LIBS_WEB = libsc_web.a $(SC_LIBS_AUTHORITY) $(FCGI_LIBS)
