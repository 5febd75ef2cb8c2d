/* SPDX-License-Identifier: Apache-2.0 */
/* One HTTP GET at a time, bounded in time, size and redirections. */

#ifndef COLLECTORS_HTTP_FETCH_H
#define COLLECTORS_HTTP_FETCH_H

#include <stdbool.h>
#include <stddef.h>

#include "exporter/error.h"
#include "exporter/stop.h"

/* What one session needs to ask servers: kept connections and the latest answer's headers. */
struct http_client;

struct http_request {
    const char *url; /* From the configuration, never from elsewhere; see http_url_check. */
    const char *const *headers; /* "Name: value"; NULL ends the list. NULL: none. */
    const char *ca_file;        /* NULL: the certificate authorities of the system. */
    size_t body_bytes_max;      /* A longer body is an error. */
};

struct http_answer {
    int status;
    char *body; /* Terminated; from malloc. */
    size_t length;
};

/* Is it an http:// or https:// URL with a host and without credentials? The message says what
 * would be right. */
bool http_url_check(const char *url, struct error *error);

/* The URL without its query, which may hold what is not for everybody; from malloc. */
char *http_url_public(const char *url);

struct http_client *http_client_new(void);
void http_client_free(struct http_client *client);

/* True for every complete answer, whatever its status. Proxies are those of the environment
 * (https_proxy, no_proxy), as for curl. At most three redirections are followed, from https only to
 * https; a header `Authorization` does not go along to another host. */
bool http_fetch(struct http_client *client, const struct http_request *request,
                const struct deadline *deadline, struct http_answer *ret_answer,
                struct error *error);
void http_answer_release(struct http_answer *answer);

/* False, with the kind that fits and what to do, unless the status is 200. */
bool http_status_check(int status, struct error *error);

/* A header of the latest answer; NULL when it has none. Valid until the next fetch. */
const char *http_client_header(struct http_client *client, const char *name);

/* A header that is a date, as Unix seconds; false when there is none or it is unreadable. */
bool http_client_date(struct http_client *client, const char *name, double *ret_seconds);

#endif
