/* SPDX-License-Identifier: Apache-2.0 */
/* Consumer groups and their checkpoints: who could resume, and how far back. */

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "collectors/mirrormaker_groups.h"

#define NOW 1700000000.0
#define MAX_AGE 300.0

struct fixture {
    struct arena *arena;
    struct mirrormaker_checkpoints *checkpoints;
    struct mirrormaker_marks marks;
    struct mirrormaker_group_facts facts;
    size_t count;
    struct mirrormaker_group_result result;
};

static void set_up(struct fixture *f)
{
    *f = (struct fixture){
        .arena = arena_new(),
        .checkpoints = mirrormaker_checkpoints_new(),
        .facts = {.group = "billing",
                  .topic = "orders",
                  .remote_topic = "A.orders",
                  .committed = 500,
                  .source_known = true,
                  .copy_known = true,
                  .copy_end = 1000},
    };
}

static void tear_down(struct fixture *f)
{
    mirrormaker_marks_release(&f->marks);
    mirrormaker_checkpoints_free(f->checkpoints);
    arena_free(f->arena);
}

static void checkpoint(struct fixture *f, int64_t upstream, int64_t downstream, double time)
{
    struct mirrormaker_checkpoint_row row = {
        .known = upstream >= 0, .upstream = upstream, .downstream = downstream};

    (void)snprintf(row.group.text, sizeof row.group.text, "billing");
    (void)snprintf(row.topic.text, sizeof row.topic.text, "A.orders");
    mirrormaker_checkpoints_add(f->checkpoints, &row, (int64_t)(time * 1000));
}

static void judge(struct fixture *f, double now)
{
    struct mirrormaker_group_result *results = mirrormaker_groups_judge(
        &f->facts, 1, f->checkpoints, &f->marks, MAX_AGE, now, 0, f->arena, &f->count);

    assert_int_equal(f->count, 1);
    f->result = results[0];
}

static void assert_near(double value, double expected)
{
    assert_true(fabs(value - expected) < 0.01);
}

static void test_group_that_stands_still(void **state)
{
    struct fixture f;

    (void)state;
    set_up(&f);
    checkpoint(&f, 500, 500, NOW - 90000);
    judge(&f, NOW);
    assert_string_equal(f.result.group, "billing");
    assert_int_equal(f.result.missing + f.result.invalid, 0);
    assert_int_equal(f.result.again, 0);
    assert_near(f.result.checkpoint_age, 0);
    tear_down(&f);
}

static void test_checkpoint_behind_the_group(void **state)
{
    struct fixture f;

    (void)state;
    set_up(&f);
    checkpoint(&f, 400, 380, NOW - 40);
    judge(&f, NOW);
    /* Nobody saw when it moved; not before the checkpoint was written. */
    assert_near(f.result.checkpoint_age, 40);
    assert_int_equal(f.result.again, 100);
    f.facts.has_pair = true;
    f.facts.upstream = 600;
    f.facts.downstream = 600;
    judge(&f, NOW + 15);
    assert_near(f.result.checkpoint_age, 55);
    assert_int_equal(f.result.again, 120);
    /* The next one is where the group was not long ago. */
    checkpoint(&f, 490, 490, NOW + 20);
    judge(&f, NOW + 30);
    assert_near(f.result.checkpoint_age, 15);
    assert_int_equal(f.result.again, 10);
    checkpoint(&f, 500, 500, NOW + 40);
    judge(&f, NOW + 45);
    assert_near(f.result.checkpoint_age, 0);
    f.facts.committed = 510;
    judge(&f, NOW + 60);
    assert_near(f.result.checkpoint_age, 15);
    tear_down(&f);
}

static void test_no_checkpoint(void **state)
{
    struct fixture f;

    (void)state;
    set_up(&f);
    judge(&f, NOW);
    assert_int_equal(f.result.missing, 1);
    assert_string_equal(f.result.first_topic, "orders");
    /* It has consumed nothing that is still there. */
    f.facts.source_start = 500;
    judge(&f, NOW + 15);
    assert_int_equal(f.result.missing, 0);
    /* One that is deleted does not count. */
    f.facts.source_start = 0;
    checkpoint(&f, 500, 500, NOW);
    checkpoint(&f, -1, 0, NOW + 1);
    judge(&f, NOW + 30);
    judge(&f, NOW + 30 + MAX_AGE + 1);
    assert_int_equal(f.result.missing, 1);
    tear_down(&f);
}

/* A group that appears while we watch has some time for its first checkpoint. */
static void test_new_group(void **state)
{
    struct fixture f;
    size_t count;

    (void)state;
    set_up(&f);
    (void)mirrormaker_groups_judge(NULL, 0, f.checkpoints, &f.marks, MAX_AGE, NOW, 0, f.arena,
                                   &count);
    assert_int_equal(count, 0);
    judge(&f, NOW + 15);
    assert_int_equal(f.result.missing, 0);
    judge(&f, NOW + 15 + MAX_AGE);
    assert_int_equal(f.result.missing, 0);
    judge(&f, NOW + 16 + MAX_AGE);
    assert_int_equal(f.result.missing, 1);
    tear_down(&f);
}

static void test_checkpoint_outside_of_the_copy(void **state)
{
    struct fixture f;

    (void)state;
    set_up(&f);
    checkpoint(&f, 500, 1001, NOW);
    judge(&f, NOW);
    assert_int_equal(f.result.invalid, 1);
    checkpoint(&f, 500, 10, NOW);
    f.facts.copy_start = 20;
    judge(&f, NOW);
    assert_int_equal(f.result.invalid, 1);
    /* It is as far back at the source. */
    f.facts.source_start = 501;
    judge(&f, NOW);
    assert_int_equal(f.result.invalid, 0);
    tear_down(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_group_that_stands_still),
        cmocka_unit_test(test_checkpoint_behind_the_group),
        cmocka_unit_test(test_no_checkpoint),
        cmocka_unit_test(test_new_group),
        cmocka_unit_test(test_checkpoint_outside_of_the_copy),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
