/* SPDX-License-Identifier: Apache-2.0 */
/* One answer to an HTTP request, and the memory that all of them may take together. */

#ifndef EXPORTER_HTTP_REPLY_H
#define EXPORTER_HTTP_REPLY_H

#include <microhttpd.h>
#include <stdatomic.h>
#include <stddef.h>

#include "exporter/web_config.h"

struct http_reply {
    unsigned status;
    const char *content_type;
    char *body; /* From malloc. */
    size_t length;
    const char *header; /* One more header; NULL: none. */
    const char *header_value;
};

/* Bodies that clients have not taken yet, in bytes. */
struct http_pending {
    _Atomic size_t bytes;
};

/* A plain text that says what happened, with the status as its first line. */
void http_reply_text(struct http_reply *reply, unsigned status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Answers with `reply`, whose body it takes, compressed where the client likes that. Answers 503
 * instead where too much is pending. `headers` are those of the web configuration or NULL. */
enum MHD_Result http_reply_send(struct http_reply *reply, struct MHD_Connection *connection,
                                const struct web_config *web, struct http_pending *pending);

#endif
