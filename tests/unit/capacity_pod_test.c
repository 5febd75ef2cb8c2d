/* SPDX-License-Identifier: Apache-2.0 */
/* What a pod requests in effect (trap C4), and whose it is. */

#include "collectors/capacity_pod.h"
#include "tests/unit/capacity_fixture.h"

#define CPU(amount) "{'name':'c','resources':{'requests':{'cpu':'" amount "'}}}"
#define SIDECAR(amount)                                                                            \
    "{'name':'s','restartPolicy':'Always','resources':{'requests':{'cpu':'" amount "'}}}"
#define SPEC(rest) "{'spec':{" rest "}}"

static const struct {
    const char *pod;
    int64_t cpu; /* In thousandths. */
    int64_t memory;
} pods[] = {
    {"{}", 0, 0},
    {SPEC("'containers':[" CPU("1") "," CPU("500m") "]"), 1500, 0},
    {SPEC("'containers':[{'name':'c'},{'name':'d','resources':{'limits':{'cpu':'1'}}}]"), 0, 0},
    /* Init containers run one after the other, before the others. */
    {SPEC("'initContainers':[" CPU("2") "," CPU("3") "],'containers':[" CPU("1") "," CPU("1") "]"),
     3000, 0},
    {SPEC("'initContainers':[" CPU("1") "],'containers':[" CPU("1") "," CPU("1") "]"), 2000, 0},
    /* Sidecars go on: they count with the containers, and with init containers behind them. */
    {SPEC("'initContainers':[" SIDECAR("1") "],'containers':[" CPU("2") "]"), 3000, 0},
    {SPEC("'initContainers':[" SIDECAR("1") "," CPU("5") "],'containers':[" CPU("2") "]"), 6000, 0},
    {SPEC("'initContainers':[" CPU("5") "," SIDECAR("1") "],'containers':[" CPU("2") "]"), 5000, 0},
    {SPEC("'initContainers':[" SIDECAR("1") "," SIDECAR("2") "," CPU("1") "]"), 4000, 0},
    /* Requests of the pod as a whole take the place of the sum, for what they name. */
    {SPEC("'resources':{'requests':{'cpu':'1'}},'containers':[" CPU(
         "4") ",{'name':'m','resources':{'requests':{'memory':'1Gi'}}}]"),
     1000, GIB},
    {SPEC("'resources':{'requests':{'cpu':'7'}},'containers':[{'name':'c'}]"), 7000, 0},
    /* The overhead of the runtime class comes on top. */
    {SPEC("'overhead':{'cpu':'250m','memory':'120Mi'},'containers':[" CPU("1") "]"), 1250,
     120LL * 1024 * 1024},
    {SPEC(
         "'overhead':{'cpu':'1'},'resources':{'requests':{'cpu':'1'}},'containers':[" CPU("4") "]"),
     2000, 0},
    /* A resize in place: what is wanted, allocated and in force, whatever is largest. */
    {"{'spec':{'containers':[" CPU("1") "]},'status':{'containerStatuses':[{'name':'c',"
                                        "'resources':{'requests':{'cpu':'3'}}}]}}",
     3000, 0},
    {"{'spec':{'containers':[" CPU("1") "]},'status':{'containerStatuses':[{'name':'c',"
                                        "'allocatedResources':{'cpu':'2'}}]}}",
     2000, 0},
    {"{'spec':{'containers':[" CPU(
         "4") "]},'status':{'conditions':[{'type':'PodResizePending',"
              "'reason':'Infeasible','status':'True'}],'containerStatuses':[{'name':'c',"
              "'resources':{'requests':{'cpu':'3'}}}]}}",
     4000, 0},
    {"{'spec':{'containers':[" CPU("1") "]},'status':{'containerStatuses':[{'name':'other',"
                                        "'resources':{'requests':{'cpu':'3'}}}]}}",
     1000, 0},
    {"{'spec':{'initContainers':[" SIDECAR("1") "]},'status':{'initContainerStatuses':[{'name':"
                                                "'s','resources':{'requests':{'cpu':'3'}}}]}}",
     3000, 0},
    {"{'spec':{'resources':{'requests':{'cpu':'1'}}},'status':{'resources':{'requests':{'cpu':'2'}}"
     "}}",
     2000, 0},
    {"{'spec':{'resources':{'requests':{'cpu':'1'}}},'status':{'allocatedResources':{'cpu':'3'}}}",
     3000, 0},
    /* Without requests for the pod as a whole its status is the sum over containers. */
    {"{'spec':{'containers':[" CPU("1") "]},'status':{'resources':{'requests':{'cpu':'9'}}}}", 1000,
     0},
    /* Each container's request is rounded up. */
    {SPEC("'containers':[" CPU("0.0001") "," CPU("0.0001") "]"), 2, 0},
    {SPEC("'containers':[" CPU("1E3") "," CPU("1e3") "]"), 2000000, 0},
    {SPEC("'containers':[" CPU("1E") "," CPU("1E") "]"), INT64_MAX, 0},
};

static void test_requests(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof pods / sizeof pods[0]; i++) {
        cJSON *json = parse(pods[i].pod);
        struct capacity_resources resources;
        struct capacity_pod pod = {.requests = {{0}}};
        const struct capacity_amounts *amounts = &pod.requests;
        struct error error;

        capacity_resources_init(&resources, NULL);
        if (!capacity_pod_requests(&resources, true, json, &pod, &error)) {
            fail_msg("%s: %s", error.message, pods[i].pod);
        }
        if (amounts->of[CAPACITY_CPU] != pods[i].cpu ||
            amounts->of[CAPACITY_MEMORY] != pods[i].memory || amounts->of[CAPACITY_PODS] != 1) {
            fail_msg("%lld, %lld: %s", (long long)amounts->of[CAPACITY_CPU],
                     (long long)amounts->of[CAPACITY_MEMORY], pods[i].pod);
        }
        capacity_resources_release(&resources);
        cJSON_Delete(json);
    }
}

static bool read_requests(const char *text, const char *const *ignored, bool learn,
                          struct capacity_resources *resources, struct capacity_amounts *amounts,
                          struct error *error)
{
    cJSON *json = parse(text);
    struct capacity_pod pod = {.requests = {{0}}};
    bool good;

    capacity_resources_init(resources, ignored);
    good = capacity_pod_requests(resources, learn, json, &pod, error);
    *amounts = pod.requests;
    cJSON_Delete(json);
    return good;
}

/* Every kind of resource that somebody requests counts, unless it is ignored. */
static void test_resources(void **state)
{
    static const char *const ignored[] = {"ephemeral-storage", "pods", NULL};
    static const char pod[] = SPEC("'containers':[{'name':'c','resources':{'requests':{'cpu':'1',"
                                   "'nvidia.com/gpu':'2','ephemeral-storage':'1Gi'}}}]");
    struct capacity_resources resources;
    struct capacity_amounts amounts;
    struct error error;

    (void)state;
    assert_true(read_requests(pod, NULL, true, &resources, &amounts, &error));
    assert_int_equal(resources.names.count, 5);
    assert_int_equal(amounts.of[name_table_find(&resources.names, "nvidia.com/gpu")], 2);
    assert_string_equal(capacity_unit(&resources, 3), "integer");
    assert_string_equal(capacity_unit(&resources, 4), "byte");
    capacity_resources_release(&resources);

    assert_true(read_requests(pod, ignored, true, &resources, &amounts, &error));
    assert_int_equal(resources.names.count, 4);
    assert_int_equal(amounts.of[CAPACITY_PODS], 0);
    capacity_resources_release(&resources);

    assert_true(read_requests(pod, NULL, false, &resources, &amounts, &error));
    assert_int_equal(resources.names.count, CAPACITY_FIXED_RESOURCES);
    capacity_resources_release(&resources);
}

static void test_refused(void **state)
{
    struct capacity_resources resources;
    struct capacity_amounts amounts;
    struct error error;
    char text[4000] = "{'spec':{'overhead':{'a0':'1'";

    (void)state;
    assert_false(read_requests(SPEC("'containers':[" CPU("much") "]"), NULL, true, &resources,
                               &amounts, &error));
    assert_int_equal(error.kind, ERROR_PROTOCOL);
    assert_non_null(strstr(error.message, "cpu has no quantity but \"much\""));
    capacity_resources_release(&resources);
    assert_false(
        read_requests(SPEC("'overhead':{'cpu':1}"), NULL, true, &resources, &amounts, &error));
    capacity_resources_release(&resources);
    for (int i = 1; i < CAPACITY_RESOURCES_MAX; i++) {
        char more[40];

        (void)snprintf(more, sizeof more, ",'a%d':'1'", i);
        (void)strncat(text, more, sizeof text - strlen(text) - 1);
    }
    (void)strncat(text, "}}}", sizeof text - strlen(text) - 1);
    assert_false(read_requests(text, NULL, true, &resources, &amounts, &error));
    assert_int_equal(error.kind, ERROR_INCONSISTENT);
    capacity_resources_release(&resources);
}

#define META(rest) "{'metadata':{'namespace':'shop','name':'p-0'" rest "}"
#define OWNER(kind, name)                                                                          \
    ",'ownerReferences':[{'kind':'X','name':'x'},{'kind':'" kind "','name':'" name                 \
    "','controller':true}]"

static const struct {
    const char *pod;
    const char *workload;
    bool is_of_node;
} owners[] = {
    {META("") "}", "shop/Pod/p-0", false},
    {META(OWNER("StatefulSet", "db")) "}", "shop/StatefulSet/db", false},
    {META(OWNER("ReplicaSet", "web-7d4b9c6f5") ",'labels':{'pod-template-hash':'7d4b9c6f5'}") "}",
     "shop/Deployment/web", false},
    {META(OWNER("ReplicaSet", "web-7d4b9c6f5") ",'labels':{'pod-template-hash':'other'}") "}",
     "shop/ReplicaSet/web-7d4b9c6f5", false},
    {META(OWNER("ReplicaSet", "web")) "}", "shop/ReplicaSet/web", false},
    {META(OWNER("ReplicaSet", "-h") ",'labels':{'pod-template-hash':'h'}") "}",
     "shop/ReplicaSet/-h", false},
    {META(OWNER("Job", "report-29384756")) "}", "shop/CronJob/report", false},
    {META(OWNER("Job", "report-1")) "}", "shop/Job/report-1", false},
    {META(OWNER("Job", "report")) "}", "shop/Job/report", false},
    {META(OWNER("DaemonSet", "agent")) "}", "shop/DaemonSet/agent", true},
    {META(OWNER("Node", "n1")) "}", "shop/Node/n1", true},
    {META(",'annotations':{'kubernetes.io/config.mirror':'1'}") "}", "shop/Pod/p-0", true},
};

static void test_owners(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof owners / sizeof owners[0]; i++) {
        cJSON *json = parse(owners[i].pod);
        struct capacity_pod pod;

        capacity_pod_read(json, &pod);
        assert_string_equal(pod.workload, owners[i].workload);
        assert_int_equal(pod.is_of_node, owners[i].is_of_node);
        assert_true(pod.preempts);
        assert_false(pod.has_ended);
        cJSON_Delete(json);
    }
}

static void test_members(void **state)
{
    cJSON *json = parse("{'metadata':{},'spec':{'nodeName':'n1','priority':-10,'preemptionPolicy':"
                        "'Never','resourceClaims':[{'name':'gpu'}]},'status':{'phase':'Failed'}}");
    struct capacity_pod pod;

    (void)state;
    capacity_pod_read(json, &pod);
    assert_string_equal(pod.node, "n1");
    assert_true(pod.priority == -10);
    assert_false(pod.preempts);
    assert_true(pod.claims_devices);
    assert_true(pod.has_ended);
    cJSON_Delete(json);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_requests), cmocka_unit_test(test_resources),
        cmocka_unit_test(test_refused),  cmocka_unit_test(test_owners),
        cmocka_unit_test(test_members),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
