/* SPDX-License-Identifier: Apache-2.0 */
/* Strategies of standing by for the loss of a region. */

#include "exporter/strategy.h"

const char *const strategy_names[STRATEGY_COUNT] = {
    [STRATEGY_HOT_STANDBY_SYNC] = "hot_standby_sync",
    [STRATEGY_HOT_STANDBY_ASYNC] = "hot_standby_async",
    [STRATEGY_WARM_STANDBY] = "warm_standby",
    [STRATEGY_PILOT_LIGHT] = "pilot_light",
    [STRATEGY_COLD_STANDBY] = "cold_standby",
};

int64_t strategy_rto_bound_ms(enum strategy strategy)
{
    static const int64_t minute = 60000;

    switch (strategy) {
    case STRATEGY_WARM_STANDBY:
        return 15 * minute;
    case STRATEGY_PILOT_LIGHT:
    case STRATEGY_COLD_STANDBY:
        return 60 * minute;
    case STRATEGY_HOT_STANDBY_SYNC:
    case STRATEGY_HOT_STANDBY_ASYNC:
    case STRATEGY_NONE:
        break;
    }
    return 0;
}

const char *strategy_delay(enum strategy strategy)
{
    switch (strategy) {
    case STRATEGY_WARM_STANDBY:
        return "it has to grow to full size first";
    case STRATEGY_PILOT_LIGHT:
        return "what serves the data has to be started first";
    case STRATEGY_COLD_STANDBY:
        return "everything has to be built and restored first";
    case STRATEGY_HOT_STANDBY_SYNC:
    case STRATEGY_HOT_STANDBY_ASYNC:
    case STRATEGY_NONE:
        break;
    }
    return "";
}
