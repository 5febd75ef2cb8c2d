/* SPDX-License-Identifier: Apache-2.0 */
/* What all sources together know of one type of drill of a service. */

#ifndef EXPORTER_DRILL_RESULTS_H
#define EXPORTER_DRILL_RESULTS_H

#include <stdint.h>

#include "exporter/board.h"

/* Instants are Unix seconds by the system's clock. */
struct drill_results {
    const struct drill_evidence *success; /* The newest; NULL when none is known. */
    /* The newest attempt that failed, or of which nobody says that it succeeded; unless a newer
     * success is known. */
    struct reading failure;
};

/* Only sources whose latest collection succeeded and is current are believed. A success of the
 * future was dated by a wrong clock and is none; a failure of the future is one. `wall_now` is by
 * the system's clock. Call it under the board's lock; the result points into the snapshots. */
struct drill_results drill_results_find(const struct board_view *view, const char *service,
                                        enum drill_type type, double wall_now,
                                        int64_t monotonic_ms);

#endif
