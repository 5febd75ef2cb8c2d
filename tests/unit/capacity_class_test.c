/* SPDX-License-Identifier: Apache-2.0 */
/* Which pods may run where: taints, selectors, affinities (trap C1). */

#include "collectors/capacity_class.h"
#include "tests/unit/capacity_fixture.h"

#define TOLERATE(rest) "{'tolerations':[{" rest "}]}"
#define SELECT(rest) "{'nodeSelector':{" rest "}}"
#define TERMS(rest)                                                                                \
    "{'affinity':{'nodeAffinity':{'requiredDuringSchedulingIgnoredDuringExecution':{"              \
    "'nodeSelectorTerms':[" rest "]}}}}"
#define MATCH(key, relation, values)                                                               \
    TERMS("{'matchExpressions':[{'key':'" key "','operator':'" relation "','values':[" values      \
          "]}]}")
#define TAINT(key, value, effect)                                                                  \
    "{'taints':[{'key':'" key "','value':'" value "','effect':'" effect "'}]}"
#define LABELS(rest) "{'labels':{" rest "}}"
#define POOL(rest) "{'pool':true," rest "}"
#define REQUIRE(key, relation, values)                                                             \
    POOL("'requirements':[{'key':'" key "','operator':'" relation "','values':[" values "]}]")

static const struct {
    const char *pod; /* Its spec. */
    const char *place;
    bool admitted;
} cases[] = {
    {"{}", "{}", true},
    /* Taints. */
    {"{}", TAINT("gpu", "", "NoSchedule"), false},
    {"{}", TAINT("gpu", "", "NoExecute"), false},
    {"{}", TAINT("gpu", "", "PreferNoSchedule"), true},
    {"{}", TAINT("gpu", "", "Invented"), false},
    {TOLERATE("'operator':'Exists'"), TAINT("gpu", "a", "NoSchedule"), true},
    {TOLERATE("'key':'gpu','operator':'Exists'"), TAINT("gpu", "a", "NoSchedule"), true},
    {TOLERATE("'key':'gpu','value':'a'"), TAINT("gpu", "a", "NoSchedule"), true},
    {TOLERATE("'key':'gpu','operator':'Equal','value':'a'"), TAINT("gpu", "a", "NoSchedule"), true},
    {TOLERATE("'key':'gpu','value':'b'"), TAINT("gpu", "a", "NoSchedule"), false},
    {TOLERATE("'key':'gpu'"), TAINT("gpu", "", "NoSchedule"), true},
    {TOLERATE("'key':'other','operator':'Exists'"), TAINT("gpu", "a", "NoSchedule"), false},
    {TOLERATE("'key':'gpu','operator':'Exists','effect':'NoSchedule'"),
     TAINT("gpu", "a", "NoSchedule"), true},
    {TOLERATE("'key':'gpu','operator':'Exists','effect':'NoExecute'"),
     TAINT("gpu", "a", "NoSchedule"), false},
    {TOLERATE("'key':'gpu','operator':'Gt','value':'1'"), TAINT("gpu", "2", "NoSchedule"), false},
    {TOLERATE("'key':'','value':'a'"), TAINT("gpu", "a", "NoSchedule"), false},
    /* One that ends after a while is none. */
    {TOLERATE("'key':'gpu','operator':'Exists','tolerationSeconds':300"),
     TAINT("gpu", "", "NoExecute"), false},
    {TOLERATE("'key':'a','operator':'Exists'"),
     "{'taints':[{'key':'a','effect':'NoSchedule'},{'key':'b','effect':'NoSchedule'}]}", false},
    /* Node selectors; what says where a node is does not count. */
    {SELECT("'disk':'ssd'"), LABELS("'disk':'ssd'"), true},
    {SELECT("'disk':'ssd'"), LABELS("'disk':'hdd'"), false},
    {SELECT("'disk':'ssd'"), "{}", false},
    {SELECT("'disk':'ssd','a':'b'"), LABELS("'disk':'ssd'"), false},
    {SELECT("'topology.kubernetes.io/zone':'us-east-1a'"), "{}", true},
    {SELECT("'kubernetes.io/hostname':'n1'"), "{}", true},
    /* Affinities. */
    {MATCH("disk", "In", "'ssd','nvme'"), LABELS("'disk':'nvme'"), true},
    {MATCH("disk", "In", "'ssd'"), LABELS("'disk':'nvme'"), false},
    {MATCH("disk", "In", "'ssd'"), "{}", false},
    {MATCH("disk", "NotIn", "'ssd'"), LABELS("'disk':'nvme'"), true},
    {MATCH("disk", "NotIn", "'ssd'"), LABELS("'disk':'ssd'"), false},
    {MATCH("disk", "NotIn", "'ssd'"), "{}", true},
    {MATCH("disk", "Exists", ""), LABELS("'disk':''"), true},
    {MATCH("disk", "Exists", ""), "{}", false},
    {MATCH("disk", "DoesNotExist", ""), "{}", true},
    {MATCH("disk", "DoesNotExist", ""), LABELS("'disk':''"), false},
    {MATCH("cores", "Gt", "'8'"), LABELS("'cores':'16'"), true},
    {MATCH("cores", "Gt", "'16'"), LABELS("'cores':'16'"), false},
    {MATCH("cores", "Lt", "'16'"), LABELS("'cores':'8'"), true},
    {MATCH("cores", "Gt", "'8'"), LABELS("'cores':'many'"), false},
    {MATCH("cores", "Gt", "'8','9'"), LABELS("'cores':'16'"), false},
    {MATCH("cores", "Invented", "'8'"), LABELS("'cores':'8'"), false},
    {MATCH("topology.kubernetes.io/zone", "In", "'us-east-1a'"), "{}", true},
    {TERMS(""), "{}", false},
    {TERMS("{}"), "{}", false},
    {TERMS("{},{'matchExpressions':[{'key':'a','operator':'Exists'}]}"), LABELS("'a':'b'"), true},
    {TERMS(
         "{'matchExpressions':[{'key':'a','operator':'Exists'},{'key':'b','operator':'Exists'}]}"),
     LABELS("'a':'b'"), false},
    {TERMS("{'matchFields':[{'key':'metadata.name','operator':'In','values':['n1']}]}"), "{}",
     true},
    {TERMS("{'matchFields':[{'key':'metadata.name','operator':'In','values':['n2']}]}"), "{}",
     false},
    {TERMS("{'matchFields':[{'key':'other','operator':'In','values':['n1']}]}"), "{}", false},
    /* Nodes that could be made. */
    {"{}", POOL("'a':1"), true},
    {SELECT("'disk':'ssd'"), POOL("'a':1"), false},
    {SELECT("'disk':'ssd'"), POOL("'labels':{'disk':'ssd'}"), true},
    {SELECT("'disk':'ssd'"), REQUIRE("disk", "In", "'hdd','ssd'"), true},
    {SELECT("'disk':'ssd'"), REQUIRE("disk", "In", "'hdd'"), false},
    {SELECT("'disk':'ssd'"), REQUIRE("disk", "Exists", ""), true},
    {SELECT("'disk':'ssd'"), REQUIRE("disk", "NotIn", "'ssd'"), false},
    {SELECT("'disk':'ssd'"), REQUIRE("disk", "NotIn", "'hdd'"), true},
    {SELECT("'disk':'ssd'"), REQUIRE("disk", "DoesNotExist", ""), false},
    {SELECT("'kubernetes.io/arch':'arm64'"), POOL("'a':1"), true},
    {SELECT("'kubernetes.io/arch':'arm64'"), REQUIRE("kubernetes.io/arch", "In", "'amd64'"), false},
    {MATCH("kubernetes.io/arch", "NotIn", "'arm64'"), POOL("'a':1"), true},
    {MATCH("kubernetes.io/arch", "DoesNotExist", ""), POOL("'a':1"), false},
    {MATCH("disk", "DoesNotExist", ""), POOL("'a':1"), true},
    {MATCH("disk", "DoesNotExist", ""), REQUIRE("disk", "In", "'a'"), false},
    {MATCH("disk", "Exists", ""), REQUIRE("disk", "NotIn", "'a'"), true},
    {MATCH("cores", "Gt", "'8'"), REQUIRE("cores", "In", "'4','16'"), true},
    {MATCH("cores", "Gt", "'8'"), REQUIRE("cores", "In", "'4'"), false},
    {"{}", POOL("'taints':[{'key':'a','effect':'NoSchedule'}]"), false},
    {TERMS("{'matchFields':[{'key':'metadata.name','operator':'In','values':['n1']}]}"),
     POOL("'a':1"), false},
};

static void test_admission(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        cJSON *spec = parse(cases[i].pod);
        cJSON *json = parse(cases[i].place);
        const struct capacity_place place = {
            .name = "n1",
            .labels = kubernetes_member(json, "labels"),
            .taints = kubernetes_member(json, "taints"),
            .requirements = kubernetes_member(json, "requirements"),
            .can_be_made = kubernetes_member(json, "pool") != NULL,
        };
        struct capacity_classes classes = {.items = NULL};
        struct error error;
        size_t index;

        assert_true(capacity_classes_add(&classes, spec, &index, &error));
        if (capacity_class_admits(&classes.items[index], &place) != cases[i].admitted) {
            fail_msg("%s on %s", cases[i].pod, cases[i].place);
        }
        capacity_classes_release(&classes);
        cJSON_Delete(spec);
        cJSON_Delete(json);
    }
}

static size_t add(struct capacity_classes *classes, const char *text)
{
    cJSON *spec = parse(text);
    struct error error;
    size_t index = SIZE_MAX;

    assert_true(capacity_classes_add(classes, spec, &index, &error));
    cJSON_Delete(spec);
    return index;
}

/* What makes no difference to where pods may run makes no class. */
static void test_classes(void **state)
{
    struct capacity_classes classes = {.items = NULL};

    (void)state;
    assert_int_equal(add(&classes, "{}"), 0);
    assert_int_equal(add(&classes, "{'nodeName':'n1','priority':7}"), 0);
    assert_int_equal(
        add(&classes, TOLERATE("'key':'node.kubernetes.io/not-ready','operator':'Exists',"
                               "'effect':'NoExecute','tolerationSeconds':300")),
        0);
    assert_int_equal(add(&classes, SELECT("'topology.kubernetes.io/zone':'a'")), 0);
    assert_int_equal(add(&classes, SELECT("'disk':'ssd'")), 1);
    assert_int_equal(add(&classes, SELECT("'disk':'hdd'")), 2);
    assert_int_equal(add(&classes, TOLERATE("'operator':'Exists'")), 3);
    assert_int_equal(add(&classes, TERMS("")), 4);
    assert_int_equal(add(&classes, SELECT("'disk':'ssd'")), 1);
    capacity_classes_release(&classes);
}

static void test_too_many(void **state)
{
    struct capacity_classes classes = {.items = NULL};
    struct error error;
    cJSON *spec;
    size_t index;
    char text[64];

    (void)state;
    for (int i = 0; i < CAPACITY_CLASSES_MAX; i++) {
        (void)snprintf(text, sizeof text, "{'nodeSelector':{'pool':'%d'}}", i);
        assert_int_equal(add(&classes, text), i);
    }
    spec = parse("{}");
    assert_false(capacity_classes_add(&classes, spec, &index, &error));
    assert_int_equal(error.kind, ERROR_INCONSISTENT);
    cJSON_Delete(spec);
    assert_int_equal(add(&classes, text), CAPACITY_CLASSES_MAX - 1);
    capacity_classes_release(&classes);
}

static void test_long_rules(void **state)
{
    struct capacity_classes classes = {.items = NULL};
    struct error error;
    cJSON *spec = cJSON_CreateObject();
    cJSON *selector = cJSON_AddObjectToObject(spec, "nodeSelector");
    char *value = malloc(CAPACITY_RULES_BYTES_MAX + 1);
    size_t index;

    (void)state;
    assert_non_null(value);
    memset(value, 'a', CAPACITY_RULES_BYTES_MAX);
    value[CAPACITY_RULES_BYTES_MAX] = '\0';
    assert_non_null(cJSON_AddStringToObject(selector, "pool", value));
    assert_false(capacity_classes_add(&classes, spec, &index, &error));
    assert_int_equal(error.kind, ERROR_INCONSISTENT);
    assert_int_equal(classes.keys.count, 0);
    cJSON_Delete(spec);
    free(value);
    capacity_classes_release(&classes);
}

static void test_count(void **state)
{
    struct capacity_classes classes = {.items = NULL};
    const struct capacity_amounts small = {{1000, 4 * GIB, 1}};
    const struct capacity_amounts large = {{4000, GIB, 1}};
    struct capacity_class *class;

    (void)state;
    (void)add(&classes, "{}");
    class = &classes.items[0];
    capacity_class_count(class, &small, "shop/Deployment/small");
    capacity_class_count(class, &large, "shop/Deployment/large");
    capacity_class_count(class, &small, "shop/Deployment/other");
    assert_int_equal(class->required.of[CAPACITY_CPU], 6000);
    assert_int_equal(class->required.of[CAPACITY_PODS], 3);
    assert_int_equal(class->smallest.of[CAPACITY_CPU], 1000);
    assert_int_equal(class->smallest.of[CAPACITY_MEMORY], GIB);
    assert_string_equal(class->largest_names[CAPACITY_CPU], "shop/Deployment/large");
    assert_int_equal(class->largest[CAPACITY_CPU].of[CAPACITY_MEMORY], GIB);
    assert_string_equal(class->largest_names[CAPACITY_MEMORY], "shop/Deployment/small");
    assert_null(class->largest_names[CAPACITY_FIXED_RESOURCES]);
    capacity_classes_release(&classes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_admission),  cmocka_unit_test(test_classes),
        cmocka_unit_test(test_too_many),   cmocka_unit_test(test_count),
        cmocka_unit_test(test_long_rules),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
