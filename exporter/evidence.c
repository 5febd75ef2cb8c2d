/* SPDX-License-Identifier: Apache-2.0 */
/* The words of evidence. */

#include "exporter/evidence.h"

#include <string.h>

const char *const drill_type_names[DRILL_TYPE_COUNT] = {
    [DRILL_TABLETOP] = "tabletop", [DRILL_COMPONENT] = "component", [DRILL_RESTORE] = "restore",
    [DRILL_PARTIAL] = "partial",   [DRILL_FULL] = "full",
};

const char *const drill_phase_names[DRILL_PHASE_COUNT] = {
    [DRILL_PHASE_DETECT] = "detect",   [DRILL_PHASE_DECIDE] = "decide",
    [DRILL_PHASE_EXECUTE] = "execute", [DRILL_PHASE_VERIFY] = "verify",
    [DRILL_PHASE_CLEANUP] = "cleanup",
};

bool disruption_needs_restore(enum disruption disruption)
{
    return disruption == DISRUPTION_CORRUPTION || disruption == DISRUPTION_RANSOMWARE;
}

bool drill_type_parse(const char *text, enum drill_type *ret_type)
{
    for (enum drill_type type = 0; type < DRILL_TYPE_COUNT; type++) {
        if (strcmp(text, drill_type_names[type]) == 0) {
            *ret_type = type;
            return true;
        }
    }
    return false;
}
