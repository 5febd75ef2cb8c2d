/* SPDX-License-Identifier: Apache-2.0 */
/* The answers of the routes that take parameters: gate and pages. */

#include "exporter/http_answers.h"

#include <string.h>

void http_answer_api(struct http_reply *reply, const struct api_answer *answer)
{
    /* An answer of a moment ago is the wrong one for a failover. */
    *reply = (struct http_reply){.status = answer->status,
                                 .content_type = answer->content_type,
                                 .body = answer->body,
                                 .length = answer->length,
                                 .header = MHD_HTTP_HEADER_CACHE_CONTROL,
                                 .header_value = "no-store"};
}

/* The parameters of a gate; more than one of a name, or an unknown one, is a mistake that could
 * open the wrong gate. */
struct gate_parameters {
    struct api_gate_query query;
    bool wrong;
};

static enum MHD_Result read_gate_parameter(void *context, enum MHD_ValueKind kind, const char *key,
                                           const char *value)
{
    struct gate_parameters *parameters = context;
    const char **slot = strcmp(key, "service") == 0      ? &parameters->query.service
                        : strcmp(key, "disruption") == 0 ? &parameters->query.disruption
                        : strcmp(key, "lost_since") == 0 ? &parameters->query.lost_since
                                                         : NULL;

    (void)kind;
    if (slot == NULL || *slot != NULL || value == NULL) {
        parameters->wrong = true;
        return MHD_NO;
    }
    *slot = value;
    return MHD_YES;
}

void http_answer_gate(struct board *board, struct MHD_Connection *connection,
                      struct http_reply *reply)
{
    const char *accept =
        MHD_lookup_connection_value(connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_ACCEPT);
    struct gate_parameters parameters = {.query.as_text = accept != NULL &&
                                                          strncmp(accept, "text/plain", 10) == 0};
    struct api_answer answer;

    (void)MHD_get_connection_values(connection, MHD_GET_ARGUMENT_KIND, read_gate_parameter,
                                    &parameters);
    if (parameters.wrong) {
        http_reply_text(reply, MHD_HTTP_BAD_REQUEST,
                        "The gate takes service, disruption and lost_since, each at most once.\n");
        return;
    }
    api_gate(board, &parameters.query, &answer);
    http_answer_api(reply, &answer);
}

void http_answer_page(const struct http_options *options, enum status_page_kind kind,
                      struct MHD_Connection *connection, struct http_reply *reply)
{
    const char *refresh = MHD_lookup_connection_value(connection, MHD_GET_ARGUMENT_KIND, "refresh");
    struct status_page_query query = {
        .kind = kind,
        .name = kind == STATUS_PAGE_BOARD
                    ? NULL
                    : MHD_lookup_connection_value(connection, MHD_GET_ARGUMENT_KIND, "name"),
        .paused = refresh != NULL && strcmp(refresh, "off") == 0};

    *reply = (struct http_reply){.status = MHD_HTTP_OK, .content_type = "text/html; charset=utf-8"};
    if (!status_page_render(options->board, options->status, options->telemetry_path, &query,
                            &reply->body, &reply->length)) {
        reply->status = MHD_HTTP_NOT_FOUND;
    } else if (!query.paused) {
        /* A page that stays open must not go on saying what was true an hour ago. */
        reply->header = "Refresh";
        reply->header_value = STATUS_PAGE_REFRESH_SECONDS;
    }
}
