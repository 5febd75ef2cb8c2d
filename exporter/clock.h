/* SPDX-License-Identifier: Apache-2.0 */
/* Two clocks: instants that users see are Unix seconds, waiting is done in monotonic time. */

#ifndef EXPORTER_CLOCK_H
#define EXPORTER_CLOCK_H

#include <stdint.h>

/* Unix seconds with at least microsecond resolution, as Prometheus writes instants. */
double clock_unix_seconds(void);

/* Never steps; includes time that the machine was suspended. */
int64_t clock_monotonic_ms(void);

#endif
