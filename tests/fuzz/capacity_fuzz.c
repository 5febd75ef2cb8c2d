/* SPDX-License-Identifier: Apache-2.0 */
/* Whatever an API server lists, reading it does not crash, and no ratio is negative or no number.
 * The list is taken for the primary's pods, the DR cluster's, its nodes, its NodePools and its
 * Deployments at once; as far as the first 64 KiB go it is the autoscaler's status too. */

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "collectors/capacity_metrics.h"
#include "collectors/capacity_parity.h"
#include "exporter/snapshot.h"

#define STATUS_BYTES_MAX 65536

static const struct collector collector = {.metrics = capacity_metric_table,
                                           .metric_count = CAPACITY_METRIC_COUNT};
static const struct setting_pair amounts[] = {{"cpu", "8"}, {"memory", "64Gi"}, {NULL, NULL}};

static const char *const groups[] = {"g", NULL};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool read_list(struct kubernetes_visitor visitor, const uint8_t *data, size_t size)
{
    struct error error;
    char *next = NULL;
    bool good = kubernetes_list_read((const char *)data, size, &visitor, &next, &error);

    free(next);
    return good;
}

static void prove(struct capacity_supply *supply, struct capacity_growing *growing)
{
    struct arena *arena = arena_new();
    struct evidence evidence = {.has_recovery_point = false};
    const struct collection collection = {
        .arena = arena, .evidence = &evidence, .samples = samples_new(arena, &collector)};

    capacity_prove(&collection, supply, growing, 0, true);
    if (evidence.capacity.ratio.known && !(evidence.capacity.ratio.value >= 0)) {
        abort();
    }
    arena_free(arena);
}

static void read_status(struct capacity_growing *growing, const uint8_t *data, size_t size)
{
    char *text = strndup((const char *)data, size < STATUS_BYTES_MAX ? size : STATUS_BYTES_MAX);
    struct error error;

    if (text == NULL) {
        abort();
    }
    (void)capacity_growth_status(growing, text, &error);
    free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct capacity_settings settings = {.scale_out = "karpenter",
                                               .preempt = true,
                                               .new_node = amounts,
                                               .node_groups = groups,
                                               .unrequested = amounts};
    struct capacity_demand demand;
    struct capacity_parity parity = {.demand = &demand};
    struct capacity_supply supply;
    struct capacity_growing growing = {.supply = &supply};
    struct error error;

    capacity_demand_init(&demand, &settings);
    if (read_list(capacity_demand_visitor(&demand), data, size) &&
        capacity_demand_check(&demand, &error)) {
        capacity_supply_init(&supply, &demand);
        (void)read_list(capacity_supply_pods(&supply), data, size);
        (void)read_list(capacity_supply_nodes(&supply), data, size);
        (void)read_list(capacity_growth_pools(&growing), data, size);
        prove(&supply, &growing);
        read_status(&growing, data, size);
        capacity_growing_release(&growing);
        capacity_supply_release(&supply);
    }
    (void)read_list(capacity_parity_primary(&parity), data, size);
    (void)read_list(capacity_parity_recovery(&parity), data, size);
    capacity_parity_release(&parity);
    capacity_demand_release(&demand);
    return 0;
}
