/* SPDX-License-Identifier: Apache-2.0 */
/* What the answers of the API are made of; only api_*.c include it. */

#ifndef EXPORTER_API_JSON_H
#define EXPORTER_API_JSON_H

#include <cJSON.h>

#include "exporter/api.h"
#include "exporter/gate.h"

/* Verdicts and the instants to show them by; to be used under the board's lock. */
struct api_view {
    struct arena *arena;
    const struct board_view *board;
    struct verdict *verdicts;
    size_t verdict_count;
    double now; /* By our clock. */
    int64_t monotonic_ms;
};

/* Null where it is not known. */
void api_add_number(cJSON *object, const char *name, bool known, double value);
/* `instant` by our clock, as RFC 3339. */
void api_add_instant(cJSON *object, const char *name, bool known, double instant);
void api_add_text(cJSON *object, const char *name, const char *text);
cJSON *api_add_array(cJSON *object, const char *name);
cJSON *api_add_object(cJSON *array);

/* Fields of one verdict and its gate. */
void api_fill_rto(cJSON *object, const struct verdict *verdict);
void api_fill_verdict(cJSON *object, const struct api_view *view, size_t index);
void api_fill_gate(cJSON *object, const struct api_view *view, const struct gate *gate);
/* Fields of one source: what it proves, and how old that is. */
void api_fill_source(cJSON *object, const struct api_view *view, const struct board_entry *entry);

/* Prints and frees `root`. */
void api_finish(cJSON *root, unsigned status, struct api_answer *ret_answer);

#endif
