/* SPDX-License-Identifier: Apache-2.0 */
/* How much of what all classes need together is there: room is never counted twice. */

#include "collectors/capacity_fit.h"
#include "tests/unit/capacity_fixture.h"

struct fixture {
    struct capacity_classes classes;
    struct capacity_groups groups;
};

static void add_class(struct fixture *f, int64_t need)
{
    const struct capacity_amounts amounts = {{need}};
    cJSON *spec;
    char text[64];
    struct error error;
    size_t index;

    (void)snprintf(text, sizeof text, "{'nodeSelector':{'pool':'%zu'}}", f->classes.keys.count);
    spec = parse(text);
    assert_true(capacity_classes_add(&f->classes, spec, &index, &error));
    capacity_class_count(&f->classes.items[index], &amounts, "w");
    cJSON_Delete(spec);
}

/* `classes` is a bit a class; room INT64_MAX is without end. */
static void add_group(struct fixture *f, uint64_t classes, int64_t room)
{
    struct capacity_group group = {.classes = {{classes}}};

    group.endless[0] = room == INT64_MAX;
    group.free.of[0] = group.endless[0] ? 0 : room;
    capacity_groups_add(&f->groups, &group);
}

static struct capacity_fit fit_of(const struct fixture *f)
{
    struct capacity_fit fit;

    assert_true(capacity_fit(&f->classes, &f->groups, 0, &fit));
    return fit;
}

static void release(struct fixture *f)
{
    capacity_classes_release(&f->classes);
    capacity_groups_release(&f->groups);
}

static const struct {
    int64_t need[4]; /* 0 ends the list. */
    struct {
        uint64_t classes; /* 0 ends the list. */
        int64_t room;
    } groups[4];
    double ratio;
    int64_t available;
} cases[] = {
    {{100}, {{1, 100}}, 1, 100},
    {{100}, {{1, 50}, {1, 25}}, 0.75, 75},
    {{100}, {{0}}, 0, 0},
    {{100}, {{2, 100}}, 0, 0},
    {{100}, {{1, 0}}, 0, 0},
    /* Both may run there, but not both. */
    {{100, 100}, {{3, 100}}, 0.5, 100},
    /* The second has a place of its own, the first has not. */
    {{100, 100}, {{2, 100}, {3, 100}}, 1, 200},
    {{100, 100}, {{2, 1000}, {1, 50}}, 0.5, 1050},
    {{100, 100}, {{2, 1000}, {3, 50}}, 0.5, 1050},
    /* Each has enough for itself; the three that share have not. */
    {{10, 10, 10}, {{7, 15}, {1, 0}}, 0.5, 15},
    {{10, 10, 10}, {{3, 10}, {6, 10}, {4, 100}}, 1, 120},
    /* What the first gets first has to be moved: 0 to the second group, 1 and 2 to the first. */
    {{10, 10}, {{3, 10}, {1, 10}}, 1, 20},
    {{10, 10, 10}, {{3, 10}, {5, 10}, {1, 10}}, 1, 30},
    {{10, 20, 30}, {{1, 5}, {3, 10}, {6, 20}, {4, 5}}, 2.0 / 3, 40},
    {{1, 1000}, {{1, 1}, {2, 900}}, 0.9, 901},
    {{1, 1000}, {{1, 1}, {3, 2000}}, 2001.0 / 1001, 2001},
    /* Without end. */
    {{100}, {{1, INT64_MAX}}, INFINITY, 0},
    {{100, 100}, {{1, INT64_MAX}, {3, 50}}, 0.5, 50},
    {{100, 100}, {{2, INT64_MAX}, {3, 50}}, 0.5, 50},
    /* Larger than any cluster. */
    {{INT64_MAX - 1}, {{1, INT64_MAX - 1}}, 1, INT64_MAX - 1},
};

static void test_ratios(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct fixture f = {.groups = {0}};
        struct capacity_fit fit;

        for (size_t c = 0; c < 4 && cases[i].need[c] > 0; c++) {
            add_class(&f, cases[i].need[c]);
        }
        for (size_t g = 0; g < 4 && cases[i].groups[g].classes != 0; g++) {
            add_group(&f, cases[i].groups[g].classes, cases[i].groups[g].room);
        }
        fit = fit_of(&f);
        if (!(fit.ratio == cases[i].ratio || fabs(fit.ratio - cases[i].ratio) < 1e-9) ||
            fit.available != cases[i].available) {
            fail_msg("case %zu: %g of %lld", i, fit.ratio, (long long)fit.available);
        }
        release(&f);
    }
}

static void test_nothing_required(void **state)
{
    struct fixture f = {.groups = {0}};
    struct capacity_fit fit;

    (void)state;
    add_group(&f, 1, 100);
    assert_false(capacity_fit(&f.classes, &f.groups, 0, &fit));
    add_class(&f, 0);
    assert_false(capacity_fit(&f.classes, &f.groups, 0, &fit));
    release(&f);
}

static uint32_t draw(uint32_t *seed)
{
    *seed = *seed * 1664525U + 1013904223U;
    return *seed >> 16;
}

/* min over all sets of classes, tried one by one. */
static double try_all(const struct fixture *f)
{
    double least = INFINITY;

    for (uint64_t set = 1; set < (uint64_t)1 << f->classes.keys.count; set++) {
        double need = 0;
        double room = 0;

        for (size_t i = 0; i < f->classes.keys.count; i++) {
            need += (set >> i & 1) != 0 ? (double)f->classes.items[i].required.of[0] : 0;
        }
        for (size_t i = 0; i < f->groups.count; i++) {
            const struct capacity_group *group = &f->groups.items[i];

            room += (group->classes.words[0] & set) != 0 ? (double)group->free.of[0] : 0;
        }
        least = need > 0 && room / need < least ? room / need : least;
    }
    return least;
}

static void test_against_trying_all(void **state)
{
    uint32_t seed = 7;

    (void)state;
    for (int i = 0; i < 2000; i++) {
        struct fixture f = {.groups = {0}};
        size_t classes = 1 + draw(&seed) % 6;
        size_t groups = 1 + draw(&seed) % 10;
        double expected;
        double found;

        for (size_t c = 0; c < classes; c++) {
            add_class(&f, 1 + (int64_t)(draw(&seed) % 1000));
        }
        for (size_t g = 0; g < groups; g++) {
            add_group(&f, 1 + draw(&seed) % ((1U << classes) - 1), (int64_t)(draw(&seed) % 1000));
        }
        expected = try_all(&f);
        found = fit_of(&f).ratio;
        if (fabs(found - expected) > 1e-9 * (1 + expected)) {
            fail_msg("round %d: %.17g instead of %.17g", i, found, expected);
        }
        release(&f);
    }
}

/* Beyond the bound nodes count too little, never too much; and it takes no time that matters. */
static void test_many_groups(void **state)
{
    struct fixture f = {.groups = {0}};
    uint32_t seed = 3;
    double room = 0;
    double need = 0;
    double ratio;

    (void)state;
    for (int i = 0; i < CAPACITY_CLASSES_MAX; i++) {
        int64_t amount = 1 + (int64_t)(draw(&seed) % 1000);

        add_class(&f, amount);
        need += (double)amount;
    }
    for (int i = 0; i < 2 * CAPACITY_GROUPS_MAX; i++) {
        struct capacity_group group = {.free = {{(int64_t)(draw(&seed) % 1000)}}};

        for (size_t w = 0; w < CAPACITY_MASK_WORDS; w++) {
            group.classes.words[w] = (uint64_t)draw(&seed) << 48 | (uint64_t)draw(&seed) << 32 |
                                     (uint64_t)draw(&seed) << 16 | draw(&seed);
        }
        room += (double)group.free.of[0];
        capacity_groups_add(&f.groups, &group);
    }
    assert_int_equal(f.groups.count, CAPACITY_GROUPS_MAX);
    ratio = fit_of(&f).ratio;
    assert_true(ratio > 0 && ratio <= room / need);
    release(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ratios),
        cmocka_unit_test(test_nothing_required),
        cmocka_unit_test(test_against_trying_all),
        cmocka_unit_test(test_many_groups),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
