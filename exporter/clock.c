/* SPDX-License-Identifier: Apache-2.0 */
/* Two clocks: instants that users see are Unix seconds, waiting is done in monotonic time. */

#include "exporter/clock.h"

#include <time.h>

double clock_unix_seconds(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_REALTIME, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

int64_t clock_monotonic_ms(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_BOOTTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}
