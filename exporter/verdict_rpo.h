/* SPDX-License-Identifier: Apache-2.0 */
/* The check `rpo`: would the data come back to an instant that is recent enough? */

#ifndef EXPORTER_VERDICT_RPO_H
#define EXPORTER_VERDICT_RPO_H

#include "exporter/verdict.h"

/* Sets the verdict's rpo check, exposure and weakest link; nothing if the service has no data.
 *
 * A path (source) passes if its latest collection succeeded, is current, and proved a recovery
 * point no older than the RPO; for an RPO of 0, if it proved that no commit is acknowledged
 * before it is safe there. It fails if the recovery point is known and too old. Anything else is
 * unknown. A dataset is as good as its best path that survives the disruption, a service as bad
 * as its worst dataset. */
void judge_rpo(struct arena *arena, const struct board_view *view, double now, int64_t monotonic_ms,
               struct verdict *verdict);

#endif
