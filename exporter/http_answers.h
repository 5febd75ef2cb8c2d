/* SPDX-License-Identifier: Apache-2.0 */
/* The answers of the routes that take parameters: gate and pages. Private to http_server.c. */

#ifndef EXPORTER_HTTP_ANSWERS_H
#define EXPORTER_HTTP_ANSWERS_H

#include <microhttpd.h>

#include "exporter/api.h"
#include "exporter/http_reply.h"
#include "exporter/http_server.h"
#include "exporter/status_page.h"

void http_answer_api(struct http_reply *reply, const struct api_answer *answer);

void http_answer_gate(struct board *board, struct MHD_Connection *connection,
                      struct http_reply *reply);

void http_answer_page(const struct http_options *options, enum status_page_kind kind,
                      struct MHD_Connection *connection, struct http_reply *reply);

#endif
