/* SPDX-License-Identifier: Apache-2.0 */
/* The gates, and losses that the plan accepts, as series. */

#include "exporter/exposition_writer.h"
#include "exporter/gate.h"

void verdict_write_gate_open(struct exposition *exposition)
{
    for (size_t i = 0; i < exposition->verdict_count; i++) {
        struct gate gate =
            gate_evaluate(exposition->arena, exposition->view->config, exposition->verdicts,
                          exposition->verdict_count, i, exposition->now + exposition->step);

        exposition_sample(exposition, exposition->verdict_labels[i], NULL, gate.open);
    }
}

void plan_write_accepted_loss(struct exposition *exposition)
{
    const struct config *config = exposition->view->config;

    for (size_t i = 0; i < config->service_count; i++) {
        const struct service *service = &config->services[i];

        if (service->accepted_loss.reason != NULL) {
            exposition_sample(exposition, NO_LABELS,
                              (const char *[]){service->name, service->tier->name},
                              service->accepted_loss.until);
        }
    }
}
