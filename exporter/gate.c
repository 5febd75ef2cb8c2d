/* SPDX-License-Identifier: Apache-2.0 */
/* The gate: may a service be failed over (or restored) now? */

#include "exporter/gate.h"

#include <string.h>

#include "exporter/clock.h"

/* What makes a failover fail, or lose more than was agreed. A dependency stands for what its own
 * checks say. */
static const bool always_required[CHECK_KIND_COUNT] = {
    [CHECK_RPO] = true,
    [CHECK_CAPACITY] = true,
    [CHECK_ENDPOINT] = true,
};

/* What is being looked at; findings are collected in two lists. */
struct collecting {
    struct arena *arena;
    const struct config *config;
    const struct verdict *verdicts;
    size_t verdict_count;
    enum disruption disruption;
    double now;
    struct gate_finding *blockers;
    size_t blocker_count;
    struct gate_finding *warnings;
    size_t warning_count;
};

bool gate_requires(const struct tier *tier, enum check_kind kind)
{
    return always_required[kind] || tier->gate_requires[kind];
}

size_t verdict_index(const struct verdict *verdicts, size_t count, const char *service,
                     enum disruption disruption)
{
    size_t i = 0;

    while (i < count && (verdicts[i].disruption != disruption ||
                         strcmp(verdicts[i].service->name, service) != 0)) {
        i++;
    }
    return i;
}

bool gate_accepts_loss(const struct verdict *verdict, double now)
{
    const struct accepted_loss *accepted = &verdict->service->accepted_loss;

    return accepted->reason != NULL && now < accepted->until && verdict->only_late;
}

static void add_finding(struct collecting *collecting, const struct verdict *verdict,
                        enum check_kind kind)
{
    const struct check *check = &verdict->checks[kind];
    struct gate_finding finding = {.service = verdict->service->name,
                                   .kind = kind,
                                   .state = check->state,
                                   .reason = check->reason};
    bool blocks = gate_requires(verdict->service->tier, kind);

    if (kind == CHECK_RPO && gate_accepts_loss(verdict, collecting->now)) {
        finding.override = verdict->service->accepted_loss.reason;
        blocks = false;
    }
    if (blocks) {
        collecting->blockers[collecting->blocker_count++] = finding;
    } else {
        collecting->warnings[collecting->warning_count++] = finding;
    }
}

/* NULL where the service's tier has no objective for the disruption. Verdicts are in the order of
 * the services. */
static const struct verdict *find_verdict(const struct collecting *collecting,
                                          const struct service *service)
{
    size_t first = 0;
    size_t end = collecting->verdict_count;

    while (first < end) {
        size_t middle = first + (end - first) / 2;

        if (collecting->verdicts[middle].service < service) {
            first = middle + 1;
        } else {
            end = middle;
        }
    }
    for (; first < collecting->verdict_count && collecting->verdicts[first].service == service;
         first++) {
        if (collecting->verdicts[first].disruption == collecting->disruption) {
            return &collecting->verdicts[first];
        }
    }
    return NULL;
}

/* All findings of one service, but for what its dependencies say themselves. Where nothing that the
 * gate requires is checked, something else has to pass: a gate of which nothing is known is closed.
 */
static void collect_service(struct collecting *collecting, const struct service *service,
                            const struct verdict *verdict)
{
    bool any = false;
    bool known = false;

    for (enum check_kind kind = 0; verdict != NULL && kind < CHECK_KIND_COUNT; kind++) {
        if (kind == CHECK_DEPENDENCY || !verdict->checks[kind].present) {
            continue;
        }
        any = true;
        known = known || gate_requires(service->tier, kind) ||
                verdict->checks[kind].state == CHECK_PASS;
        if (verdict->checks[kind].state != CHECK_PASS) {
            add_finding(collecting, verdict, kind);
        }
    }
    if (!known) {
        collecting->blockers[collecting->blocker_count++] = (struct gate_finding){
            .service = service->name,
            .kind = CHECK_DEPENDENCY,
            .state = CHECK_UNKNOWN,
            .reason = arena_printf(collecting->arena,
                                   any ? "nothing that is checked for %s passes"
                                       : "nothing is checked for %s",
                                   disruption_name(collecting->disruption))};
    }
}

/* The order has dependencies first, so one walk from its end meets every service before what it
 * needs. */
bool *gate_services(struct arena *arena, const struct config *config, const struct service *service)
{
    bool *needed = arena_alloc_array(arena, config->service_count + 1, sizeof *needed);

    needed[service - config->services] = true;
    for (size_t i = service->depends_on_count > 0 ? config->service_count : 0; i > 0; i--) {
        size_t index = config->service_order[i - 1];
        const struct service *one = &config->services[index];

        for (size_t j = 0; needed[index] && j < one->depends_on_count; j++) {
            needed[one->depends_on[j]] = true;
        }
    }
    return needed;
}

struct gate gate_evaluate(struct arena *arena, const struct config *config,
                          const struct verdict *verdicts, size_t count, size_t index, double now)
{
    const struct verdict *verdict = &verdicts[index];
    const bool *needed = gate_services(arena, config, verdict->service);
    struct collecting collecting = {.arena = arena,
                                    .config = config,
                                    .verdicts = verdicts,
                                    .verdict_count = count,
                                    .disruption = verdict->disruption,
                                    .now = now};
    size_t services = 0;

    for (size_t i = 0; i < config->service_count; i++) {
        services += needed[i] ? 1 : 0;
    }
    collecting.blockers =
        arena_alloc_array(arena, services * CHECK_KIND_COUNT, sizeof *collecting.blockers);
    collecting.warnings =
        arena_alloc_array(arena, services * CHECK_KIND_COUNT, sizeof *collecting.warnings);
    collect_service(&collecting, verdict->service, verdict);
    for (size_t i = 0; i < config->service_count; i++) {
        if (needed[i] && &config->services[i] != verdict->service) {
            const struct service *other = &config->services[i];

            collect_service(&collecting, other, find_verdict(&collecting, other));
        }
    }
    return (struct gate){.verdict = verdict,
                         .open = collecting.blocker_count == 0,
                         .services = needed,
                         .blockers = collecting.blockers,
                         .blocker_count = collecting.blocker_count,
                         .warnings = collecting.warnings,
                         .warning_count = collecting.warning_count};
}
