/* SPDX-License-Identifier: Apache-2.0 */
/* The board as pages for people: HTML without scripts, readable on a phone at night and on a wall.
 * `/` is all services and sources, `/service?name=…` and `/source?name=…` are one of them. */

#ifndef EXPORTER_STATUS_PAGE_H
#define EXPORTER_STATUS_PAGE_H

#include <stdbool.h>
#include <stddef.h>

#include "exporter/board.h"
#include "exporter/self_metrics.h"

/* How often a browser asks for a page again, unless its reader paused that. */
#define STATUS_PAGE_REFRESH_SECONDS "15"

enum status_page_kind { STATUS_PAGE_BOARD, STATUS_PAGE_SERVICE, STATUS_PAGE_SOURCE };

struct status_page_query {
    enum status_page_kind kind;
    const char *name; /* Of the service or source, as the client wrote it; NULL: there was none. */
    bool paused;      /* The page does not renew itself, and says so. */
};

/* False if there is no such service or source; the page then says so. The text is from malloc and
 * terminated. */
bool status_page_render(struct board *board, const struct exporter_status *status,
                        const char *telemetry_path, const struct status_page_query *query,
                        char **ret_text, size_t *ret_length);

#endif
