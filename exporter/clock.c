/* SPDX-License-Identifier: Apache-2.0 */
/* Clocks: what is measured is dated by one that never steps, waiting is done in monotonic time. */

#include "exporter/clock.h"

#include <math.h>
#include <pthread.h>
#include <time.h>

/* The two clocks are read one after the other; what lies between is no step. */
#define STEP_SECONDS_MIN 0.01

/* CLOCK_REALTIME - CLOCK_BOOTTIME at the start. Both are slewed alike, only the first steps. */
static double offset_seconds;
static pthread_once_t offset_once = PTHREAD_ONCE_INIT;

static double read_seconds(clockid_t clock)
{
    struct timespec now;

    (void)clock_gettime(clock, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void set_offset(void)
{
    offset_seconds = read_seconds(CLOCK_REALTIME) - read_seconds(CLOCK_BOOTTIME);
}

double clock_unix_seconds(void)
{
    (void)pthread_once(&offset_once, set_offset);
    return read_seconds(CLOCK_BOOTTIME) + offset_seconds;
}

double clock_step_seconds(void)
{
    double step = read_seconds(CLOCK_REALTIME) - clock_unix_seconds();

    return fabs(step) < STEP_SECONDS_MIN ? 0 : step;
}

int64_t clock_monotonic_ms(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_BOOTTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}
