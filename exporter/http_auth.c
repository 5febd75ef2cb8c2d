/* SPDX-License-Identifier: Apache-2.0 */
/* Passwords of the HTTP server's users. */

#include "exporter/http_auth.h"

#include <crypt.h>
#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "exporter/clock.h"

#define DIGEST_BYTES 32
/* More than there are scrapers and people; the oldest is forgotten. */
#define REMEMBERED_MAX 64
/* Time that attempts may take in one go before they have to share with the rest. */
#define BURST_MS 2000
/* The header memory of a connection bounds both; this only makes it plain. */
#define NAME_BYTES_MAX 4096
#define PASSWORD_BYTES_MAX 4096

struct http_auth {
    const struct web_config *config;
    unsigned char key[DIGEST_BYTES];
    unsigned char remembered[REMEMBERED_MAX][DIGEST_BYTES];
    size_t remembered_count; /* Ever; the next goes to its remainder. */
    int64_t spent_ms;        /* On attempts, less what has passed since. */
    int64_t spent_at_ms;
    struct crypt_data crypt;
};

struct http_auth *http_auth_new(const struct web_config *config)
{
    struct http_auth *auth;

    if (config == NULL || config->user_count == 0) {
        return NULL;
    }
    auth = calloc(1, sizeof *auth);
    if (auth == NULL || gnutls_rnd(GNUTLS_RND_KEY, auth->key, sizeof auth->key) != 0) {
        abort();
    }
    auth->config = config;
    auth->spent_at_ms = clock_monotonic_ms();
    return auth;
}

void http_auth_free(struct http_auth *auth)
{
    if (auth != NULL) {
        gnutls_memset(auth, 0, sizeof *auth);
        free(auth);
    }
}

/* The lengths go in too, so that no other pair has the same bytes (CVE-2022-46146). */
static void digest_of(const struct http_auth *auth, const char *name, const char *password,
                      unsigned char digest[DIGEST_BYTES])
{
    size_t lengths[2] = {strlen(name), strlen(password)};
    gnutls_hmac_hd_t hmac;

    if (gnutls_hmac_init(&hmac, GNUTLS_MAC_SHA256, auth->key, sizeof auth->key) != 0 ||
        gnutls_hmac(hmac, lengths, sizeof lengths) != 0 ||
        gnutls_hmac(hmac, name, lengths[0]) != 0 || gnutls_hmac(hmac, password, lengths[1]) != 0) {
        abort();
    }
    gnutls_hmac_deinit(hmac, digest);
}

static bool is_remembered(const struct http_auth *auth, const unsigned char digest[DIGEST_BYTES])
{
    size_t count =
        auth->remembered_count < REMEMBERED_MAX ? auth->remembered_count : REMEMBERED_MAX;
    bool found = false;

    for (size_t i = 0; i < count; i++) {
        found |= gnutls_memcmp(auth->remembered[i], digest, DIGEST_BYTES) == 0;
    }
    return found;
}

static bool matches(struct http_auth *auth, const char *password, const char *hash)
{
    const char *result = crypt_r(password, hash, &auth->crypt);

    return result != NULL && strlen(result) == strlen(hash) &&
           gnutls_memcmp(result, hash, strlen(hash)) == 0;
}

/* False while attempts have used more than their share of time. */
static bool may_try(struct http_auth *auth, int64_t now_ms)
{
    int64_t passed = now_ms - auth->spent_at_ms;

    auth->spent_ms = passed < auth->spent_ms ? auth->spent_ms - passed : 0;
    auth->spent_at_ms = now_ms;
    return auth->spent_ms < BURST_MS;
}

enum http_auth_result http_auth_check(struct http_auth *auth, const char *name,
                                      const char *password)
{
    const struct web_config *config = auth->config;
    const struct web_user *user = NULL;
    unsigned char digest[DIGEST_BYTES];
    int64_t start_ms = clock_monotonic_ms();
    bool right;

    if (strlen(name) > NAME_BYTES_MAX || strlen(password) > PASSWORD_BYTES_MAX) {
        return HTTP_AUTH_DENIED;
    }
    digest_of(auth, name, password, digest);
    if (is_remembered(auth, digest)) {
        return HTTP_AUTH_GRANTED;
    }
    if (!may_try(auth, start_ms)) {
        return HTTP_AUTH_BUSY;
    }
    for (size_t i = 0; i < config->user_count; i++) {
        if (strcmp(config->users[i].name, name) == 0) {
            user = &config->users[i];
        }
    }
    right = matches(auth, password, user == NULL ? config->users[0].hash : user->hash);
    /* Twice, so that attempts leave the other half of the time to everything else. */
    auth->spent_ms += 2 * (clock_monotonic_ms() - start_ms);
    if (!right || user == NULL) {
        return HTTP_AUTH_DENIED;
    }
    memcpy(auth->remembered[auth->remembered_count++ % REMEMBERED_MAX], digest, DIGEST_BYTES);
    return HTTP_AUTH_GRANTED;
}
