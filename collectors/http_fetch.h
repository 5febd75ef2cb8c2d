/* SPDX-License-Identifier: Apache-2.0 */
/* One HTTP request at a time, bounded in time, size and redirections. */

#ifndef COLLECTORS_HTTP_FETCH_H
#define COLLECTORS_HTTP_FETCH_H

#include <stdbool.h>
#include <stddef.h>

#include "collectors/http_url.h"
#include "exporter/error.h"
#include "exporter/stop.h"

/* What one session needs to ask servers: kept connections and the latest answer's headers. */
struct http_client;

enum http_method { HTTP_GET, HTTP_HEAD, HTTP_PUT, HTTP_POST, HTTP_DELETE };

/* All that is left zero is what a plain GET needs. */
struct http_request {
    enum http_method method;
    /* From the configuration, never from elsewhere; see http_url_check. Its path is sent as it is,
     * with what looks like steps up or empty parts. */
    const char *url;
    const char *const *headers;  /* "Name: value"; NULL ends the list. NULL: none. */
    const char *ca_file;         /* NULL: the certificate authorities of the system. */
    const char *ca_pem;          /* Instead of the file, its content. */
    const char *certificate_pem; /* With which we prove who we are, and its key; NULL: we do not. */
    const char *key_pem;
    const char *body; /* Of PUT and POST; its type is that of a form unless a header says it. */
    size_t body_length;
    size_t body_bytes_max; /* A longer answer is an error; counted as it is when unpacked. */
    bool compressed;       /* Ask for it in gzip form, which is unpacked here. */
    bool no_redirections;  /* Status 3xx is an answer like others. */
    bool direct;           /* Past the proxies: for services of this machine's own network link. */
    /* host:port or [IPv6]:port, to which to connect instead of what the URL says; NULL: as it says.
     * The server is still asked under the name in the URL, and must prove to have it. */
    const char *connect_to;
    bool certificates;  /* Remember those of the server for http_client_certificate_end(). */
    bool only_connects; /* Up to the end of the TLS handshake; nothing is asked. */
    /* Whoever answers: only for a look at certificates that nobody trusts, with only_connects. */
    bool trusts_anybody;
};

struct http_answer {
    int status;
    char *body; /* Terminated; from malloc. */
    size_t length;
};

struct http_client *http_client_new(void);
void http_client_free(struct http_client *client);

/* True for every complete answer, whatever its status. Proxies are those of the environment
 * (https_proxy, no_proxy), as for curl. At most three redirections of a GET or HEAD are followed,
 * from https only to https; a header `Authorization` does not go along to another host, but others
 * do: a request with secrets in them wants no_redirections. */
bool http_fetch(struct http_client *client, const struct http_request *request,
                const struct deadline *deadline, struct http_answer *ret_answer,
                struct error *error);
void http_answer_release(struct http_answer *answer);

/* Whether the latest fetch failed because of the server (it refuses, does not answer in time, has
 * no certificate that is trusted, …), not because of this side (a name that cannot be resolved, no
 * route, an unreadable ca_file, a request to stop). */
bool http_client_server_failed(const struct http_client *client);

/* When the first certificate of the chain that the server sent ends, as Unix seconds; false when
 * there was none, or it is not known. Valid until the next fetch. */
bool http_client_certificate_end(struct http_client *client, double *ret_seconds);

/* False, with the kind that fits and what to do, unless the status is 200. */
bool http_status_check(int status, struct error *error);

/* A header of the latest answer; NULL when it has none. Valid until the next fetch. */
const char *http_client_header(struct http_client *client, const char *name);

/* A header that is a date, as Unix seconds; false when there is none or it is unreadable. */
bool http_client_date(struct http_client *client, const char *name, double *ret_seconds);

#endif
