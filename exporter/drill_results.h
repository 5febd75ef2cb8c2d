/* SPDX-License-Identifier: Apache-2.0 */
/* What all sources together know of the drills of every service. */

#ifndef EXPORTER_DRILL_RESULTS_H
#define EXPORTER_DRILL_RESULTS_H

#include <stdint.h>

#include "exporter/board.h"

/* Of one type of drill of a service. Instants are Unix seconds by the system's clock. */
struct drill_results {
    const struct drill_evidence *success; /* The newest; NULL when none is known. */
    /* The newest attempt that failed, or of which nobody says that it succeeded; unless a newer
     * success is known. */
    struct reading failure;
};

struct service_drills {
    struct drill_results of[DRILL_TYPE_COUNT];
};

/* Of every service of the plan, in its order. Only sources whose latest collection succeeded and is
 * current are believed. A success of the future was dated by a wrong clock and is none; a failure
 * of the future is one. `wall_now` is by the system's clock. Call it under the board's lock; the
 * result lives in `arena` and points into the snapshots. */
const struct service_drills *drill_results_find(struct arena *arena, const struct board_view *view,
                                                double wall_now, int64_t monotonic_ms);

#endif
