/* SPDX-License-Identifier: Apache-2.0 */
/* Strategies of standing by for the loss of a region, and what each of them cannot do. */

#ifndef EXPORTER_STRATEGY_H
#define EXPORTER_STRATEGY_H

#include <stdint.h>

enum strategy {
    STRATEGY_HOT_STANDBY_SYNC,  /* All runs, and commits wait for the copy. */
    STRATEGY_HOT_STANDBY_ASYNC, /* All runs; the copy follows. */
    STRATEGY_WARM_STANDBY,      /* All runs, but too small: it has to grow first. */
    STRATEGY_PILOT_LIGHT,       /* The data follows; what serves it has to be started first. */
    STRATEGY_COLD_STANDBY,      /* Backups: everything has to be built and restored first. */
    STRATEGY_COUNT,
    STRATEGY_NONE = STRATEGY_COUNT /* None is stated. */
};

extern const char *const strategy_names[STRATEGY_COUNT];

/* The RTO that a strategy can meet has to be longer than this: below it a standby must be running
 * already. The bounds are those between the strategies that objectives.h proposes. */
int64_t strategy_rto_bound_ms(enum strategy strategy);

/* Why it cannot do so, as in "it has to grow first". */
const char *strategy_delay(enum strategy strategy);

#endif
