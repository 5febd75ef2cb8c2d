/* SPDX-License-Identifier: Apache-2.0 */
/* What the exporter knows of itself: its configuration's state and its use of the machine. */

#ifndef EXPORTER_SELF_METRICS_H
#define EXPORTER_SELF_METRICS_H

#include <stdbool.h>

/* Written by main, read by the HTTP thread. */
struct exporter_status {
    _Atomic bool last_reload_successful;
    _Atomic double last_reload_success; /* Unix seconds. */
};

struct process_usage {
    double cpu_seconds;
    double resident_bytes;
    double virtual_bytes;
    double open_fds;
    double max_fds;
    double threads;
    double start_time; /* Unix seconds. */
};

/* Reads /proc/self. What cannot be read is NaN. */
void process_usage_read(struct process_usage *ret_usage);

#endif
