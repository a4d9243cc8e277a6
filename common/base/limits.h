/*
 * Every named limit of stepc in one place.  Each has a test just below and
 * just above.
 */
#ifndef SC_BASE_LIMITS_H
#define SC_BASE_LIMITS_H

#define SC_MAX_BODY (1024 * 1024) /* request body, bytes */
#define SC_MAX_RESPONSE (8 * 1024 * 1024)
#define SC_MAX_URI 8192 /* REQUEST_URI, bytes */
#define SC_MAX_HEADER_VALUE 8192 /* one parameter we read, bytes */
#define SC_MAX_JSON_DEPTH 64
#define SC_MAX_JSON_NUMBER 64 /* characters of one number */
#define SC_MAX_JWS (256 * 1024) /* compact token, bytes */
#define SC_MAX_JWS_HEADER (64 * 1024)
#define SC_MAX_KID 512 /* bytes */
#define SC_MAX_JTI 1024 /* bytes */
#define SC_MAX_CSR (128 * 1024) /* DER, bytes */
#define SC_MAX_SANS 1000 /* names in one certificate */
#define SC_MAX_DNS_NAME 253 /* characters */
#define SC_MAX_CN 4096 /* bytes; the reference has no 64 */
#define SC_MIN_RSA_BITS 2048
#define SC_MAX_RSA_BITS 8192
#define SC_MAX_PBES2_COUNT 1000000 /* p2c of a JWE */
#define SC_MAX_BCRYPT_ROUNDS 256 /* of an OpenSSH key: seconds of work */
#define SC_MAX_PEM_FILE (1024 * 1024)
#define SC_MAX_CONFIG_FILE (16 * 1024 * 1024)
#define SC_MAX_SIGNED_FILE (256 * 1024 * 1024) /* crypto key sign */
#define SC_MAX_CHAIN 16 /* certificates in one bundle/chain */
#define SC_MAX_REQUEST_ID 128 /* characters of X-Request-Id kept */
#define SC_MAX_LOG_VALUE 1024 /* bytes */
#define SC_MAX_PASSWORD_FILE 65536
#define SC_MAX_OCSP_REQUEST (64 * 1024) /* DER, bytes */
#define SC_MAX_OCSP_IDS 64 /* certificates asked about at once */
#define SC_MAX_OCSP_NONCE 32 /* octets, RFC 8954 */
#define SC_MAX_TEMPLATE (256 * 1024) /* text, bytes */
#define SC_MAX_TEMPLATE_OUTPUT (1024 * 1024)
#define SC_MAX_TEMPLATE_MEMORY (16 * 1024 * 1024) /* of one execution */
#define SC_MAX_TEMPLATE_STEPS 1000000 /* likewise */
#define SC_MAX_TEMPLATE_DEPTH 100 /* of blocks and parentheses */
#define SC_MAX_TEMPLATE_NESTING 500 /* of blocks and templates at work */
#define SC_MAX_WEBHOOKS 32 /* of one provisioner */
#define SC_MAX_WEBHOOK_BODY (2 * 1024 * 1024) /* what one is told */
#define SC_MAX_WEBHOOK_ANSWER (256 * 1024) /* bytes */
#define SC_WEBHOOK_SECONDS 10 /* to ask one, again included */
#define SC_WEBHOOKS_SECONDS 20 /* to ask all about one certificate */
#define SC_MAX_NEBULA_CERT 65536 /* bytes */
#define SC_MAX_NEBULA_ITEMS 1000 /* networks, or groups, of a certificate */
#define SC_REQUEST_SECONDS 60 /* whole request, then the worker dies */

#endif
