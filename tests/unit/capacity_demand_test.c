/* SPDX-License-Identifier: Apache-2.0 */
/* What is needed: which pods count, what nobody knows, and whether it is deployed at both ends. */

#include "collectors/capacity_parity.h"
#include "tests/unit/capacity_room.h"

static const struct setting_pair assumed[] = {{"cpu", "500m"}, {"memory", "1Gi"}, {NULL, NULL}};
static const struct setting_pair nothing[] = {{"cpu", "0"}, {"memory", "0"}, {NULL, NULL}};

/* A name that nothing is in: it is as if one had not asked. */
static void test_named_namespaces(void **state)
{
    static const char *const names[] = {"shop", "chekout", NULL};
    struct fixture f;
    struct error error;

    (void)state;
    begin(&f);
    f.settings.namespaces = names;
    need(&f, POD("a-0", "a", "2", ON("east-1")));
    assert_false(capacity_demand_check(&f.demand, &error));
    assert_int_equal(error.kind, ERROR_NOT_FOUND);
    assert_non_null(strstr(error.message, "no pod of namespace \"chekout\""));
    need(&f, "{'metadata':{'namespace':'chekout','name':'b'},'spec':{'containers':[{'name':'c',"
             "'resources':{'requests':{'cpu':'1','memory':'1Gi'}}}]}}");
    assert_true(capacity_demand_check(&f.demand, &error));
    /* The list begins again. */
    capacity_demand_visitor(&f.demand).restart(&f.demand);
    need(&f, POD("a-0", "a", "2", ON("east-1")));
    assert_false(capacity_demand_check(&f.demand, &error));
    capacity_demand_release(&f.demand);
    arena_free(f.arena);
}

/* What a pod without requests needs nobody knows, unless somebody says so. */
static void test_unrequested(void **state)
{
    static const char *const requests[] = {"", "'cpu':'2'", "'memory':'2Gi'", "'cpu':'0'"};
    static const char *const ignored[] = {"cpu", "memory", NULL};

    (void)state;
    for (size_t i = 0; i < sizeof requests / sizeof requests[0]; i++) {
        struct fixture f;
        struct error error;
        char text[1000];

        (void)snprintf(text, sizeof text,
                       "{'metadata':{'namespace':'shop','name':'b'},'spec':{'containers':[{'name':"
                       "'c','resources':{'requests':{%s}}}]}}",
                       requests[i]);
        begin(&f);
        need(&f, POD("a-0", "a", "2", ON("east-1")));
        need(&f, text);
        assert_int_equal(f.demand.unrequested, 1);
        assert_false(capacity_demand_check(&f.demand, &error));
        assert_int_equal(error.kind, ERROR_INCONSISTENT);
        assert_non_null(strstr(error.message, "1 pods have a container that requests no CPU or "
                                              "no memory (one of shop/Pod/b)"));
        f.settings.unrequested = nothing;
        assert_true(capacity_demand_check(&f.demand, &error));
        capacity_demand_visitor(&f.demand).restart(&f.demand);
        f.settings.unrequested = assumed;
        need(&f, text);
        assert_true(capacity_demand_check(&f.demand, &error));
        assert_int_equal(f.demand.classes.items[0].required.of[CAPACITY_CPU], i == 1 ? 2000 : 500);
        assert_int_equal(f.demand.classes.items[0].required.of[CAPACITY_MEMORY],
                         (i == 2 ? 2 : 1) * GIB);
        /* The same in the DR cluster; DaemonSets are the nodes' own. */
        begin_supply(&f);
        run(&f, "{'metadata':{'namespace':'x','name':'x'},'spec':{'nodeName':'w'}}");
        run(&f, "{'metadata':{'namespace':'x','name':'y','ownerReferences':[{'kind':'DaemonSet',"
                "'name':'d','controller':true}]},'spec':{'nodeName':'w'}}");
        assert_int_equal(f.supply.used[0].of[CAPACITY_CPU], 500);
        end(&f);

        /* What does not count need not be requested. */
        begin(&f);
        f.demand.resources.ignored = ignored;
        need(&f, text);
        assert_int_equal(f.demand.unrequested, 0);
        capacity_demand_release(&f.demand);
        arena_free(f.arena);
    }
}

#define C(name, rest) "{'name':'" name "'," rest "}"
#define FULL "'resources':{'requests':{'cpu':'10m','memory':'40Mi'}}"
#define BARE "'image':'b'"

/* What is put beside a container, or before it, does not tell what that one needs. */
static void test_containers_without_requests(void **state)
{
    static const struct {
        const char *spec;
        size_t unrequested;
        int64_t cpu; /* What it counts. */
    } cases[] = {
        {"'containers':[" C("a", FULL) "," C("b", FULL) "]", 0, 20},
        {"'containers':[" C("a", FULL) "," C("b", BARE) "]", 1, 500},
        {"'containers':[" C("a", BARE) "," C("b", FULL) "]", 1, 500},
        {"'initContainers':[" C("a", FULL) "],'containers':[" C("b", BARE) "]", 1, 500},
        {"'overhead':{'cpu':'1','memory':'2Gi'},'containers':[" C("b", BARE) "]", 1, 1000},
        /* One that ends before them needs no more than nobody knows that they need. */
        {"'initContainers':[" C("a", BARE) "],'containers':[" C("b", FULL) "]", 0, 10},
        {"'initContainers':[" C("a", "'restartPolicy':'Always'") "],'containers':[" C("b",
                                                                                      FULL) "]",
         1, 500},
        {FULL ",'containers':[" C("a", BARE) "]", 0, 10},
        {"'resources':{'requests':{'cpu':'10m'}},'containers':[" C("a", BARE) "]", 1, 10},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct fixture f;
        char text[1000];

        (void)snprintf(text, sizeof text,
                       "{'metadata':{'namespace':'shop','name':'b'},'spec':{%s}}", cases[i].spec);
        begin(&f);
        f.settings.unrequested = assumed;
        need(&f, text);
        if (f.demand.unrequested != cases[i].unrequested ||
            f.demand.classes.items[0].required.of[CAPACITY_CPU] != cases[i].cpu) {
            fail_msg("%zu, %lld: %s", f.demand.unrequested,
                     (long long)f.demand.classes.items[0].required.of[CAPACITY_CPU], text);
        }
        capacity_demand_release(&f.demand);
        arena_free(f.arena);
    }
}

static void test_selection(void **state)
{
    static const char *const listed[] = {"shop", "kube-system", NULL};
    static const char *const others[] = {"cart", NULL};
    struct capacity_settings settings = {.namespaces = NULL};
    struct fixture f;
    struct error error;

    (void)state;
    assert_true(capacity_settings_include(&settings, "shop"));
    assert_false(capacity_settings_include(&settings, "kube-system"));
    settings.exclude_namespaces = others;
    assert_true(capacity_settings_include(&settings, "kube-system"));
    assert_false(capacity_settings_include(&settings, "cart"));
    settings = (struct capacity_settings){.namespaces = listed};
    assert_true(capacity_settings_include(&settings, "kube-system"));
    assert_false(capacity_settings_include(&settings, "cart"));

    begin(&f);
    f.settings.namespaces = others;
    need(&f, POD("a-0", "a", "2", ON("east-1")));
    assert_int_equal(f.demand.left_out, 1);
    /* Nothing that is needed proves nothing. */
    assert_false(capacity_demand_check(&f.demand, &error));
    assert_int_equal(error.kind, ERROR_NOT_FOUND);
    f.settings.namespaces = NULL;
    need(&f, "{'metadata':{'namespace':'a','name':'b'},'spec':{'resourceClaims':[{'name':'g'}]}}");
    assert_int_equal(f.demand.unrequested, 1);
    f.settings.unrequested = assumed;
    assert_false(capacity_demand_check(&f.demand, &error));
    assert_int_equal(error.kind, ERROR_INCONSISTENT);
    assert_non_null(strstr(error.message, "claim devices"));
    f.settings.unrequested = NULL;
    /* A list that begins again. */
    capacity_demand_visitor(&f.demand).restart(&f.demand);
    need(&f, POD("a-0", "a", "2", ON("east-1")));
    need(&f, "{'metadata':{'namespace':'a','name':'b'},'status':{'phase':'Succeeded'}}");
    assert_int_equal(f.demand.scheduled, 1);
    assert_true(capacity_demand_check(&f.demand, &error));
    begin_supply(&f);
    run(&f, POD("x-0", "x", "3", ON("w")));
    capacity_supply_pods(&f.supply).restart(&f.supply);
    offer(&f, NODE("w", "8", ""));
    capacity_supply_nodes(&f.supply).restart(&f.supply);
    offer(&f, NODE("w", "4", ""));
    assert_ratio(&f, 2, "cpu");
    end(&f);
}

static void test_parity(void **state)
{
    static const char web[] = "{'metadata':{'namespace':'shop','name':'web'},'spec':{'replicas':2,"
                              "'template':{'spec':{'containers':[{'name':'a','image':'%s'},"
                              "{'name':'b','image':'east.example.com/x/b@sha256:1'}]}}}}";
    struct fixture f;
    struct capacity_parity parity = {.demand = &f.demand};
    char text[1000];

    (void)state;
    begin(&f);
    (void)snprintf(text, sizeof text, web, "east.example.com/x/a:1");
    must_visit(capacity_parity_primary(&parity), "Deployment", text);
    must_visit(capacity_parity_primary(&parity), "StatefulSet", text);
    must_visit(capacity_parity_primary(&parity), "Deployment",
               "{'metadata':{'namespace':'shop','name':'off'},'spec':{'replicas':0}}");
    must_visit(capacity_parity_primary(&parity), "Deployment",
               "{'metadata':{'namespace':'kube-system','name':'dns'},'spec':{}}");
    assert_int_equal(parity.names.count, 2);
    assert_int_equal(capacity_parity_count(&parity, CAPACITY_MISSING), 2);
    /* The same from another registry, in another order, scaled to nothing. */
    must_visit(capacity_parity_recovery(&parity), "Deployment",
               "{'metadata':{'namespace':'shop','name':'web'},'spec':{'replicas':0,'template':{"
               "'spec':{'containers':[{'name':'b','image':'b@sha256:1'},{'name':'a','image':"
               "'west.example.com/a:1'}]}}}}");
    (void)snprintf(text, sizeof text, web, "east.example.com/x/a:2");
    must_visit(capacity_parity_recovery(&parity), "StatefulSet", text);
    must_visit(capacity_parity_recovery(&parity), "StatefulSet",
               "{'metadata':{'namespace':'shop','name':'more'},'spec':{}}");
    assert_int_equal(capacity_parity_count(&parity, CAPACITY_MISSING), 0);
    assert_int_equal(capacity_parity_count(&parity, CAPACITY_SAME), 1);
    assert_int_equal(capacity_parity_count(&parity, CAPACITY_MISMATCHED), 1);
    capacity_parity_release(&parity);
    /* With a selector those count whose pods do: what labels they have themselves is not asked. */
    f.settings.selector = "app=a";
    need(&f, POD("a-0", "a", "2", ON("east-1")));
    parity = (struct capacity_parity){.demand = &f.demand};
    must_visit(capacity_parity_primary(&parity), "StatefulSet",
               "{'metadata':{'namespace':'shop','name':'a'},'spec':{}}");
    must_visit(capacity_parity_primary(&parity), "Deployment",
               "{'metadata':{'namespace':'shop','name':'a'},'spec':{}}");
    assert_int_equal(parity.names.count, 1);
    assert_string_equal(parity.names.names[0], "shop/StatefulSet/a");
    capacity_parity_release(&parity);
    capacity_demand_release(&f.demand);
    arena_free(f.arena);
}

static const struct {
    const char *ours;
    const char *theirs;
    bool same;
} images[] = {
    {"web:1", "west.example.com:5000/mirror/web:1", true},
    {"web:1", "web:2", false},
    {"web:1", "wob:1", false},
    {"web", "east.example.com/web:latest", true},
    {"web", "web:1", false},
    {"web@sha256:1", "x/web@sha256:1", true},
    {"web:1@sha256:1", "web@sha256:1", true},
    {"web:1@sha256:1", "web:1@sha256:2", false},
    /* The same or not, nobody knows. */
    {"web:1@sha256:1", "web:1", false},
    {"localhost:5000/web", "web", true},
    {"", "web", false},
};

static void test_images(void **state)
{
    struct fixture f;

    (void)state;
    begin(&f);
    for (size_t i = 0; i < sizeof images / sizeof images[0]; i++) {
        struct capacity_parity parity = {.demand = &f.demand};
        static const char item[] = "{'metadata':{'namespace':'shop','name':'w'},'spec':{'template':"
                                   "{'spec':{'containers':[{'name':'a','image':'%s'}]}}}}";
        char text[1000];

        (void)snprintf(text, sizeof text, item, images[i].ours);
        must_visit(capacity_parity_primary(&parity), "Deployment", text);
        (void)snprintf(text, sizeof text, item, images[i].theirs);
        must_visit(capacity_parity_recovery(&parity), "Deployment", text);
        if (capacity_parity_count(&parity, CAPACITY_SAME) != (images[i].same ? 1 : 0)) {
            fail_msg("%s, %s", images[i].ours, images[i].theirs);
        }
        capacity_parity_release(&parity);
    }
    capacity_demand_release(&f.demand);
    arena_free(f.arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_named_namespaces), cmocka_unit_test(test_unrequested),
        cmocka_unit_test(test_selection),        cmocka_unit_test(test_parity),
        cmocka_unit_test(test_images),           cmocka_unit_test(test_containers_without_requests),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
