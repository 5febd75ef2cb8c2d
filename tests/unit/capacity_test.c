/* SPDX-License-Identifier: Apache-2.0 */
/* From lists of pods and nodes to what is there of what is needed (traps C1, C3, C4). */

#include "tests/unit/capacity_room.h"

static void test_room(void **state)
{
    struct fixture f;

    (void)state;
    begin(&f);
    need(&f, POD("a-0", "a", "2", ON("east-1")));
    need(&f, POD("a-1", "a", "2", "")); /* Pending pods need room too. */
    assert_int_equal(f.demand.scheduled, 1);
    assert_int_equal(f.demand.pending, 1);
    begin_supply(&f);
    offer(&f, NODE("west-1", "3", ""));
    assert_ratio(&f, 0.75, "cpu");
    assert_null(f.evidence.capacity.problem);
    offer(&f, NODE("west-2", "3", ""));
    assert_ratio(&f, 1.5, "cpu");
    end(&f);
}

/* Trap C1. */
static void test_nodes_that_do_not_count(void **state)
{
    static const char *const nodes[] = {
        NODE("w", "8", "'unschedulable':true"),
        NODE("w", "8", "'taints':[{'key':'a','effect':'NoSchedule'}]"),
        NODE("w", "1", ""),
        "{'metadata':{'name':'w'},'status':{'allocatable':{'cpu':'8','memory':'64Gi','pods':'110'},"
        "'conditions':[{'type':'Ready','status':'Unknown'}]}}",
        "{'metadata':{'name':'w'},'status':{'allocatable':{'cpu':'8','memory':'64Gi','pods':'110'},"
        "'conditions':[{'type':'Ready','status':'False'}]}}",
        "{'metadata':{'name':'w'},'status':{'allocatable':{'cpu':'8','memory':'64Gi','pods':'110'}"
        "}}",
        "{'metadata':{'name':'w','deletionTimestamp':'2026-11-21T12:00:00Z'},'status':{"
        "'allocatable':{'cpu':'8','memory':'64Gi','pods':'110'},'conditions':[{'type':'Ready',"
        "'status':'True'}]}}",
    };
    static const enum capacity_node_state states[] = {
        CAPACITY_NODE_CORDONED,  CAPACITY_NODE_UNSUITABLE, CAPACITY_NODE_UNSUITABLE,
        CAPACITY_NODE_NOT_READY, CAPACITY_NODE_NOT_READY,  CAPACITY_NODE_NOT_READY,
        CAPACITY_NODE_CORDONED,
    };

    (void)state;
    for (size_t i = 0; i < sizeof nodes / sizeof nodes[0]; i++) {
        struct fixture f;

        begin(&f);
        need(&f, POD("a-0", "a", "2", ON("east-1")));
        begin_supply(&f);
        offer(&f, nodes[i]);
        assert_int_equal(f.supply.node_states[states[i]], 1);
        assert_true(prove(&f)->ratio.value <= 0);
        assert_non_null(
            strstr(f.evidence.capacity.problem, "a pod of shop/StatefulSet/a fits on no node"));
        end(&f);
    }
}

/* Much room in small pieces: what does not fit on any node does not fit. */
static void test_pieces(void **state)
{
    struct fixture f;

    (void)state;
    begin(&f);
    need(&f, POD("a-0", "a", "2", ON("east-1")));
    need(&f, POD("b-0", "b", "500m", ON("east-1")));
    begin_supply(&f);
    for (int i = 0; i < 10; i++) {
        char text[1000];

        (void)snprintf(text, sizeof text, NODE("west-%d", "1", ""), i);
        offer(&f, text);
    }
    assert_ratio(&f, 4, "cpu");
    assert_string_equal(f.evidence.capacity.problem,
                        "a pod of shop/StatefulSet/a fits on no node (it requests most cpu)");
    end(&f);
}

static void test_what_runs_there(void **state)
{
    struct fixture f;

    (void)state;
    begin(&f);
    need(&f, POD("a-0", "a", "2", ON("east-1")));
    need(&f, POD("a-1", "a", "2", ON("east-1")));
    begin_supply(&f);
    /* Two copies of what is needed stand for their originals; the third is needed beside. */
    run(&f, POD("a-0", "a", "2", ON("west-1")));
    run(&f, POD("a-1", "a", "2", ON("west-1")));
    run(&f, POD("a-2", "a", "2", ON("west-1")));
    run(&f, POD("other-0", "other", "1", ON("west-1")));
    run(&f, POD("gone-0", "gone", "1", ON("west-9")));
    assert_int_equal(f.supply.pods[CAPACITY_POD_STANDBY], 2);
    assert_int_equal(f.supply.pods[CAPACITY_POD_USED], 3);
    offer(&f, NODE("west-1", "8", ""));
    assert_ratio(&f, 5.0 / 4, "cpu");
    end(&f);

    /* Where both serve users all of it is used. */
    begin(&f);
    f.settings.active_active = true;
    need(&f, POD("a-0", "a", "2", ON("east-1")));
    begin_supply(&f);
    run(&f, POD("a-0", "a", "2", ON("west-1")));
    assert_int_equal(f.supply.pods[CAPACITY_POD_USED], 1);
    offer(&f, NODE("west-1", "6", ""));
    assert_ratio(&f, 2, "cpu");
    end(&f);
}

/* What waits for room takes it first, where it may. */
static void test_waiting(void **state)
{
    struct fixture f;

    (void)state;
    begin(&f);
    need(&f, POD("a-0", "a", "2", ON("east-1")));
    begin_supply(&f);
    run(&f, POD("x-0", "x", "3", ""));
    run(&f, POD("y-0", "y", "9", ",'nodeSelector':{'disk':'ssd'}"));
    assert_int_equal(f.supply.pods[CAPACITY_POD_WAITING], 2);
    offer(&f, NODE("west-1", "4", ""));
    offer(&f, NODE("west-2", "4", ""));
    /* The first node is left with 1, where not even the smallest pod fits. */
    assert_ratio(&f, 2, "cpu");
    assert_int_equal(f.supply.node_states[CAPACITY_NODE_UNSUITABLE], 1);
    end(&f);
}

static void test_preemption(void **state)
{
    static const struct {
        bool preempt;
        const char *needed;
        const char *running;
        size_t evictable;
    } cases[] = {
        {true, ",'priority':10", ",'priority':9", 1},
        {true, ",'priority':10", ",'priority':10", 0},
        {true, "", ",'priority':-10", 1},
        {true, "", "", 0},
        {true, ",'priority':10,'preemptionPolicy':'Never'", "", 0},
        {false, ",'priority':10", "", 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct fixture f;
        char text[1000];

        begin(&f);
        f.settings.preempt = cases[i].preempt;
        (void)snprintf(text, sizeof text, POD("a-0", "a", "2", ON("e") "%s"), cases[i].needed);
        need(&f, text);
        begin_supply(&f);
        (void)snprintf(text, sizeof text, POD("x-0", "x", "2", ON("w") "%s"), cases[i].running);
        run(&f, text);
        assert_int_equal(f.supply.pods[CAPACITY_POD_EVICTABLE], cases[i].evictable);
        offer(&f, NODE("w", "4", ""));
        assert_ratio(&f, cases[i].evictable == 1 ? 2 : 1, "cpu");
        end(&f);
    }
}

static void test_node_twice(void **state)
{
    struct fixture f;
    struct kubernetes_visitor visitor;
    struct error error;

    (void)state;
    begin(&f);
    need(&f, POD("a-0", "a", "2", ON("east-1")));
    begin_supply(&f);
    offer(&f, NODE("west-1", "1", ""));
    visitor = capacity_supply_nodes(&f.supply);
    assert_false(visit(&visitor, "Node", NODE("west-1", "1", ""), &error));
    assert_int_equal(error.kind, ERROR_PROTOCOL);
    assert_non_null(strstr(error.message, "west-1 twice"));
    end(&f);
}

#define STATUS                                                                                     \
    "autoscalerStatus: Running\nclusterWide: {health: {lastProbeTime: "                            \
    "\"2026-11-21T12:00:00Z\"}}\n"                                                                 \
    "nodeGroups: [{name: g, health: {status: Healthy, cloudProviderTarget: 0, maxSize: 10}}]\n"

/* Trap C3, after scaling out: a pod has to fit on one of the nodes that are made, too. */
static void test_sizes_of_new_nodes(void **state)
{
    static const char *const groups[] = {"g", NULL};
    static const struct {
        struct setting_pair node[3];
        double ratio;
        bool fits;
    } cases[] = {
        {{{"cpu", "8"}, {"memory", "32Gi"}, {NULL, NULL}}, 9, true},
        /* The large one fits nowhere, not even on ten of these. */
        {{{"cpu", "4"}, {"memory", "32Gi"}, {NULL, NULL}}, 5, false},
        /* Nothing fits on any of these, however many. */
        {{{"cpu", "500m"}, {"memory", "32Gi"}, {NULL, NULL}}, 1, false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct fixture f;
        struct error error;

        begin(&f);
        f.settings = (struct capacity_settings){.scale_out = "cluster-autoscaler",
                                                .count_scale_out = true,
                                                .new_node = cases[i].node,
                                                .node_groups = groups};
        need(&f, POD("a-0", "a", "8", ON("east-1")));
        need(&f, POD("b-0", "b", "2", ON("east-1")));
        begin_supply(&f);
        for (int node = 0; node < 5; node++) {
            char text[1000];

            (void)snprintf(text, sizeof text, NODE("west-%d", "2", ""), node);
            offer(&f, text);
        }
        assert_true(capacity_growth_status(&f.growing, STATUS, &error));
        assert_ratio(&f, cases[i].ratio, "cpu after scaling out");
        assert_true((f.evidence.capacity.problem == NULL) == cases[i].fits);
        end(&f);
    }
}

/* What waits in the DR cluster is first when nodes are made, too. */
static void test_waiting_for_new_nodes(void **state)
{
    static const char pool[] =
        "{'metadata':{'name':'p'},'spec':{'limits':{'cpu':'10','memory':'64Gi'}},'status':{"
        "'conditions':[{'type':'Ready','status':'True'}]}}";
    struct fixture f;

    (void)state;
    begin(&f);
    f.settings = (struct capacity_settings){.scale_out = "karpenter", .count_scale_out = true};
    need(&f, POD("a-0", "a", "2", ON("east-1")));
    begin_supply(&f);
    run(&f, POD("x-0", "x", "6", ""));
    run(&f, POD("y-0", "y", "9", ",'nodeSelector':{'disk':'ssd'}"));
    must_visit(capacity_growth_pools(&f.growing), "NodePool", pool);
    assert_ratio(&f, 2, "cpu after scaling out");
    /* The list begins again: what waits takes its part again. */
    capacity_growth_pools(&f.growing).restart(&f.growing);
    must_visit(capacity_growth_pools(&f.growing), "NodePool", pool);
    assert_ratio(&f, 2, "cpu after scaling out");
    capacity_growth_pools(&f.growing).restart(&f.growing);
    /* It had a part of a node that is there. */
    offer(&f, NODE("west-1", "4", ""));
    must_visit(capacity_growth_pools(&f.growing), "NodePool", pool);
    assert_ratio(&f, 4, "cpu after scaling out");
    /* A second one is free. */
    must_visit(capacity_growth_pools(&f.growing), "NodePool", pool);
    assert_ratio(&f, 9, "cpu after scaling out");
    end(&f);
}

/* A resource that only some nodes have. */
static void test_extended(void **state)
{
    struct fixture f;

    (void)state;
    begin(&f);
    need(&f, POD("a-0", "a", "2", ON("east-1")));
    need(&f, "{'metadata':{'namespace':'a','name':'b'},'spec':{'containers':[{'name':'c',"
             "'resources':{'requests':{'nvidia.com/gpu':'4'}}}]}}");
    begin_supply(&f);
    offer(&f, NODE("w", "8", ""));
    assert_ratio(&f, 0, "nvidia.com/gpu");
    offer(&f, "{'metadata':{'name':'g'},'status':{'allocatable':{'cpu':'8','memory':'9Gi',"
              "'nvidia.com/gpu':'2','pods':'9'},'conditions':[{'type':'Ready','status':'True'}]}}");
    assert_ratio(&f, 0.5, "nvidia.com/gpu");
    end(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_room),
        cmocka_unit_test(test_nodes_that_do_not_count),
        cmocka_unit_test(test_pieces),
        cmocka_unit_test(test_what_runs_there),
        cmocka_unit_test(test_waiting),
        cmocka_unit_test(test_preemption),
        cmocka_unit_test(test_node_twice),
        cmocka_unit_test(test_sizes_of_new_nodes),
        cmocka_unit_test(test_waiting_for_new_nodes),
        cmocka_unit_test(test_extended),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
