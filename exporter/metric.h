/* SPDX-License-Identifier: Apache-2.0 */
/* The description of one metric; a collector has a table of them, indexed by its own enum. */

#ifndef EXPORTER_METRIC_H
#define EXPORTER_METRIC_H

#include "exporter/bounds.h"

enum metric_type { METRIC_GAUGE, METRIC_COUNTER, METRIC_HISTOGRAM };

struct metric {
    const char *name; /* Base unit last; counters end in _total in both text formats. */
    enum metric_type type;
    const char *help; /* What the value means and where it comes from. */
    /* Label names beside {source,collector,dataset}, which every metric of a collector has.
     * NULL ends the list. */
    const char *labels[METRIC_LABELS_MAX + 1];
};

#endif
