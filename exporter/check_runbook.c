/* SPDX-License-Identifier: Apache-2.0 */
/* The check `runbook`: has anybody made sure lately that it is right? */

#include <string.h>

#include "exporter/checks.h"
#include "exporter/duration.h"

static bool lists_source(const struct service *service, size_t source)
{
    for (size_t i = 0; i < service->evidence_count; i++) {
        if (service->evidence[i] == source) {
            return true;
        }
    }
    return false;
}

/* What all runbooks of a service say together. */
struct findings {
    bool any;
    const char *problem;      /* Of the first that has one. */
    struct reading validated; /* The newest. */
};

static void add(struct findings *findings, const struct runbook_evidence *runbook)
{
    findings->any = true;
    if (findings->problem == NULL) {
        findings->problem = runbook->problem;
    }
    if (runbook->validated.known &&
        (!findings->validated.known || runbook->validated.value > findings->validated.value)) {
        findings->validated = runbook->validated;
    }
}

static struct findings find_runbooks(const struct judging *judging, const struct service *service)
{
    struct findings findings = {.any = false};

    for (size_t i = 0; i < judging->view->entry_count; i++) {
        const struct board_entry *entry = judging->view->entries[i];
        const struct evidence *evidence;

        if (!entry_is_up(entry, judging->monotonic_ms)) {
            continue;
        }
        evidence = &entry->snapshot->evidence;
        for (size_t j = 0; j < evidence->runbook_count; j++) {
            const struct runbook_evidence *runbook = &evidence->runbooks[j];

            if (runbook->service == NULL ? lists_source(service, i)
                                         : strcmp(runbook->service, service->name) == 0) {
                add(&findings, runbook);
            }
        }
    }
    return findings;
}

void check_runbook(const struct judging *judging, struct verdict *verdict)
{
    const struct limit *limit = &verdict->service->tier->runbook_max_age;
    struct findings findings = find_runbooks(judging, verdict->service);
    double age_seconds = judging->wall_now - findings.validated.value;
    char limit_text[DURATION_TEXT_BYTES];
    char age[DURATION_TEXT_BYTES];

    if (findings.problem != NULL) {
        check_set(verdict, CHECK_RUNBOOK, CHECK_FAIL, findings.problem);
        return;
    }
    if (!limit->stated) {
        return;
    }
    duration_format(limit_text, limit->ms);
    if (!findings.validated.known) {
        check_set(verdict, CHECK_RUNBOOK, CHECK_UNKNOWN,
                  arena_printf(judging->arena, "no validation of a runbook is known, limit %s",
                               limit_text));
        return;
    }
    duration_describe(age, age_seconds);
    check_set(verdict, CHECK_RUNBOOK,
              age_seconds * 1000 > (double)limit->ms ? CHECK_FAIL : CHECK_PASS,
              arena_printf(judging->arena, "validated %s ago, limit %s", age, limit_text));
}
