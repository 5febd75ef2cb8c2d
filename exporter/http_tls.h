/* SPDX-License-Identifier: Apache-2.0 */
/* TLS of the HTTP server. Certificate and key are read for every handshake, as the Prometheus
 * exporter-toolkit does, so that renewed ones need no restart. */

#ifndef EXPORTER_HTTP_TLS_H
#define EXPORTER_HTTP_TLS_H

#include <gnutls/abstract.h>
#include <gnutls/gnutls.h>

#include "exporter/error.h"
#include "exporter/web_config.h"

/* Checks that the files can be used, and makes `config` the one of the functions below, which
 * libmicrohttpd gives no argument. *ret_trust is the text of the clients' authority, to be freed
 * by the caller; NULL if there is none. */
bool http_tls_use(const struct web_config *config, char **ret_trust, struct error *error);

/* GnuTLS' priority string for the versions of `config`. */
const char *http_tls_priorities(const struct web_config *config);

/* Of type gnutls_certificate_retrieve_function3. */
int http_tls_retrieve(gnutls_session_t session, const struct gnutls_cert_retr_st *info,
                      gnutls_pcert_st **ret_certificates, unsigned *ret_count,
                      gnutls_ocsp_data_st **ret_ocsp, unsigned *ret_ocsp_count,
                      gnutls_privkey_t *ret_key, unsigned *ret_flags);

/* Asks a new session for its client's certificate as the configuration says. */
void http_tls_prepare_session(gnutls_session_t session);

#endif
