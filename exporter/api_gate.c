/* SPDX-License-Identifier: Apache-2.0 */
/* /api/v1/gate: may this service be failed over now, and if not, why not? */

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "exporter/api_json.h"
#include "exporter/buffer.h"
#include "exporter/cleanup.h"
#include "exporter/clock.h"
#include "exporter/closest.h"
#include "exporter/duration.h"
#include "exporter/rfc3339.h"

/* Clocks of those who ask may be ahead of ours by this much. */
#define AHEAD_SECONDS_MAX 60
/* A loss longer ago is no failover any more, and what was measured before it is forgotten. */
#define LOSS_SECONDS_MAX (24 * 3600)

/* A question that was understood. */
struct question {
    const char *service;
    enum disruption disruption;
    struct reading lost_since; /* By our clock. */
};

/* As a line of text; api_gate() makes JSON of it where that is wanted. */
__attribute__((format(printf, 3, 4))) static bool refuse(struct api_answer *ret_answer,
                                                         unsigned status, const char *format, ...)
{
    va_list arguments;
    int length;

    *ret_answer =
        (struct api_answer){.status = status, .content_type = "text/plain; charset=utf-8"};
    va_start(arguments, format);
    length = vasprintf(&ret_answer->body, format, arguments);
    va_end(arguments);
    if (length < 0) {
        abort();
    }
    ret_answer->length = (size_t)length;
    return false;
}

static void refusal_to_json(struct api_answer *answer)
{
    CLEANUP(free_text) char *message = answer->body;
    cJSON *root = cJSON_CreateObject();

    if (root == NULL) {
        abort();
    }
    api_add_text(root, "error", message);
    api_finish(root, answer->status, answer);
}

static bool read_disruption(const char *text, struct question *question,
                            struct api_answer *ret_answer)
{
    question->disruption = DISRUPTION_REGION;
    if (text == NULL) {
        return true;
    }
    for (enum disruption d = 0; d < DISRUPTION_COUNT; d++) {
        if (strcmp(text, disruption_name(d)) == 0) {
            question->disruption = d;
            return true;
        }
    }
    return refuse(ret_answer, 400,
                  "\"disruption\" cannot be \"%s\"; write zone, region, corruption or ransomware",
                  text);
}

static bool read_lost_since(const char *text, double now, struct question *question,
                            struct api_answer *ret_answer)
{
    double instant;

    if (text == NULL) {
        return true;
    }
    if (!rfc3339_parse(text, &instant)) {
        return refuse(ret_answer, 400,
                      "\"lost_since\" cannot be \"%s\"; write for example 2026-11-21T03:12:00Z",
                      text);
    }
    instant -= clock_step_seconds();
    if (instant > now + AHEAD_SECONDS_MAX) {
        return refuse(ret_answer, 400, "\"lost_since\" is in the future; compare the clocks");
    }
    if (instant < now - LOSS_SECONDS_MAX) {
        return refuse(ret_answer, 400,
                      "\"lost_since\" is more than a day ago; leave it out to judge what is known "
                      "now");
    }
    question->lost_since = (struct reading){.known = true, .value = instant};
    return true;
}

static bool read_question(const struct api_gate_query *query, double now, struct question *question,
                          struct api_answer *ret_answer)
{
    if (query->service == NULL) {
        return refuse(ret_answer, 400,
                      "\"service\" is missing; ask for example /api/v1/gate?service=checkout");
    }
    question->service = query->service;
    return read_disruption(query->disruption, question, ret_answer) &&
           read_lost_since(query->lost_since, now, question, ret_answer);
}

static bool refuse_unknown(const struct api_view *view, const struct question *question,
                           struct api_answer *ret_answer)
{
    const struct config *config = view->board->config;
    const char **names = arena_alloc_array(view->arena, config->service_count + 1, sizeof *names);
    const char *closest;

    for (size_t i = 0; i < config->service_count; i++) {
        names[i] = config->services[i].name;
        if (strcmp(names[i], question->service) == 0) {
            return refuse(ret_answer, 404,
                          "tier %s of service \"%s\" states no objective for %s; add it to the "
                          "plan, or ask for a disruption that is in scope",
                          config->services[i].tier->name, names[i],
                          disruption_name(question->disruption));
        }
    }
    closest = closest_match(question->service, names, config->service_count);
    return refuse(ret_answer, 404, "there is no service \"%s\" in the plan%s%s%s",
                  question->service, closest == NULL ? "" : "; did you mean \"",
                  closest == NULL ? "" : closest, closest == NULL ? "" : "\"?");
}

static void add_inputs(cJSON *array, const struct api_view *view, const struct gate *gate)
{
    const struct config *config = view->board->config;
    bool *wanted = arena_alloc_array(view->arena, config->source_count + 1, sizeof *wanted);

    for (size_t i = 0; i < config->service_count; i++) {
        const struct service *service = &config->services[i];

        for (size_t j = 0; gate->services[i] && j < service->evidence_count; j++) {
            wanted[service->evidence[j]] = true;
        }
        for (size_t j = 0; gate->services[i] && j < service->need_count; j++) {
            const struct dataset *dataset = &config->datasets[service->needs[j].dataset];

            for (size_t k = 0; k < dataset->source_count; k++) {
                wanted[dataset->sources[k]] =
                    wanted[dataset->sources[k]] || (config->sources[dataset->sources[k]]->survives &
                                                    SURVIVES(gate->verdict->disruption)) != 0;
            }
        }
    }
    for (size_t i = 0; i < view->board->entry_count; i++) {
        if (wanted[i]) {
            api_fill_source(api_add_object(array), view, view->board->entries[i]);
        }
    }
}

static void print_findings(struct buffer *text, const char *kind,
                           const struct gate_finding *findings, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        buffer_printf(text, "%s: %s %s %s: %s%s%s%s\n", kind, findings[i].service,
                      check_kind_name(findings[i].kind), check_state_name(findings[i].state),
                      findings[i].reason, findings[i].override == NULL ? "" : " (accepted: ",
                      findings[i].override == NULL ? "" : findings[i].override,
                      findings[i].override == NULL ? "" : ")");
    }
}

static void print_estimate(struct buffer *text, struct arena *arena, const struct verdict *verdict)
{
    const struct limit *objective = &verdict->service->tier->rto[verdict->disruption];
    char estimate[DURATION_TEXT_BYTES];
    char rto[DURATION_TEXT_BYTES];

    if (!verdict->rto.total_seconds.known) {
        return;
    }
    duration_describe(estimate, verdict->rto.total_seconds.value);
    duration_format(rto, objective->ms);
    buffer_printf(text, "back in: %s (%s)%s%s\n", estimate,
                  rto_estimate_describe(arena, &verdict->rto), objective->stated ? ", RTO " : "",
                  objective->stated ? rto : "");
}

static void answer_text(struct arena *arena, const struct gate *gate, struct api_answer *ret_answer)
{
    struct buffer text;

    buffer_init(&text, 1024);
    buffer_printf(&text, "gate of %s for %s: %s\n", gate->verdict->service->name,
                  disruption_name(gate->verdict->disruption), gate->open ? "open" : "closed");
    print_findings(&text, "blocked by", gate->blockers, gate->blocker_count);
    print_findings(&text, "warning", gate->warnings, gate->warning_count);
    print_estimate(&text, arena, gate->verdict);
    ret_answer->content_type = "text/plain; charset=utf-8";
    ret_answer->body = buffer_detach(&text, &ret_answer->length);
}

static void answer_json(const struct api_view *view, const struct question *question,
                        const struct gate *gate, unsigned status, struct api_answer *ret_answer)
{
    const struct verdict *verdict = gate->verdict;
    cJSON *root = cJSON_CreateObject();

    if (root == NULL) {
        abort();
    }
    api_add_text(root, "service", verdict->service->name);
    api_add_text(root, "disruption", disruption_name(verdict->disruption));
    api_add_text(root, "tier", verdict->service->tier->name);
    api_add_instant(root, "time", true, view->now);
    api_add_instant(root, "lost_since", question->lost_since.known, question->lost_since.value);
    api_add_number(root, "rpo_seconds", verdict->rpo.stated, (double)verdict->rpo.ms / 1000);
    api_add_number(root, "exposure_seconds", verdict->has_exposure, verdict->exposure_seconds);
    api_fill_rto(root, verdict);
    api_fill_gate(root, view, gate);
    add_inputs(api_add_array(root, "inputs"), view, gate);
    api_finish(root, status, ret_answer);
}

static void answer(const struct api_view *view, const struct question *question, bool as_text,
                   struct api_answer *ret_answer)
{
    size_t index =
        verdict_index(view->verdicts, view->verdict_count, question->service, question->disruption);
    struct gate gate;

    if (index == view->verdict_count) {
        (void)refuse_unknown(view, question, ret_answer);
        return;
    }
    gate = gate_evaluate(view->arena, view->board->config, view->verdicts, view->verdict_count,
                         index, view->now + clock_step_seconds());
    ret_answer->status = gate.open ? 200 : 503;
    if (as_text) {
        answer_text(view->arena, &gate, ret_answer);
    } else {
        answer_json(view, question, &gate, ret_answer->status, ret_answer);
    }
}

/* Only what the gate looks at. */
static void judge_needed(struct api_view *view, const struct question *question)
{
    const struct config *config = view->board->config;
    size_t service = config_find_service(config, question->service);
    struct verdict_wish wish = {.disruption = question->disruption,
                                .lost_since = question->lost_since};

    if (service == config->service_count) {
        return; /* Without verdicts it is refused. */
    }
    wish.services = gate_services(view->arena, config, &config->services[service]);
    view->verdicts = verdicts_wish(view->arena, view->board, view->now, view->monotonic_ms, &wish,
                                   &view->verdict_count);
}

static void judge(struct board *board, const struct api_gate_query *query,
                  struct api_answer *ret_answer)
{
    struct api_view view = {.now = clock_unix_seconds(), .monotonic_ms = clock_monotonic_ms()};
    struct question question = {.service = NULL};

    if (!read_question(query, view.now, &question, ret_answer)) {
        return;
    }
    view.arena = arena_new();
    view.board = board_lock(board);
    judge_needed(&view, &question);
    answer(&view, &question, query->as_text, ret_answer);
    board_unlock(board);
    arena_free(view.arena);
}

void api_gate(struct board *board, const struct api_gate_query *query,
              struct api_answer *ret_answer)
{
    judge(board, query, ret_answer);
    if (!query->as_text && ret_answer->status != 200 && ret_answer->status != 503) {
        refusal_to_json(ret_answer);
    }
}
