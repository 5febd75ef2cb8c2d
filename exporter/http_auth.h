/* SPDX-License-Identifier: Apache-2.0 */
/* Passwords of the HTTP server's users.
 *
 * bcrypt is slow on purpose, and a scrape comes every few seconds with the same password: those
 * found right are remembered as keyed hashes. Wrong ones cost their full time again, but all of
 * them together at most half of the server's time. Used by the HTTP thread only. */

#ifndef EXPORTER_HTTP_AUTH_H
#define EXPORTER_HTTP_AUTH_H

#include "exporter/web_config.h"

enum http_auth_result {
    HTTP_AUTH_GRANTED,
    HTTP_AUTH_DENIED,
    HTTP_AUTH_BUSY, /* Too many attempts: to be tried again later. */
};

struct http_auth;

/* NULL when the configuration has no users. It has to outlive the result. */
struct http_auth *http_auth_new(const struct web_config *config);
void http_auth_free(struct http_auth *auth);

/* A user who is not known takes as long as one who is. */
enum http_auth_result http_auth_check(struct http_auth *auth, const char *name,
                                      const char *password);

#endif
