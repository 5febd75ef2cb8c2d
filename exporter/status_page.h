/* SPDX-License-Identifier: Apache-2.0 */
/* The board as a page for people: HTML without scripts, readable on a phone at night. */

#ifndef EXPORTER_STATUS_PAGE_H
#define EXPORTER_STATUS_PAGE_H

#include <stddef.h>

#include "exporter/board.h"
#include "exporter/self_metrics.h"

/* The text is from malloc and terminated. */
void status_page_render(struct board *board, const struct exporter_status *status,
                        const char *telemetry_path, char **ret_text, size_t *ret_length);

#endif
