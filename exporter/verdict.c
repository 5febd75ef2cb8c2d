/* SPDX-License-Identifier: Apache-2.0 */
/* Evidence and plan → the state of every check of a (service, disruption). */

#include "exporter/verdict.h"

#include <stdarg.h>

#include "exporter/checks.h"
#include "exporter/clock.h"

static const char *const check_names[CHECK_KIND_COUNT] = {
    [CHECK_RPO] = "rpo",           [CHECK_RTO] = "rto",
    [CHECK_CAPACITY] = "capacity", [CHECK_DRILL] = "drill",
    [CHECK_RUNBOOK] = "runbook",   [CHECK_RESTORE] = "restore",
    [CHECK_ENDPOINT] = "endpoint", [CHECK_DEPENDENCY] = "dependency",
};

static const char *const state_names[CHECK_STATE_COUNT] = {
    [CHECK_PASS] = "pass",
    [CHECK_UNKNOWN] = "unknown",
    [CHECK_FAIL] = "fail",
};

/* The verdicts that are being made. */
struct making {
    const struct config *config;
    struct verdict *verdicts;
    size_t *first; /* Index of the first verdict of each service. */
};

void check_set(struct verdict *verdict, enum check_kind kind, enum check_state state,
               const char *reason)
{
    verdict->checks[kind] = (struct check){.present = true, .state = state, .reason = reason};
}

const char *reason_printf(const struct judging *judging, const char *format, ...)
{
    va_list arguments;
    char *text;

    if (!judging->explains) {
        return "";
    }
    va_start(arguments, format);
    text = arena_vprintf(judging->arena, format, arguments);
    va_end(arguments);
    return text;
}

/* What a source is for that cannot be measured is unknown. The check `capacity` sees to that
 * itself: after a loss one end need not answer. */
static void doubt(const struct judging *judging, struct verdict *verdict,
                  const struct board_entry *entry, bool listed)
{
    const char *problem = entry_problem(entry, judging->monotonic_ms);
    unsigned feeds = entry->source->feeds;
    /* Restores are tried in drills. */
    unsigned concerned = feeds | ((feeds & FEEDS(CHECK_DRILL)) != 0 ? FEEDS(CHECK_RESTORE) : 0);

    for (enum check_kind kind = 0; *problem != '\0' && kind < CHECK_KIND_COUNT; kind++) {
        const struct check *check = &verdict->checks[kind];
        bool doubted = check->present
                           ? (concerned & FEEDS(kind)) != 0 && check->state < CHECK_UNKNOWN
                           : (feeds & FEEDS(kind)) != 0 && listed;

        if (kind != CHECK_CAPACITY && doubted) {
            check_set(verdict, kind, CHECK_UNKNOWN,
                      reason_printf(judging, "%s: %s", entry->source->name, problem));
        }
    }
}

/* Evidence that the plan lists, and what may know of any service. */
static void doubt_what_is_not_measured(const struct judging *judging, struct verdict *verdict)
{
    const struct service *service = verdict->service;

    for (size_t i = 0; i < service->evidence_count; i++) {
        doubt(judging, verdict, judging->view->entries[service->evidence[i]], true);
    }
    if (judging->unheard != NULL) {
        doubt(judging, verdict, judging->unheard, false);
    }
}

/* One of the sources that name services and are not up. */
static const struct board_entry *find_unheard(const struct judging *judging)
{
    for (size_t i = 0; i < judging->view->entry_count; i++) {
        const struct board_entry *entry = judging->view->entries[i];

        if (entry->source->collector->names_services &&
            !entry_is_up(entry, judging->monotonic_ms)) {
            return entry;
        }
    }
    return NULL;
}

static struct verdict *find_verdict(const struct making *making, size_t service,
                                    enum disruption disruption)
{
    const struct tier *tier = making->config->services[service].tier;
    size_t index = making->first[service];

    for (size_t i = 0; i < disruption; i++) {
        index += tier->in_scope[i] ? 1 : 0;
    }
    return tier->in_scope[disruption] ? &making->verdicts[index] : NULL;
}

/* Until then users are led to what is lost, whatever the plan declares. */
static void take_dns_ttls(const struct judging *judging, const struct service *service,
                          struct rto_estimate *estimate)
{
    for (size_t i = 0; i < service->evidence_count; i++) {
        const struct board_entry *entry = judging->view->entries[service->evidence[i]];
        const struct endpoint_evidence *endpoint;

        if (!entry_is_up(entry, judging->monotonic_ms)) {
            continue;
        }
        endpoint = &entry->snapshot->evidence.endpoint;
        if (endpoint->has_dns_record && endpoint->dns_ttl_seconds.known) {
            rto_estimate_take_dns_ttl(estimate, endpoint->dns_ttl_seconds.value);
        }
    }
}

/* Dependencies are judged already. */
static void begin_estimate(const struct judging *judging, const struct making *making,
                           struct verdict *verdict)
{
    const struct service *service = verdict->service;

    rto_estimate_begin(judging->view->config, service, verdict->disruption, &verdict->rto);
    take_dns_ttls(judging, service, &verdict->rto);
    for (size_t i = 0; i < service->depends_on_count; i++) {
        size_t index = service->depends_on[i];
        const struct verdict *other = find_verdict(making, index, verdict->disruption);

        rto_estimate_take_dependency(&verdict->rto, making->config->services[index].name,
                                     other == NULL ? (struct reading){.known = false}
                                                   : other->rto.total_seconds);
    }
}

static void judge_dependencies(const struct judging *judging, const struct making *making,
                               struct verdict *verdict)
{
    const struct service *service = verdict->service;
    struct check check = {.present = true, .state = CHECK_PASS, .reason = "all are ready"};

    for (size_t i = 0; i < service->depends_on_count; i++) {
        size_t index = service->depends_on[i];
        const char *name = making->config->services[index].name;
        const struct verdict *other = find_verdict(making, index, verdict->disruption);
        enum check_state state = other == NULL ? CHECK_UNKNOWN : other->state;

        if (state <= check.state) {
            continue;
        }
        check.state = state;
        if (other == NULL) {
            check.reason = reason_printf(judging, "%s has no objective for %s", name,
                                         disruption_name(verdict->disruption));
        } else {
            check.reason = reason_printf(judging, "%s is %s", name,
                                         state == CHECK_FAIL ? "not ready" : "unknown");
        }
    }
    if (service->depends_on_count > 0) {
        verdict->checks[CHECK_DEPENDENCY] = check;
    }
}

static enum check_state conjunction(const struct verdict *verdict)
{
    enum check_state worst = CHECK_PASS;
    bool any = false;

    for (size_t i = 0; i < CHECK_KIND_COUNT; i++) {
        if (verdict->checks[i].present) {
            any = true;
            worst = verdict->checks[i].state > worst ? verdict->checks[i].state : worst;
        }
    }
    return any ? worst : CHECK_UNKNOWN;
}

static void judge(const struct judging *judging, const struct making *making,
                  struct verdict *verdict)
{
    check_rpo(judging, verdict);
    begin_estimate(judging, making, verdict);
    check_rto(judging, verdict);
    check_drill(judging, verdict);
    check_runbook(judging, verdict);
    check_restore(judging, verdict);
    check_capacity(judging, verdict);
    check_endpoint(judging, verdict);
    doubt_what_is_not_measured(judging, verdict);
    judge_dependencies(judging, making, verdict);
    verdict->state = conjunction(verdict);
}

static size_t count_scope(const struct service *service)
{
    size_t count = 0;

    for (size_t i = 0; i < DISRUPTION_COUNT; i++) {
        count += service->tier->in_scope[i] ? 1 : 0;
    }
    return count;
}

static struct verdict *evaluate(struct judging *judging, const struct verdict_wish *wish,
                                size_t *ret_count)
{
    const struct config *config = judging->view->config;
    struct arena *arena = judging->arena;
    struct making making = {.config = config};
    size_t count = 0;

    judging->drills =
        drill_results_find(arena, judging->view, judging->wall_now, judging->monotonic_ms);
    judging->runbooks = find_named_runbooks(judging);
    judging->unheard = find_unheard(judging);
    judging->explains = !wish->states_only;
    making.first = arena_alloc_array(arena, config->service_count, sizeof *making.first);
    for (size_t i = 0; i < config->service_count; i++) {
        making.first[i] = count;
        count += count_scope(&config->services[i]);
    }
    making.verdicts = arena_alloc_array(arena, count, sizeof *making.verdicts);
    /* Dependencies come first, so that what depends on them finds them judged. */
    for (size_t i = 0; i < config->service_count; i++) {
        size_t service = config->service_order[i];

        for (enum disruption d = 0; d < DISRUPTION_COUNT; d++) {
            struct verdict *verdict = find_verdict(&making, service, d);

            if (verdict != NULL) {
                verdict->service = &config->services[service];
                verdict->disruption = d;
                verdict->state = CHECK_UNKNOWN; /* Until it is judged, if it is wanted. */
            }
            if (verdict != NULL &&
                (wish->services == NULL || (wish->services[service] && wish->disruption == d))) {
                judge(judging, &making, verdict);
            }
        }
    }
    *ret_count = count;
    return making.verdicts;
}

struct verdict *verdicts_wish(struct arena *arena, const struct board_view *view, double now,
                              int64_t monotonic_ms, const struct verdict_wish *wish,
                              size_t *ret_count)
{
    struct judging judging = {.arena = arena,
                              .view = view,
                              .now = now,
                              .wall_now = now + clock_step_seconds(),
                              .lost_since = wish->lost_since,
                              .monotonic_ms = monotonic_ms};

    return evaluate(&judging, wish, ret_count);
}

struct verdict *verdicts_evaluate(struct arena *arena, const struct board_view *view, double now,
                                  int64_t monotonic_ms, size_t *ret_count)
{
    return verdicts_wish(arena, view, now, monotonic_ms, &(struct verdict_wish){0}, ret_count);
}

struct verdict *verdicts_evaluate_loss(struct arena *arena, const struct board_view *view,
                                       double now, int64_t monotonic_ms, double lost_since,
                                       size_t *ret_count)
{
    struct verdict_wish wish = {.lost_since = {.known = true, .value = lost_since}};

    return verdicts_wish(arena, view, now, monotonic_ms, &wish, ret_count);
}

const char *check_kind_name(enum check_kind kind)
{
    return check_names[kind];
}

const char *check_state_name(enum check_state state)
{
    return state_names[state];
}
