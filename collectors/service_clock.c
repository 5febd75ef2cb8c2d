/* SPDX-License-Identifier: Apache-2.0 */
/* The clock of a service that we ask by HTTP, compared with ours by the header `Date`. */

#include "collectors/service_clock.h"

#include <math.h>

#include "exporter/clock.h"
#include "exporter/duration.h"

static double system_seconds(void)
{
    return clock_unix_seconds() + clock_step_seconds();
}

void service_clock_ask(struct service_clock *clock)
{
    clock->asked = system_seconds();
}

void service_clock_answer(struct service_clock *clock, struct http_client *client)
{
    double date;

    clock->answered = system_seconds();
    clock->known = http_client_date(client, "Date", &date);
    if (clock->known) {
        clock->ahead_least = date - clock->answered;
        clock->ahead_most = date + 1 - clock->asked;
    }
}

double service_clock_local_seconds(const struct service_clock *clock, double service_seconds)
{
    bool differs = clock->known && (clock->ahead_least > 0 || clock->ahead_most < 0);

    return differs ? service_seconds - clock->ahead_most : service_seconds;
}

bool service_clock_past_seconds(const struct service_clock *clock, double service_seconds,
                                double *ret_seconds, struct error *error)
{
    double local = service_clock_local_seconds(clock, service_seconds);
    char ahead[DURATION_TEXT_BYTES];

    if (!clock->known) {
        return error_set(error, ERROR_PROTOCOL,
                         "the answer has no date, so that nothing tells how the clocks differ; "
                         "does a proxy remove it?");
    }
    if (local > clock->answered) {
        duration_describe(ahead, local - clock->answered);
        return error_set(error, ERROR_INCONSISTENT,
                         "what is told is dated %s in the future of the service's own clock",
                         ahead);
    }
    *ret_seconds = fmin(local, service_seconds) - clock_step_seconds();
    return true;
}
