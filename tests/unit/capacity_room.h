/* SPDX-License-Identifier: Apache-2.0 */
/* Two clusters, object by object, and what they prove. */

#ifndef TESTS_UNIT_CAPACITY_ROOM_H
#define TESTS_UNIT_CAPACITY_ROOM_H

#include "collectors/capacity_metrics.h"
#include "exporter/snapshot.h"
#include "tests/unit/capacity_fixture.h"

#define POD(name, workload, cpu, rest)                                                             \
    "{'metadata':{'namespace':'shop','name':'" name                                                \
    "','ownerReferences':[{'kind':'StatefulSet','name':'" workload                                 \
    "','controller':true}]},'spec':{'containers':[{'name':'c','resources':{'requests':{'cpu':"     \
    "'" cpu "','memory':'1Gi'}}}]" rest "},'status':{'phase':'Running'}}"
#define ON(node) ",'nodeName':'" node "'"
#define NODE(name, cpu, spec)                                                                      \
    "{'metadata':{'name':'" name "'},'spec':{" spec "},'status':{'allocatable':{'cpu':'" cpu       \
    "','memory':'64Gi','pods':'110'},'conditions':[{'type':'Ready','status':'True'}]}}"

struct fixture {
    struct capacity_settings settings;
    struct capacity_demand demand;
    struct capacity_supply supply;
    struct capacity_growing growing;
    struct arena *arena;
    struct evidence evidence;
};

static inline void begin(struct fixture *f)
{
    *f = (struct fixture){.arena = arena_new()};
    capacity_demand_init(&f->demand, &f->settings);
}

static inline void need(struct fixture *f, const char *pod)
{
    must_visit(capacity_demand_visitor(&f->demand), "Pod", pod);
}

static inline void begin_supply(struct fixture *f)
{
    capacity_supply_init(&f->supply, &f->demand);
    f->growing = (struct capacity_growing){.supply = &f->supply, .now = 1795262400};
}

static inline void run(struct fixture *f, const char *pod)
{
    must_visit(capacity_supply_pods(&f->supply), "Pod", pod);
}

static inline void offer(struct fixture *f, const char *node)
{
    must_visit(capacity_supply_nodes(&f->supply), "Node", node);
}

static inline const struct capacity_evidence *prove(struct fixture *f)
{
    struct collection collection = {.arena = f->arena, .evidence = &f->evidence};

    collection.samples =
        samples_new(f->arena, &(struct collector){.metrics = capacity_metric_table,
                                                  .metric_count = CAPACITY_METRIC_COUNT});
    f->evidence = (struct evidence){.has_recovery_point = false};
    capacity_prove(&collection, &f->supply, &f->growing, 1000, true);
    return &f->evidence.capacity;
}

static inline void end(struct fixture *f)
{
    capacity_growing_release(&f->growing);
    capacity_supply_release(&f->supply);
    capacity_demand_release(&f->demand);
    arena_free(f->arena);
}

static inline void assert_ratio(struct fixture *f, double ratio, const char *limiting)
{
    const struct capacity_evidence *evidence = prove(f);

    assert_true(evidence->ratio.known);
    if (fabs(evidence->ratio.value - ratio) > 1e-9) {
        fail_msg("%.12g instead of %.12g", evidence->ratio.value, ratio);
    }
    assert_string_equal(evidence->limiting, limiting);
    assert_true(evidence->required_at.known && evidence->required_at.value == 1000);
}

#endif
