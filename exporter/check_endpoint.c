/* SPDX-License-Identifier: Apache-2.0 */
/* The check `endpoint`: is what users reach in the DR region fit to take them over? */

#include "exporter/checks.h"
#include "exporter/duration.h"

/* After a change of the record some users are led to the lost region for as long as its TTL. */
static enum check_state judge_ttl(const struct judging *judging, const struct limit *limit,
                                  const char *source, const struct endpoint_evidence *endpoint,
                                  const char **ret_reason)
{
    char shown[DURATION_TEXT_BYTES];

    if (!endpoint->dns_ttl_seconds.known) {
        *ret_reason = reason_printf(judging,
                                    "%s: no responsible name server told the TTL, which is limited "
                                    "by dns_max_ttl",
                                    source);
        return CHECK_UNKNOWN;
    }
    duration_format(shown, limit->ms);
    *ret_reason = reason_printf(judging, "%s: TTL %.0fs, limit %s", source,
                                endpoint->dns_ttl_seconds.value, shown);
    return endpoint->dns_ttl_seconds.value * 1000 > (double)limit->ms ? CHECK_FAIL : CHECK_PASS;
}

static enum check_state judge_source(const struct judging *judging, const struct tier *tier,
                                     const struct board_entry *entry, const char **ret_reason)
{
    const struct endpoint_evidence *endpoint = &entry->snapshot->evidence.endpoint;
    const char *source = entry->source->name;

    if (!endpoint->known) {
        *ret_reason = reason_printf(judging, "%s: says nothing of the endpoint", source);
        return CHECK_UNKNOWN;
    }
    if (endpoint->problem != NULL) {
        *ret_reason = reason_printf(judging, "%s: %s", source, endpoint->problem);
        return CHECK_FAIL;
    }
    if (endpoint->has_dns_record && tier->dns_max_ttl.stated) {
        return judge_ttl(judging, &tier->dns_max_ttl, source, endpoint, ret_reason);
    }
    *ret_reason = reason_printf(judging, "%s: answers as it should", source);
    return CHECK_PASS;
}

void check_endpoint(const struct judging *judging, struct verdict *verdict)
{
    const struct service *service = verdict->service;
    const struct check *check = &verdict->checks[CHECK_ENDPOINT];

    for (size_t i = 0; i < service->evidence_count; i++) {
        const struct board_entry *entry = judging->view->entries[service->evidence[i]];
        const char *reason;
        enum check_state state;

        if ((entry->source->feeds & FEEDS(CHECK_ENDPOINT)) == 0 ||
            *entry_problem(entry, judging->monotonic_ms) != '\0') {
            continue;
        }
        state = judge_source(judging, service->tier, entry, &reason);
        if (!check->present || state > check->state) {
            check_set(verdict, CHECK_ENDPOINT, state, reason);
        }
    }
}
