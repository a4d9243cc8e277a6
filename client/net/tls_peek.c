#include "config.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/ssl.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/url.h"
#include "crypto/san.h"
#include "client/net/tls_peek.h"

/* Macros of OpenSSL's headers cast const away. */
#ifdef __clang__
#pragma clang diagnostic ignored "-Wcast-qual"
#endif

static const struct {
	const char *scheme, *port;
} schemes[] = {
    {"https", "443"},
    {"tls", "443"},
    {"tcp", "443"},
    {"smtps", "465"},
    {"ldaps", "636"},
};

const char *
sc_tls_peek_port(const char *url)
{
	size_t i, n;

	for (i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++) {
		n = strlen(schemes[i].scheme);
		if (strncmp(url, schemes[i].scheme, n) == 0 &&
		    sc_has_prefix(url + n, "://"))
			return schemes[i].port;
	}
	return NULL;
}

static int
set_trust(
    SSL_CTX *ctx, const struct sc_cert_source_tls *tls, struct sc_error *e)
{
	struct sc_certs roots = {0};
	size_t i;
	int r = 0;

	if (tls->roots == NULL) {
		(void)SSL_CTX_set_default_verify_paths(ctx);
	} else if ((r = sc_cert_source_roots(tls->roots, &roots, e)) == 0) {
		for (i = 0; i < roots.n; i++)
			(void)X509_STORE_add_cert(SSL_CTX_get_cert_store(ctx),
			    sc_cert_x509(roots.v[i]));
	}
	sc_certs_clear(&roots);
	SSL_CTX_set_verify(
	    ctx, tls->insecure ? SSL_VERIFY_NONE : SSL_VERIFY_PEER, NULL);
	(void)SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION);
	return r;
}

static void
set_host(SSL *ssl, const char *host)
{
	uint8_t ip[16];
	size_t n;

	if (sc_san_ip_bytes(host, ip, &n) == 0) {
		(void)X509_VERIFY_PARAM_set1_ip(SSL_get0_param(ssl), ip, n);
		return;
	}
	(void)SSL_set_tlsext_host_name(ssl, host);
	(void)SSL_set1_host(ssl, host);
}

static int
collect(SSL *ssl, struct sc_certs *out, struct sc_error *e)
{
	STACK_OF(X509) *chain = SSL_get_peer_cert_chain(ssl);
	struct sc_cert *c;
	unsigned char *der;
	void *v;
	int i, n, r = 0;

	for (i = 0; r == 0 && chain != NULL && i < sk_X509_num(chain); i++) {
		der = NULL;
		if ((n = i2d_X509(sk_X509_value(chain, i), &der)) <= 0)
			return sc_fail_nomem(e);
		r = sc_cert_parse_der(der, (size_t)n, &c, e);
		OPENSSL_free(der);
		if (r != 0)
			break;
		v = sc_reallocarray(out->v, out->n + 1, sizeof(*out->v));
		if (v == NULL) {
			sc_cert_free(c);
			return sc_fail_nomem(e);
		}
		out->v = v;
		out->v[out->n++] = c;
	}
	if (r == 0 && out->n == 0)
		return sc_fail(
		    e, SC_ERR_UNAUTHENTICATED, "server shows no certificate");
	return r;
}

/* A private CA's server, which the roots of the system do not know? */
static bool
names_no_root(long verdict, const struct sc_cert_source_tls *tls)
{
	return tls->roots == NULL &&
	    (verdict == X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY ||
		verdict == X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN ||
		verdict == X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT);
}

static int
handshake_failed(SSL *ssl, const char *url,
    const struct sc_cert_source_tls *tls, struct sc_error *e)
{
	long verdict = SSL_get_verify_result(ssl);
	const char *why = ERR_reason_error_string(ERR_peek_last_error());

	ERR_clear_error();
	if (verdict != X509_V_OK)
		return sc_fail(e, SC_ERR_UNAUTHENTICATED, "%s: %s%s", url,
		    X509_verify_cert_error_string(verdict),
		    names_no_root(verdict, tls) ? " (--roots FILE names the "
						  "root certificates)"
						: "");
	return sc_fail(e, SC_ERR_IO, "failed to connect to %s: %s", url,
	    why != NULL ? why : "connection refused or closed");
}

static int
talk(SSL_CTX *ctx, const char *url, const char *host, const char *port,
    const struct sc_cert_source_tls *tls, struct sc_certs *out,
    struct sc_error *e)
{
	BIO *bio = BIO_new_ssl_connect(ctx);
	SSL *ssl = NULL;
	int r;

	if (bio == NULL || BIO_get_ssl(bio, &ssl) != 1) {
		BIO_free_all(bio);
		return sc_fail_nomem(e);
	}
	(void)BIO_set_conn_hostname(bio, host);
	(void)BIO_set_conn_port(bio, port);
	set_host(ssl, tls->servername != NULL ? tls->servername : host);
	if (BIO_do_connect(bio) != 1 || BIO_do_handshake(bio) != 1)
		r = handshake_failed(ssl, url, tls, e);
	else
		r = collect(ssl, out, e);
	BIO_free_all(bio);
	return r;
}

int
sc_tls_peek(const char *url, const struct sc_cert_source_tls *tls,
    struct sc_certs *out, struct sc_error *e)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
	struct sc_url u;
	char *host;
	int r;

	if (ctx == NULL)
		return sc_fail_nomem(e);
	if (sc_url_parse(url, &u) != 0) {
		SSL_CTX_free(ctx);
		return sc_fail(e, SC_ERR_MALFORMED, "bad address %s", url);
	}
	/* The connection wants an IPv6 address without its brackets. */
	host = u.host[0] == '[' ? sc_strndup(u.host + 1, strlen(u.host) - 2)
				: sc_strdup(u.host);
	if (host == NULL)
		r = sc_fail_nomem(e);
	else if ((r = set_trust(ctx, tls, e)) == 0)
		r = talk(ctx, url, host,
		    u.port[0] != '\0' ? u.port : sc_tls_peek_port(url), tls,
		    out, e);
	free(host);
	sc_url_clear(&u);
	SSL_CTX_free(ctx);
	return r;
}
