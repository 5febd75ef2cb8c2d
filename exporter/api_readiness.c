/* SPDX-License-Identifier: Apache-2.0 */
/* /api/v1/readiness: plan, verdicts, gates and evidence of everything. */

#include <stdlib.h>

#include "exporter/api_json.h"
#include "exporter/clock.h"

static void add_service(cJSON *array, const struct api_view *view, const struct service *service)
{
    cJSON *object = api_add_object(array);
    cJSON *disruptions;

    api_add_text(object, "service", service->name);
    api_add_text(object, "tier", service->tier->name);
    api_add_text(object, "severity", severity_name(service->tier->severity));
    api_add_text(object, "owner", service->owner);
    api_add_text(object, "runbook_url", service->runbook_url);
    disruptions = api_add_array(object, "disruptions");
    for (size_t i = 0; i < view->verdict_count; i++) {
        cJSON *verdict;
        struct gate gate;

        if (view->verdicts[i].service != service) {
            continue;
        }
        verdict = api_add_object(disruptions);
        gate = gate_evaluate(view->arena, view->board->config, view->verdicts, view->verdict_count,
                             i, view->now + clock_step_seconds());
        api_fill_verdict(verdict, view, i);
        if (cJSON_AddBoolToObject(verdict, "gate_open", gate.open) == NULL) {
            abort();
        }
    }
}

void api_readiness(struct board *board, struct api_answer *ret_answer)
{
    struct arena *arena = arena_new();
    struct api_view view = {
        .arena = arena, .now = clock_unix_seconds(), .monotonic_ms = clock_monotonic_ms()};
    cJSON *root = cJSON_CreateObject();
    cJSON *array;

    if (root == NULL) {
        abort();
    }
    view.board = board_lock(board);
    view.verdicts =
        verdicts_evaluate(arena, view.board, view.now, view.monotonic_ms, &view.verdict_count);
    api_add_text(root, "observer", view.board->config->observer);
    api_add_instant(root, "time", true, view.now);
    array = api_add_array(root, "services");
    for (size_t i = 0; i < view.board->config->service_count; i++) {
        add_service(array, &view, &view.board->config->services[i]);
    }
    array = api_add_array(root, "sources");
    for (size_t i = 0; i < view.board->entry_count; i++) {
        api_fill_source(api_add_object(array), &view, view.board->entries[i]);
    }
    board_unlock(board);
    arena_free(arena);
    api_finish(root, 200, ret_answer);
}
