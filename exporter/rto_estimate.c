/* SPDX-License-Identifier: Apache-2.0 */
/* How long a recovery would take if a disruption struck now. */

#include "exporter/rto_estimate.h"

#include <math.h>

#include "exporter/duration.h"

const char *const rto_component_names[RTO_COMPONENT_COUNT] = {
    [RTO_DETECTION] = "detection",
    [RTO_DECIDE] = "decide",
    [RTO_EXECUTE] = "execute",
    [RTO_VERIFY] = "verify",
    [RTO_OTHER] = "other",
    [RTO_DATA_GROWTH] = "data_growth",
    [RTO_DNS_TTL] = "dns_ttl",
    [RTO_SCALE_OUT] = "scale_out",
    [RTO_DEPENDENCIES] = "dependencies",
};

/* Until the loss of a dataset shows here; unknown if nothing that survives watches it. */
static struct reading noticing_ms(const struct config *config, const struct dataset *dataset,
                                  enum disruption disruption)
{
    struct reading quickest = {.known = false};

    for (size_t i = 0; i < dataset->source_count; i++) {
        const struct source *source = config->sources[dataset->sources[i]];
        double ms = (double)source->interval_ms + (double)source->timeout_ms;

        if ((source->survives & SURVIVES(disruption)) != 0 &&
            (!quickest.known || ms < quickest.value)) {
            quickest = (struct reading){.known = true, .value = ms};
        }
    }
    return quickest;
}

static struct reading find_detection(const struct config *config, const struct service *service,
                                     enum disruption disruption)
{
    struct reading slowest = {.known = false};

    for (size_t i = 0; i < service->need_count; i++) {
        struct reading ms =
            noticing_ms(config, &config->datasets[service->needs[i].dataset], disruption);

        slowest.known = slowest.known || ms.known;
        slowest.value = fmax(slowest.value, ms.value);
    }
    return (struct reading){.known = slowest.known || config->alert_path.stated,
                            .value = (slowest.value + (double)config->alert_path.ms) / 1000};
}

static struct reading term_of(const struct limit *limit)
{
    return (struct reading){.known = limit->stated, .value = (double)limit->ms / 1000};
}

void rto_estimate_begin(const struct config *config, const struct service *service,
                        enum disruption disruption, struct rto_estimate *ret_estimate)
{
    *ret_estimate = (struct rto_estimate){.drill = NULL};
    ret_estimate->declared_detection = find_detection(config, service, disruption);
    ret_estimate->components[RTO_DETECTION] = ret_estimate->declared_detection;
    ret_estimate->components[RTO_DNS_TTL] = term_of(&service->recovery_terms.dns_ttl);
    if (disruption != DISRUPTION_ZONE) {
        ret_estimate->components[RTO_SCALE_OUT] = term_of(&service->recovery_terms.scale_out_time);
    }
}

void rto_estimate_take_dns_ttl(struct rto_estimate *estimate, double seconds)
{
    struct reading *term = &estimate->components[RTO_DNS_TTL];

    if (!term->known || seconds > term->value) {
        *term = (struct reading){.known = true, .value = seconds};
    }
}

double rto_estimate_own_seconds(const struct rto_estimate *estimate)
{
    double sum = 0;

    for (enum rto_component i = 0; i < RTO_COMPONENT_COUNT; i++) {
        sum += i == RTO_DEPENDENCIES ? 0 : estimate->components[i].value;
    }
    return sum;
}

void rto_estimate_take_drill(struct rto_estimate *estimate, const struct drill_evidence *drill)
{
    struct rto_estimate with = *estimate;
    const struct reading *detect = &drill->phases[DRILL_PHASE_DETECT];
    double phases = drill->phases[DRILL_PHASE_DECIDE].value +
                    drill->phases[DRILL_PHASE_EXECUTE].value +
                    drill->phases[DRILL_PHASE_VERIFY].value;
    double other = drill->recovery_seconds.value - detect->value - phases;

    with.drill = drill;
    with.components[RTO_DECIDE] = drill->phases[DRILL_PHASE_DECIDE];
    with.components[RTO_EXECUTE] = drill->phases[DRILL_PHASE_EXECUTE];
    with.components[RTO_VERIFY] = drill->phases[DRILL_PHASE_VERIFY];
    with.components[RTO_OTHER] = (struct reading){.known = other > 0, .value = fmax(other, 0)};
    with.components[RTO_DETECTION] =
        (struct reading){.known = estimate->declared_detection.known || detect->known,
                         .value = fmax(estimate->declared_detection.value, detect->value)};
    if (estimate->drill == NULL ||
        rto_estimate_own_seconds(&with) > rto_estimate_own_seconds(estimate)) {
        *estimate = with;
    }
}

void rto_estimate_take_data(struct rto_estimate *estimate, struct reading bytes)
{
    double seconds =
        estimate->components[RTO_EXECUTE].value + estimate->components[RTO_OTHER].value;
    const struct drill_evidence *drill = estimate->drill;

    if (drill == NULL || !drill->data_bytes.known) {
        return;
    }
    estimate->lacks_data = !bytes.known;
    if (bytes.known && bytes.value > drill->data_bytes.value) {
        estimate->components[RTO_DATA_GROWTH] = (struct reading){
            .known = true, .value = seconds * (bytes.value / drill->data_bytes.value - 1)};
    }
}

void rto_estimate_take_dependency(struct rto_estimate *estimate, const char *name,
                                  struct reading total_seconds)
{
    struct reading *slowest = &estimate->components[RTO_DEPENDENCIES];

    if (estimate->dependency == NULL ||
        (slowest->known && (!total_seconds.known || total_seconds.value > slowest->value))) {
        estimate->dependency = name;
        *slowest = total_seconds;
    }
}

void rto_estimate_finish(struct rto_estimate *estimate)
{
    const struct reading *dependencies = &estimate->components[RTO_DEPENDENCIES];

    if (estimate->drill != NULL && !estimate->lacks_data &&
        (estimate->dependency == NULL || dependencies->known)) {
        estimate->total_seconds = (struct reading){
            .known = true, .value = rto_estimate_own_seconds(estimate) + dependencies->value};
    }
}

const char *rto_estimate_describe(struct arena *arena, const struct rto_estimate *estimate)
{
    const char *text = "";
    char duration[DURATION_TEXT_BYTES];

    for (enum rto_component i = 0; i < RTO_COMPONENT_COUNT; i++) {
        if (estimate->components[i].known) {
            duration_describe(duration, estimate->components[i].value);
            text = arena_printf(arena, "%s%s%s %s", text, *text == '\0' ? "" : ", ", duration,
                                rto_component_names[i]);
        }
    }
    return text;
}
