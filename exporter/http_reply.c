/* SPDX-License-Identifier: Apache-2.0 */
/* One answer to an HTTP request. */

#include "exporter/http_reply.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "exporter/bounds.h"
#include "exporter/gzip.h"
#include "exporter/http_negotiation.h"

/* Below this a packet is saved by nothing. */
#define GZIP_LENGTH_MIN 1024

static const struct web_header default_headers[] = {
    {"Cache-Control", "no-store"},
    {"X-Content-Type-Options", "nosniff"},
    {"Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; "
                                "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"},
};

/* A body that is being sent. */
struct pending_body {
    struct http_pending *pending;
    char *text;
    size_t length;
};

static void free_pending_body(void *argument)
{
    struct pending_body *body = argument;

    body->pending->bytes -= body->length;
    free(body->text);
    free(body);
}

void http_reply_text(struct http_reply *reply, unsigned status, const char *format, ...)
{
    va_list arguments;
    char *text;
    int length;

    va_start(arguments, format);
    length = vasprintf(&text, format, arguments);
    va_end(arguments);
    if (length < 0) {
        abort();
    }
    *reply = (struct http_reply){.status = status,
                                 .content_type = "text/plain; charset=utf-8",
                                 .body = text,
                                 .length = (size_t)length};
}

static bool is_configured(const struct web_config *web, const char *name)
{
    for (size_t i = 0; web != NULL && i < web->header_count; i++) {
        if (strcmp(web->headers[i].name, name) == 0) {
            return true;
        }
    }
    return false;
}

static void add_header(struct MHD_Response *response, const char *name, const char *value)
{
    if (MHD_add_response_header(response, name, value) != MHD_YES) {
        abort(); /* Names and values were checked, so it is memory. */
    }
}

static void add_headers(struct MHD_Response *response, const struct http_reply *reply,
                        const struct web_config *web)
{
    add_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, reply->content_type);
    if (reply->header != NULL) {
        add_header(response, reply->header, reply->header_value);
    }
    for (size_t i = 0; i < sizeof default_headers / sizeof default_headers[0]; i++) {
        if (!is_configured(web, default_headers[i].name)) {
            add_header(response, default_headers[i].name, default_headers[i].value);
        }
    }
    for (size_t i = 0; web != NULL && i < web->header_count; i++) {
        add_header(response, web->headers[i].name, web->headers[i].value);
    }
}

static bool compress(struct http_reply *reply, struct MHD_Connection *connection)
{
    const char *accepted =
        MHD_lookup_connection_value(connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_ACCEPT_ENCODING);
    char *compressed;
    size_t length;

    if (reply->length < GZIP_LENGTH_MIN || !http_accepts_gzip(accepted)) {
        return false;
    }
    gzip_compress(reply->body, reply->length, &compressed, &length);
    free(reply->body);
    reply->body = compressed;
    reply->length = length;
    return true;
}

enum MHD_Result http_reply_send(struct http_reply *reply, struct MHD_Connection *connection,
                                const struct web_config *web, struct http_pending *pending)
{
    bool compressed = compress(reply, connection);
    struct pending_body *body = calloc(1, sizeof *body);
    struct MHD_Response *response;
    enum MHD_Result result;

    if (reply->length > (size_t)HTTP_PENDING_BYTES_MAX - pending->bytes) {
        free(reply->body);
        compressed = false;
        http_reply_text(reply, MHD_HTTP_SERVICE_UNAVAILABLE,
                        "Too many clients are slow to take their answers; try again later.\n");
        reply->header = MHD_HTTP_HEADER_RETRY_AFTER;
        reply->header_value = "5";
    }
    if (body == NULL) {
        abort();
    }
    *body = (struct pending_body){pending, reply->body, reply->length};
    response = MHD_create_response_from_buffer_with_free_callback_cls(reply->length, reply->body,
                                                                      free_pending_body, body);
    if (response == NULL) {
        abort();
    }
    pending->bytes += reply->length;
    add_headers(response, reply, web);
    if (compressed) {
        add_header(response, MHD_HTTP_HEADER_CONTENT_ENCODING, "gzip");
    }
    result = MHD_queue_response(connection, reply->status, response);
    MHD_destroy_response(response);
    return result;
}
