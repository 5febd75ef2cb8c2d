/* SPDX-License-Identifier: Apache-2.0 */
/* Clocks: what is measured is dated by one that never steps, waiting is done in monotonic time. */

#ifndef EXPORTER_CLOCK_H
#define EXPORTER_CLOCK_H

#include <stdint.h>

/* Unix seconds by a clock that never steps: the system's at the start of the process, and from
 * then on only the time that went by. Everything that this process sees is dated by it, because an
 * age must not shrink when somebody sets the system's clock back. */
double clock_unix_seconds(void);

/* How far the system's clock was set ahead (or, negative, back) since the process began: what has
 * to be added to an instant of clock_unix_seconds() for others to understand it, and subtracted
 * from an instant that others wrote down. 0 unless it was set. */
double clock_step_seconds(void);

/* Never steps; includes time that the machine was suspended. */
int64_t clock_monotonic_ms(void);

#endif
