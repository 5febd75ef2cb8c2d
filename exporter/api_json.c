/* SPDX-License-Identifier: Apache-2.0 */
/* What the answers of the API are made of. */

#include "exporter/api_json.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "exporter/clock.h"
#include "exporter/rfc3339.h"

static cJSON *made(cJSON *item)
{
    if (item == NULL) {
        abort();
    }
    return item;
}

void api_add_number(cJSON *object, const char *name, bool known, double value)
{
    /* JSON has no infinity; +Inf is said in words beside it. */
    (void)made(known && isfinite(value) ? cJSON_AddNumberToObject(object, name, value)
                                        : cJSON_AddNullToObject(object, name));
}

void api_add_instant(cJSON *object, const char *name, bool known, double instant)
{
    char text[RFC3339_TEXT_BYTES];

    if (!known) {
        (void)made(cJSON_AddNullToObject(object, name));
        return;
    }
    rfc3339_format(text, instant + clock_step_seconds());
    (void)made(cJSON_AddStringToObject(object, name, text));
}

void api_add_text(cJSON *object, const char *name, const char *text)
{
    (void)made(text == NULL ? cJSON_AddNullToObject(object, name)
                            : cJSON_AddStringToObject(object, name, text));
}

cJSON *api_add_array(cJSON *object, const char *name)
{
    return made(cJSON_AddArrayToObject(object, name));
}

cJSON *api_add_object(cJSON *array)
{
    cJSON *object = made(cJSON_CreateObject());

    (void)cJSON_AddItemToArray(array, object);
    return object;
}

/* Since when the check is in its state, by the accounting; false before it was looked at. */
static bool find_since(const struct api_view *view, const char *service, enum disruption disruption,
                       enum check_kind kind, enum check_state state, double *ret_since)
{
    const struct account *account = accounting_find(view->board->accounting, service, disruption);

    if (account == NULL || !account->checks[kind].known || account->checks[kind].state != state) {
        return false;
    }
    *ret_since = account->checks[kind].since;
    return true;
}

static void fill_check(cJSON *object, const struct api_view *view, const char *service,
                       enum disruption disruption, enum check_kind kind, enum check_state state,
                       const char *reason)
{
    double since = 0;
    bool known = find_since(view, service, disruption, kind, state, &since);

    api_add_text(object, "check", check_kind_name(kind));
    api_add_text(object, "state", check_state_name(state));
    api_add_text(object, "reason", reason);
    api_add_instant(object, "since", known, since);
}

void api_fill_rto(cJSON *object, const struct verdict *verdict)
{
    const struct limit *objective = &verdict->service->tier->rto[verdict->disruption];
    const struct rto_estimate *rto = &verdict->rto;
    cJSON *components;

    api_add_number(object, "rto_seconds", objective->stated, (double)objective->ms / 1000);
    api_add_number(object, "rto_estimate_seconds", rto->total_seconds.known,
                   rto->total_seconds.value);
    components = made(cJSON_AddObjectToObject(object, "rto_components"));
    for (enum rto_component i = 0; i < RTO_COMPONENT_COUNT; i++) {
        if (rto->components[i].known) {
            api_add_number(components, rto_component_names[i], true, rto->components[i].value);
        }
    }
}

void api_fill_verdict(cJSON *object, const struct api_view *view, size_t index)
{
    const struct verdict *verdict = &view->verdicts[index];
    cJSON *checks;

    api_add_text(object, "disruption", disruption_name(verdict->disruption));
    api_add_text(object, "state", check_state_name(verdict->state));
    (void)made(cJSON_AddBoolToObject(object, "ready", verdict->state == CHECK_PASS));
    api_add_number(object, "rpo_seconds", verdict->rpo.stated, (double)verdict->rpo.ms / 1000);
    api_add_number(object, "exposure_seconds", verdict->has_exposure, verdict->exposure_seconds);
    (void)made(cJSON_AddBoolToObject(object, "everything_would_be_lost",
                                     verdict->has_exposure && isinf(verdict->exposure_seconds)));
    api_fill_rto(object, verdict);
    api_add_text(object, "weakest_dataset", verdict->weakest_dataset);
    api_add_text(object, "weakest_source", verdict->weakest_source);
    checks = api_add_array(object, "checks");
    for (enum check_kind kind = 0; kind < CHECK_KIND_COUNT; kind++) {
        const struct check *check = &verdict->checks[kind];

        if (check->present) {
            fill_check(api_add_object(checks), view, verdict->service->name, verdict->disruption,
                       kind, check->state, check->reason);
        }
    }
}

static void fill_findings(cJSON *array, const struct api_view *view, enum disruption disruption,
                          const struct gate_finding *findings, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        cJSON *object = api_add_object(array);

        api_add_text(object, "service", findings[i].service);
        fill_check(object, view, findings[i].service, disruption, findings[i].kind,
                   findings[i].state, findings[i].reason);
        api_add_text(object, "accepted", findings[i].override);
    }
}

void api_fill_gate(cJSON *object, const struct api_view *view, const struct gate *gate)
{
    enum disruption disruption = gate->verdict->disruption;

    (void)made(cJSON_AddBoolToObject(object, "open", gate->open));
    fill_findings(api_add_array(object, "blockers"), view, disruption, gate->blockers,
                  gate->blocker_count);
    fill_findings(api_add_array(object, "warnings"), view, disruption, gate->warnings,
                  gate->warning_count);
}

void api_fill_source(cJSON *object, const struct api_view *view, const struct board_entry *entry)
{
    const struct snapshot *snapshot = entry->snapshot;
    bool up = entry_is_up(entry, view->monotonic_ms);
    double age = 0;
    bool has_age = entry_recovery_point_age(entry, view->now, view->monotonic_ms, &age);
    const char *problem = entry_problem(entry, view->monotonic_ms);

    api_add_text(object, "source", entry->source->name);
    api_add_text(object, "collector", entry->source->collector->name);
    api_add_text(object, "dataset", entry->source->dataset);
    (void)made(cJSON_AddBoolToObject(object, "up", up));
    api_add_text(object, "problem", *problem == '\0' ? NULL : problem);
    api_add_instant(object, "collected", snapshot != NULL,
                    snapshot == NULL ? 0 : snapshot->collected_at);
    api_add_number(object, "age_seconds", snapshot != NULL,
                   snapshot == NULL ? 0 : view->now - snapshot->collected_at);
    api_add_instant(object, "last_success", entry->last_success > 0, entry->last_success);
    api_add_instant(object, "recovery_point", entry->has_recovery_point, entry->recovery_point);
    api_add_number(object, "recovery_point_age_seconds", has_age, age);
}

void api_finish(cJSON *root, unsigned status, struct api_answer *ret_answer)
{
    char *body = cJSON_PrintUnformatted(root);

    if (body == NULL) {
        abort();
    }
    cJSON_Delete(root);
    *ret_answer = (struct api_answer){
        .status = status, .content_type = "application/json", .body = body, .length = strlen(body)};
}
