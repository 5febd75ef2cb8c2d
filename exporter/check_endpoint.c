/* SPDX-License-Identifier: Apache-2.0 */
/* The check `endpoint`: is what users reach in the DR region fit to take them over? */

#include "exporter/checks.h"

static enum check_state judge_source(const struct judging *judging, const struct board_entry *entry,
                                     const char **ret_reason)
{
    const struct endpoint_evidence *endpoint = &entry->snapshot->evidence.endpoint;
    const char *source = entry->source->name;

    if (!endpoint->known) {
        *ret_reason = arena_printf(judging->arena, "%s: says nothing of the endpoint", source);
        return CHECK_UNKNOWN;
    }
    if (endpoint->problem != NULL) {
        *ret_reason = arena_printf(judging->arena, "%s: %s", source, endpoint->problem);
        return CHECK_FAIL;
    }
    *ret_reason = arena_printf(judging->arena, "%s: answers as it should", source);
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
        state = judge_source(judging, entry, &reason);
        if (!check->present || state > check->state) {
            check_set(verdict, CHECK_ENDPOINT, state, reason);
        }
    }
}
