/* SPDX-License-Identifier: Apache-2.0 */
/* Requests to one bucket of S3, or of a store that speaks its protocol. */

#ifndef COLLECTORS_S3_CLIENT_H
#define COLLECTORS_S3_CLIENT_H

#include "collectors/aws_sigv4.h"
#include "collectors/http_fetch.h"
#include "collectors/s3_answer.h"
#include "collectors/s3_settings.h"

/* Of one session; not for several threads. */
struct s3_client;

/* Asks nobody yet. Settings and file name are not copied; `ca_file` MAY be NULL. */
struct s3_client *s3_client_new(const struct s3_settings *settings, const char *ca_file);
void s3_client_free(struct s3_client *client);

struct s3_request {
    enum http_method method;
    const char *key; /* NULL: the bucket itself. */
    const struct aws_pair *query;
    size_t query_count;
    const struct aws_pair *headers; /* Beside those of the signature; at most S3_HEADERS_MAX. */
    size_t header_count;
    const char *body; /* Of PUT. */
    size_t body_length;
    size_t body_bytes_max; /* Of the answer. */
};

#define S3_HEADERS_MAX 8

/* True for an answer of status 2xx. What may pass (5xx, 429) is tried three times within the
 * deadline; so a PUT may be carried out twice. */
bool s3_ask(struct s3_client *client, const struct s3_request *request,
            const struct deadline *deadline, struct http_answer *ret_answer, struct error *error);

/* Of the latest answer, also of one that was refused. Header: NULL when it has none. Code: "". Both
 * valid until the next request. */
const char *s3_client_header(struct s3_client *client, const char *name);
const char *s3_client_code(const struct s3_client *client);

/* An instant by the store's clock as one by the clock of this host (the system's, as it stands),
 * not later than it is. The difference between the clocks is taken from the header `Date` of the
 * latest answer; it is known to a second and the time that the answer took. */
double s3_client_local_seconds(const struct s3_client *client, double store_seconds);

/* --- Requests. --- */

/* Of the current version; what it tells is in the headers. */
bool s3_head(struct s3_client *client, const char *key, const struct deadline *deadline,
             struct error *error);

/* What the store tells `about` the bucket: `location`, `replication`, `versioning`. */
bool s3_get_about(struct s3_client *client, const char *about, const struct deadline *deadline,
                  struct http_answer *ret_answer, struct error *error);

struct s3_listing {
    const char *prefix;
    const char *start_after;  /* Only keys behind it; NULL: all. */
    const char *continuation; /* Of the page before; NULL: the first one. */
    int keys_max;             /* 0: as many as there are on a page, 1,000. */
};

/* Keys are in the order of their bytes. */
bool s3_list(struct s3_client *client, const struct s3_listing *listing,
             const struct deadline *deadline, struct arena *arena, struct s3_page *ret_page,
             struct error *error);

/* Of the current version. An object or bucket without lock has S3_LOCK_NONE. */
bool s3_get_retention(struct s3_client *client, const char *key, const struct deadline *deadline,
                      struct s3_retention *ret_retention, struct error *error);

#endif
