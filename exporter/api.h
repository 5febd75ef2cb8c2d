/* SPDX-License-Identifier: Apache-2.0 */
/* The API below /api/v1/: readiness and gate as JSON (exporter/openapi.yaml), for programs. Field
 * names are a contract; what is not known is null, never a number that stands for it. */

#ifndef EXPORTER_API_H
#define EXPORTER_API_H

#include <stddef.h>

#include "exporter/board.h"
#include "exporter/evidence.h"

struct api_answer {
    unsigned status; /* Of HTTP. */
    const char *content_type;
    char *body; /* From malloc. */
    size_t length;
};

/* Plan, verdicts, gates and evidence of everything. */
void api_readiness(struct board *board, struct api_answer *ret_answer);

/* One gate. The parameters are as the client wrote them, NULL where there was none. 200: open; 503:
 * closed, with what blocks it; 400 and 404 with what would be right. */
struct api_gate_query {
    const char *service;
    const char *disruption; /* NULL: region. */
    const char *lost_since; /* RFC 3339; NULL: the origins are not said to be lost. */
    bool as_text;           /* Lines for people and shell scripts in place of JSON. */
};

void api_gate(struct board *board, const struct api_gate_query *query,
              struct api_answer *ret_answer);

#endif
