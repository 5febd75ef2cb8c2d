/* SPDX-License-Identifier: Apache-2.0 */
/* TLS of the HTTP server. */

#include "exporter/http_tls.h"

#include <stdio.h>
#include <stdlib.h>

#include "exporter/bounds.h"
#include "exporter/cleanup.h"
#include "exporter/file.h"

/* Chains have two or three certificates. */
#define CHAIN_LENGTH_MAX 16

/* Written by http_tls_use before the server starts, only read afterwards. */
static const struct web_config *current;

static bool read_file(const char *key, const char *path, size_t bytes_max, char **ret_text,
                      size_t *ret_length, struct error *error)
{
    char context[ERROR_MESSAGE_BYTES];

    if (file_read(path, bytes_max, ret_text, ret_length, error)) {
        return true;
    }
    (void)snprintf(context, sizeof context, "%s %s", key, path);
    return error_prefix(error, context);
}

static bool read_certificates(const char *path, gnutls_pcert_st **ret_certificates,
                              unsigned *ret_count, struct error *error)
{
    gnutls_pcert_st *certificates = gnutls_calloc(CHAIN_LENGTH_MAX, sizeof *certificates);
    CLEANUP(free_text) char *text = NULL;
    size_t length;
    unsigned count = CHAIN_LENGTH_MAX;
    int result;

    if (certificates == NULL) {
        abort();
    }
    if (!read_file("cert_file", path, SECRET_BYTES_MAX, &text, &length, error)) {
        gnutls_free(certificates);
        return false;
    }
    result = gnutls_pcert_list_import_x509_raw(
        certificates, &count, &(gnutls_datum_t){(unsigned char *)text, (unsigned)length},
        GNUTLS_X509_FMT_PEM, 0);
    if (result < 0) {
        gnutls_free(certificates);
        return error_set(
            error, ERROR_TLS,
            "cert_file %s: \"%s\"; it has to hold the server's certificate in PEM form, "
            "followed by those of its authorities",
            path, gnutls_strerror(result));
    }
    *ret_certificates = certificates;
    *ret_count = count;
    return true;
}

static bool read_key(const char *path, gnutls_privkey_t *ret_key, struct error *error)
{
    CLEANUP(free_text) char *text = NULL;
    gnutls_privkey_t key;
    size_t length;
    int result;

    if (!read_file("key_file", path, SECRET_BYTES_MAX, &text, &length, error)) {
        return false;
    }
    if (gnutls_privkey_init(&key) != 0) {
        abort();
    }
    result = gnutls_privkey_import_x509_raw(
        key, &(gnutls_datum_t){(unsigned char *)text, (unsigned)length}, GNUTLS_X509_FMT_PEM, NULL,
        0);
    gnutls_memset(text, 0, length);
    if (result < 0) {
        gnutls_privkey_deinit(key);
        return error_set(error, ERROR_TLS,
                         "key_file %s: \"%s\"; it has to hold the private key of cert_file in PEM "
                         "form, without a passphrase",
                         path, gnutls_strerror(result));
    }
    *ret_key = key;
    return true;
}

static void free_certificates(gnutls_pcert_st *certificates, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        gnutls_pcert_deinit(&certificates[i]);
    }
    gnutls_free(certificates);
}

static bool read_pair(const struct web_config *config, gnutls_pcert_st **ret_certificates,
                      unsigned *ret_count, gnutls_privkey_t *ret_key, struct error *error)
{
    if (!read_certificates(config->cert_file, ret_certificates, ret_count, error)) {
        return false;
    }
    if (!read_key(config->key_file, ret_key, error)) {
        free_certificates(*ret_certificates, *ret_count);
        return false;
    }
    return true;
}

static bool check_pair(gnutls_pcert_st *certificate, gnutls_privkey_t key,
                       const struct web_config *config, struct error *error)
{
    unsigned char ids[2][20];
    size_t sizes[2] = {sizeof ids[0], sizeof ids[1]};
    gnutls_pubkey_t public_key;
    bool same;

    if (gnutls_pubkey_init(&public_key) != 0) {
        abort();
    }
    same = gnutls_pubkey_import_privkey(public_key, key, 0, 0) == 0 &&
           gnutls_pubkey_get_key_id(public_key, 0, ids[0], &sizes[0]) == 0 &&
           gnutls_pubkey_get_key_id(certificate->pubkey, 0, ids[1], &sizes[1]) == 0 &&
           gnutls_memcmp(ids[0], ids[1], sizeof ids[0]) == 0;
    gnutls_pubkey_deinit(public_key);
    if (!same) {
        return error_set(error, ERROR_TLS,
                         "key_file %s is not the key of the first certificate in cert_file %s; "
                         "name a pair that belongs together",
                         config->key_file, config->cert_file);
    }
    return true;
}

static bool read_trust(const char *path, char **ret_trust, struct error *error)
{
    CLEANUP(free_text) char *text = NULL;
    gnutls_x509_trust_list_t list;
    size_t length;
    int count;

    if (!read_file("client_ca_file", path, CONFIG_FILE_BYTES_MAX, &text, &length, error)) {
        return false;
    }
    if (gnutls_x509_trust_list_init(&list, 0) != 0) {
        abort();
    }
    count = gnutls_x509_trust_list_add_trust_mem(
        list, &(gnutls_datum_t){(unsigned char *)text, (unsigned)length}, NULL, GNUTLS_X509_FMT_PEM,
        0, 0);
    gnutls_x509_trust_list_deinit(list, 1);
    if (count <= 0) {
        return error_set(error, ERROR_TLS,
                         "client_ca_file %s holds no certificate; it has to hold those of the "
                         "clients' authorities in PEM form",
                         path);
    }
    *ret_trust = text;
    text = NULL;
    return true;
}

bool http_tls_use(const struct web_config *config, char **ret_trust, struct error *error)
{
    gnutls_pcert_st *certificates;
    unsigned count;
    gnutls_privkey_t key;
    bool valid;

    if (!read_pair(config, &certificates, &count, &key, error)) {
        return false;
    }
    valid = check_pair(&certificates[0], key, config, error);
    free_certificates(certificates, count);
    gnutls_privkey_deinit(key);
    if (!valid) {
        return false;
    }
    *ret_trust = NULL;
    if (config->client_ca_file != NULL && !read_trust(config->client_ca_file, ret_trust, error)) {
        return false;
    }
    current = config;
    return true;
}

const char *http_tls_priorities(const struct web_config *config)
{
    if (config->min_version == TLS_VERSION_13) {
        return "NORMAL:-VERS-ALL:+VERS-TLS1.3";
    }
    if (config->max_version == TLS_VERSION_12) {
        return "NORMAL:-VERS-ALL:+VERS-TLS1.2";
    }
    return "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2";
}

int http_tls_retrieve(gnutls_session_t session, const struct gnutls_cert_retr_st *info,
                      gnutls_pcert_st **ret_certificates, unsigned *ret_count,
                      gnutls_ocsp_data_st **ret_ocsp, unsigned *ret_ocsp_count,
                      gnutls_privkey_t *ret_key, unsigned *ret_flags)
{
    struct error error;

    (void)session;
    (void)info;
    if (!read_pair(current, ret_certificates, ret_count, ret_key, &error)) {
        return -1; /* Half-renewed: this handshake fails, the next one may succeed. */
    }
    *ret_ocsp = NULL;
    *ret_ocsp_count = 0;
    *ret_flags = GNUTLS_CERT_RETR_DEINIT_ALL;
    return 0;
}

static int verify_client(gnutls_session_t session)
{
    gnutls_typed_vdata_st purpose = {.type = GNUTLS_DT_KEY_PURPOSE_OID,
                                     .data = (unsigned char *)GNUTLS_KP_TLS_WWW_CLIENT};
    unsigned count = 0;
    unsigned status = 0;

    if (gnutls_certificate_get_peers(session, &count) == NULL || count == 0) {
        if (current->client_auth == CLIENT_AUTH_VERIFY_IF_GIVEN) {
            return 0;
        }
    } else if (gnutls_certificate_verify_peers(session, &purpose, 1, &status) == 0 && status == 0) {
        return 0;
    }
    /* libmicrohttpd would only hang up; this tells the client why. */
    (void)gnutls_alert_send(session, GNUTLS_AL_FATAL, GNUTLS_A_BAD_CERTIFICATE);
    return -1;
}

void http_tls_prepare_session(gnutls_session_t session)
{
    switch (current->client_auth) {
    case CLIENT_AUTH_REQUIRE_ANY:
        gnutls_certificate_server_set_request(session, GNUTLS_CERT_REQUIRE);
        break;
    case CLIENT_AUTH_REQUEST:
        gnutls_certificate_server_set_request(session, GNUTLS_CERT_REQUEST);
        break;
    case CLIENT_AUTH_VERIFY_IF_GIVEN:
        gnutls_certificate_server_set_request(session, GNUTLS_CERT_REQUEST);
        gnutls_session_set_verify_function(session, verify_client);
        break;
    case CLIENT_AUTH_REQUIRE_AND_VERIFY:
        gnutls_certificate_server_set_request(session, GNUTLS_CERT_REQUIRE);
        gnutls_session_set_verify_function(session, verify_client);
        break;
    case CLIENT_AUTH_NONE:
    case CLIENT_AUTH_COUNT:
        gnutls_certificate_server_set_request(session, GNUTLS_CERT_IGNORE);
        break;
    }
}
