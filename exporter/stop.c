/* SPDX-License-Identifier: Apache-2.0 */
/* A request to stop that wakes whoever waits, and deadlines that end early because of it. */

#include "exporter/stop.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "exporter/clock.h"

bool stop_init(struct stop *stop)
{
    stop->descriptor = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    return stop->descriptor >= 0;
}

void stop_release(struct stop *stop)
{
    if (stop->descriptor >= 0) {
        (void)close(stop->descriptor);
    }
    stop->descriptor = -1;
}

void stop_request(struct stop *stop)
{
    (void)eventfd_write(stop->descriptor, 1);
}

static int remaining_for_poll(int64_t monotonic_ms)
{
    int64_t remaining = monotonic_ms - clock_monotonic_ms();

    if (remaining <= 0) {
        return 0;
    }
    return remaining > INT_MAX ? INT_MAX : (int)remaining;
}

bool stop_wait_until(const struct stop *stop, int64_t monotonic_ms)
{
    struct pollfd pollfd = {.fd = stop->descriptor, .events = POLLIN};

    for (;;) {
        int timeout_ms = remaining_for_poll(monotonic_ms);
        int ready = poll(&pollfd, 1, timeout_ms);

        if (ready > 0) {
            return true;
        }
        if (ready == 0 && clock_monotonic_ms() >= monotonic_ms) {
            return false;
        }
    }
}

int64_t deadline_remaining_ms(const struct deadline *deadline)
{
    int64_t remaining = deadline->monotonic_ms - clock_monotonic_ms();

    return remaining > 0 ? remaining : 0;
}

struct deadline deadline_within(const struct deadline *deadline, int64_t budget_ms)
{
    int64_t own = clock_monotonic_ms() + budget_ms;
    struct deadline result = *deadline;

    if (own < result.monotonic_ms) {
        result.monotonic_ms = own;
    }
    return result;
}

bool deadline_wait(const struct deadline *deadline, int descriptor, short events,
                   struct error *error)
{
    struct pollfd pollfds[2] = {{.fd = descriptor, .events = events},
                                {.fd = deadline->stop->descriptor, .events = POLLIN}};

    for (;;) {
        int ready = poll(pollfds, 2, remaining_for_poll(deadline->monotonic_ms));

        if (ready < 0 && errno == EINTR) {
            continue;
        }
        if (ready < 0) {
            return error_set(error, ERROR_INTERNAL, "poll failed with errno %d", errno);
        }
        if (pollfds[1].revents != 0) {
            return error_set(error, ERROR_TIMEOUT, "stopped while waiting");
        }
        if (pollfds[0].revents != 0) {
            return true;
        }
        if (clock_monotonic_ms() >= deadline->monotonic_ms) {
            return error_set(error, ERROR_TIMEOUT, "no answer in time");
        }
    }
}
