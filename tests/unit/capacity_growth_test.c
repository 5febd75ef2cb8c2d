/* SPDX-License-Identifier: Apache-2.0 */
/* Nodes that could be made (trap C3): only what is limited counts, and only where it can be used.
 */

#include "collectors/capacity_growth.h"
#include "tests/unit/capacity_fixture.h"

#define NOW 1795262400.0 /* 2026-11-21T12:00:00Z */
#define READY "'conditions':[{'type':'Ready','status':'True'}]"
#define POOL(spec, status)                                                                         \
    "{'metadata':{'name':'general'},'spec':{" spec "},'status':{" READY status "}}"
#define LIMITS "'limits':{'cpu':'100','memory':'400Gi'}"
#define MADE ",'resources':{'cpu':'40','memory':'100Gi','nodes':'5'}"

struct fixture {
    struct capacity_settings settings;
    struct capacity_demand demand;
    struct capacity_supply supply;
    struct capacity_growing growing;
};

static void begin(struct fixture *f, const char *rest)
{
    char text[1000];

    *f = (struct fixture){.settings = {.scale_out = "karpenter"}};
    capacity_demand_init(&f->demand, &f->settings);
    (void)snprintf(text, sizeof text,
                   "{'metadata':{'namespace':'shop','name':'a'},'spec':{'containers':[{'name':'c',"
                   "'resources':{'requests':{'cpu':'1','memory':'1Gi'%s}}}]}}",
                   rest);
    must_visit(capacity_demand_visitor(&f->demand), "Pod", text);
    capacity_supply_init(&f->supply, &f->demand);
    f->growing = (struct capacity_growing){.supply = &f->supply, .now = NOW};
}

static void end(struct fixture *f)
{
    capacity_growing_release(&f->growing);
    capacity_supply_release(&f->supply);
    capacity_demand_release(&f->demand);
}

static const struct {
    const char *pool;
    int64_t cpu; /* Cores. */
    int64_t memory;
} pools[] = {
    {POOL(LIMITS, MADE), 60, 300},
    {POOL(LIMITS, ""), 100, 400},
    /* Without a limit nothing is added. */
    {POOL("'a':1", MADE), 0, 0},
    {POOL("'limits':{'cpu':'100'}", MADE), 60, 0},
    {POOL("'limits':{'memory':'400Gi'}", MADE), 0, 300},
    /* One that is reached stops the pool. */
    {POOL("'limits':{'cpu':'40','memory':'400Gi'}", MADE), 0, 0},
    {POOL("'limits':{'cpu':'100','memory':'100Gi'}", MADE), 0, 0},
    /* How much comes with one more node nobody knows; static pools stay as they are. */
    {POOL("'limits':{'cpu':'100','memory':'400Gi','nodes':'6'}", MADE), 0, 0},
    {POOL(LIMITS ",'replicas':6", MADE), 0, 0},
    {POOL("'limits':{'cpu':'0','memory':'400Gi'}", ""), 0, 0},
    {POOL("'limits':{'cpu':'x','memory':'400Gi'}", MADE), 0, 0},
    /* Not able to make any. */
    {"{'metadata':{'name':'p'},'spec':{" LIMITS "},'status':{'conditions':[{'type':'Ready',"
     "'status':'False'}]}}",
     0, 0},
    {"{'metadata':{'name':'p'},'spec':{" LIMITS "},'status':{}}", 0, 0},
    {"{'metadata':{'name':'p','deletionTimestamp':'2026-11-21T11:00:00Z'},'spec':{" LIMITS
     "},'status':{" READY "}}",
     0, 0},
    /* Not for these pods. */
    {POOL(LIMITS ",'template':{'spec':{'taints':[{'key':'a','effect':'NoSchedule'}]}}", MADE), 0,
     0},
    {POOL(LIMITS ",'template':{'spec':{'taints':[{'key':'a','effect':'PreferNoSchedule'}]}}", MADE),
     60, 300},
};

static void test_karpenter(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof pools / sizeof pools[0]; i++) {
        struct fixture f;
        const struct capacity_group *group;

        begin(&f, "");
        must_visit(capacity_growth_pools(&f.growing), "NodePool", pools[i].pool);
        assert_int_equal(f.growing.pools, 1);
        group = f.growing.groups.items;
        if (f.growing.groups.count != (pools[i].cpu + pools[i].memory > 0 ? 1 : 0) ||
            (group != NULL && (group->free.of[CAPACITY_CPU] != pools[i].cpu * 1000 ||
                               group->free.of[CAPACITY_MEMORY] != pools[i].memory * GIB))) {
            fail_msg("%s", pools[i].pool);
        }
        /* How many pods there may be nobody limits. */
        assert_true(group == NULL || group->endless[CAPACITY_PODS]);
        end(&f);
    }
}

static void test_karpenter_others(void **state)
{
    struct fixture f;
    const struct kubernetes_visitor *visitor;
    struct kubernetes_visitor pools_visitor;
    struct error error;

    (void)state;
    /* A resource that no limit names is not added; its own label is matched. */
    begin(&f, ",'nvidia.com/gpu':'1'},'limits':{'a':'1'");
    pools_visitor = capacity_growth_pools(&f.growing);
    visitor = &pools_visitor;
    must_visit(*visitor, "NodePool", POOL(LIMITS, MADE));
    assert_int_equal(f.growing.groups.items[0].free.of[CAPACITY_FIXED_RESOURCES], 0);
    assert_false(f.growing.groups.items[0].endless[CAPACITY_FIXED_RESOURCES]);
    visitor->restart(&f.growing);
    assert_int_equal(f.growing.groups.count, 0);
    must_visit(*visitor, "NodePool",
               POOL("'limits':{'cpu':'100','memory':'400Gi','nvidia.com/gpu':'8'}", MADE));
    assert_int_equal(f.growing.groups.items[0].free.of[CAPACITY_FIXED_RESOURCES], 8);
    assert_false(visit(visitor, "NodePool", POOL("'limits':{'cpu':'100','memory':7}", ""), &error));
    assert_int_equal(error.kind, ERROR_PROTOCOL);
    end(&f);

    begin(&f, "}}}],'nodeSelector':{'karpenter.sh/nodepool':'general'},'x':[{'y':{'z':{'a':'1'");
    must_visit(capacity_growth_pools(&f.growing), "NodePool", POOL(LIMITS, MADE));
    assert_int_equal(f.growing.groups.count, 1);
    must_visit(capacity_growth_pools(&f.growing), "NodePool",
               "{'metadata':{'name':'p'},'spec':{" LIMITS "},'status':{" READY "}}");
    assert_int_equal(f.growing.groups.items[0].free.of[CAPACITY_CPU], 60000);
    end(&f);
}

static void test_declared(void **state)
{
    static const struct setting_pair ceiling[] = {
        {"cpu", "100"}, {"memory", "400Gi"}, {"gpu", "2"}, {NULL, NULL}};
    static const struct {
        struct capacity_amounts allocatable;
        int64_t cpu;
        int64_t memory;
    } cases[] = {
        {{{0}}, 100000, 400 * GIB},    {{{40500, 100 * GIB}}, 59500, 300 * GIB},
        {{{100000, 100 * GIB}}, 0, 0}, {{{200000, 100 * GIB}}, 0, 0},
        {{{40000, 400 * GIB}}, 0, 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct fixture f;

        begin(&f, "");
        f.settings.ceiling = ceiling;
        f.supply.allocatable = cases[i].allocatable;
        capacity_growth_declared(&f.growing);
        if (cases[i].cpu == 0) {
            assert_int_equal(f.growing.groups.count, 0);
        } else {
            assert_int_equal(f.growing.groups.items[0].free.of[CAPACITY_CPU], cases[i].cpu);
            assert_int_equal(f.growing.groups.items[0].free.of[CAPACITY_MEMORY], cases[i].memory);
            assert_true(f.growing.groups.items[0].endless[CAPACITY_PODS]);
        }
        end(&f);
    }
}

#define CLUSTER(status, time)                                                                      \
    "autoscalerStatus: " status "\ntime: 2026-11-21 12:00:00 UTC\nclusterWide:\n  health:\n"       \
    "    status: Healthy\n    lastProbeTime: \"" time "\"\nnodeGroups:\n"
#define GROUP(health, target, scale_up) NAMED("g", health, target, scale_up)
#define NAMED(name, health, target, scale_up)                                                      \
    "- name: " name "\n  health:\n    status: " health "\n    cloudProviderTarget: " target        \
    "\n    minSize: 1\n    maxSize: 8\n  scaleUp:\n    status: " scale_up "\n"
#define FRESH "2026-11-21T11:59:50.123456789Z"

static const struct {
    const char *status;
    int64_t nodes;
    size_t usable;
} statuses[] = {
    {CLUSTER("Running", FRESH) GROUP("Healthy", "2", "NoActivity"), 6, 1},
    /* What is not named may be for other pods. */
    {CLUSTER("Running", FRESH) NAMED("gpu", "Healthy", "0", "NoActivity")
         GROUP("Healthy", "7", "NoActivity"),
     1, 1},
    {CLUSTER("Running", FRESH) GROUP("Healthy", "8", "NoActivity"), 0, 0},
    {CLUSTER("Running", FRESH) GROUP("Healthy", "9", "NoActivity"), 0, 0},
    {CLUSTER("Running", FRESH) GROUP("Unhealthy", "2", "NoActivity"), 0, 0},
    {CLUSTER("Running", FRESH) GROUP("Healthy", "2", "Backoff"), 0, 0},
    {CLUSTER("Running", FRESH) GROUP("Healthy", "many", "NoActivity"), 0, 0},
    {CLUSTER("Initializing", FRESH) GROUP("Healthy", "2", "NoActivity"), 0, 0},
    /* A pilot light: the target 0 is left out, or written. */
    {CLUSTER("Running", FRESH) "- name: g\n  health: {status: Healthy, maxSize: 8}\n", 8, 1},
    {CLUSTER("Running", FRESH) GROUP("Healthy", "0", "NoActivity"), 8, 1},
    /* As GKE writes it: more nodes than the target, and nothing said of scaling up. */
    {CLUSTER("Running",
             FRESH) "- health:\n    maxSize: 8\n    nodeCounts:\n      registered:\n"
                    "        ready: 3\n        total: 5\n    status: Healthy\n  name: g\n",
     3, 1},
    {CLUSTER("Running", FRESH) "- name: g\n  health: {status: Healthy}\n", 0, 0},
    {CLUSTER("Running", FRESH) "- name: g\n  health: {status: Healthy, maxSize: []}\n", 0, 0},
    {CLUSTER("Running", FRESH) GROUP("Healthy", "", "NoActivity"), 0, 0},
    /* Nobody has renewed it. */
    {CLUSTER("Running", "2026-11-21T11:44:00Z") GROUP("Healthy", "2", "NoActivity"), 0, 0},
    /* Whose clock is so far ahead may have written it long ago. */
    {CLUSTER("Running", "2026-11-21T12:16:00Z") GROUP("Healthy", "2", "NoActivity"), 0, 0},
    {CLUSTER("Running", "then") GROUP("Healthy", "2", "NoActivity"), 0, 0},
    {"autoscalerStatus: Running\n", 0, 0},
};

static void test_autoscaler(void **state)
{
    static const char *const groups[] = {"g", NULL};
    static const struct setting_pair node[] = {
        {"cpu", "7910m"}, {"memory", "28Gi"}, {"pods", "58"}, {NULL, NULL}};
    struct error error;

    (void)state;
    for (size_t i = 0; i < sizeof statuses / sizeof statuses[0]; i++) {
        struct fixture f;

        begin(&f, "");
        f.settings.new_node = node;
        f.settings.node_groups = groups;
        if (!capacity_growth_status(&f.growing, statuses[i].status, &error)) {
            fail_msg("%s: %s", error.message, statuses[i].status);
        }
        assert_true(f.growing.found);
        assert_int_equal(f.growing.pools_usable, statuses[i].usable);
        if (f.growing.groups.count != (statuses[i].nodes > 0 ? 1 : 0)) {
            fail_msg("%s", statuses[i].status);
        }
        if (statuses[i].nodes > 0) {
            const struct capacity_group *group = &f.growing.groups.items[0];

            assert_int_equal(group->free.of[CAPACITY_CPU], statuses[i].nodes * 7910);
            assert_int_equal(group->free.of[CAPACITY_PODS], statuses[i].nodes * 58);
            assert_false(group->endless[CAPACITY_PODS]);
        }
        end(&f);
    }
}

static void test_autoscaler_groups(void **state)
{
    static const struct setting_pair node[] = {{"cpu", "4"}, {"memory", "8Gi"}, {NULL, NULL}};
    static const char *const both[] = {"g", "h", NULL};
    struct fixture f;
    struct error error;

    (void)state;
    begin(&f, "");
    f.settings.new_node = node;
    f.settings.node_groups = both;
    assert_true(capacity_growth_status(&f.growing,
                                       CLUSTER("Running", FRESH) GROUP("Healthy", "2", "InProgress")
                                           NAMED("h", "Healthy", "7", "NoActivity"),
                                       &error));
    assert_int_equal(f.growing.pools_usable, 2);
    assert_int_equal(f.growing.groups.items[0].free.of[CAPACITY_CPU], 7 * 4000);
    /* A name that is wrong. */
    assert_false(capacity_growth_status(
        &f.growing, CLUSTER("Running", FRESH) GROUP("Healthy", "2", "NoActivity"), &error));
    assert_int_equal(error.kind, ERROR_NOT_FOUND);
    assert_non_null(strstr(error.message, "no group \"h\""));
    end(&f);
}

/* As versions before 1.30 wrote it, and what is none at all. */
static void test_autoscaler_refused(void **state)
{
    static const char *const texts[] = {
        "",
        ("Cluster-autoscaler status at 2026-11-21 12:00:00 +0000 UTC:\nCluster-wide:\n"
         "  Health:      Healthy (ready=2 unready=0)\n"),
        "a: [",
        "- autoscalerStatus\n",
        "nodeGroups: []\n",
    };

    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct fixture f;
        struct error error;

        begin(&f, "");
        assert_false(capacity_growth_status(&f.growing, texts[i], &error));
        assert_int_equal(error.kind, ERROR_PROTOCOL);
        assert_false(f.growing.found);
        end(&f);
    }
}

static const struct setting_pair both[] = {{"cpu", "1"}, {"memory", "1Gi"}, {NULL, NULL}};
static const struct setting_pair half[] = {{"cpu", "1"}, {NULL, NULL}};
static const struct setting_pair wrong[] = {{"cpu", "1"}, {"memory", "1GB"}, {NULL, NULL}};
static const char *const bad_names[] = {"Shop", NULL};
static const char *const groups[] = {"g", NULL};
static const char *const twice[] = {"g", "h", "g", NULL};

static const struct {
    struct capacity_settings settings;
    const char *problem; /* NULL: good. */
} checks[] = {
    {{.primary = {.kubeconfig = "k"}}, NULL},
    {{.primary = {.api_server = "https://10.0.0.1"}}, NULL},
    {{.recovery = {.kubeconfig = "k"}}, "neither \"primary_kubeconfig\""},
    {{.primary = {.kubeconfig = "k"}, .recovery = {.context = "c"}}, "\"dr_context\""},
    {{.primary = {.kubeconfig = "k", .api_server = "https://10.0.0.1"}}, "\"primary_api_server\""},
    {{.primary = {.kubeconfig = "k"}, .namespaces = bad_names}, "\"namespaces\": \"Shop\""},
    {{.primary = {.kubeconfig = "k"}, .exclude_namespaces = bad_names}, "\"exclude_namespaces\""},
    {{.primary = {.kubeconfig = "k"}, .scale_out = "magic"}, "\"scale_out\" is none of"},
    {{.primary = {.kubeconfig = "k"}, .scale_out = "karpenter", .count_scale_out = true}, NULL},
    {{.primary = {.kubeconfig = "k"}, .count_scale_out = true}, "\"count_scale_out\" needs"},
    {{.primary = {.kubeconfig = "k"}, .scale_out = "karpenter", .node_selector = "pool=dr"},
     "\"node_selector\" cannot"},
    {{.primary = {.kubeconfig = "k"},
      .scale_out = "declared",
      .ceiling = both,
      .node_selector = "pool=dr"},
     NULL},
    {{.primary = {.kubeconfig = "k"}, .scale_out = "declared"}, "\"ceiling\" goes with"},
    {{.primary = {.kubeconfig = "k"}, .ceiling = both}, "\"ceiling\" goes with"},
    {{.primary = {.kubeconfig = "k"}, .scale_out = "declared", .ceiling = both}, NULL},
    {{.primary = {.kubeconfig = "k"}, .scale_out = "declared", .ceiling = half}, "cpu and memory"},
    {{.primary = {.kubeconfig = "k"}, .scale_out = "declared", .ceiling = wrong}, "no quantity"},
    {{.primary = {.kubeconfig = "k"}, .scale_out = "cluster-autoscaler"}, "\"new_node\" and"},
    {{.primary = {.kubeconfig = "k"}, .scale_out = "cluster-autoscaler", .new_node = both},
     "\"node_groups\" go with"},
    {{.primary = {.kubeconfig = "k"},
      .scale_out = "cluster-autoscaler",
      .new_node = both,
      .node_groups = twice},
     "\"node_groups\" has g twice"},
    {{.primary = {.kubeconfig = "k"}, .node_groups = groups}, "\"node_groups\""},
    {{.primary = {.kubeconfig = "k"}, .unrequested = half}, "\"unrequested\" has to state"},
    {{.primary = {.kubeconfig = "k"}, .unrequested = both}, NULL},
    {{.primary = {.kubeconfig = "k"}, .scale_out = "karpenter", .new_node = both}, "\"new_node\""},
    {{.primary = {.kubeconfig = "k"},
      .scale_out = "cluster-autoscaler",
      .new_node = both,
      .node_groups = groups},
     NULL},
};

static void test_settings(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof checks / sizeof checks[0]; i++) {
        struct error error = {.kind = ERROR_NONE};
        bool good = capacity_settings_check(&checks[i].settings, 0, &error);

        if (good != (checks[i].problem == NULL) ||
            (!good && strstr(error.message, checks[i].problem) == NULL)) {
            fail_msg("%zu: %s", i, error.message);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_karpenter),          cmocka_unit_test(test_karpenter_others),
        cmocka_unit_test(test_declared),           cmocka_unit_test(test_autoscaler),
        cmocka_unit_test(test_autoscaler_refused), cmocka_unit_test(test_settings),
        cmocka_unit_test(test_autoscaler_groups),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
