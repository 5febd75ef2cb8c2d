/* SPDX-License-Identifier: Apache-2.0 */
/* Since when objects can have been missing, by what comparisons have left. */

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "collectors/s3_replication_differing.h"

static void check_suspects(const struct s3_differing *differing,
                           const struct s3_object *const *objects, size_t count,
                           const char *expected, const double *since)
{
    struct s3_suspect suspects[4];
    char found[8] = "";

    s3_differing_suspect(differing, objects, count, suspects);
    for (size_t i = 0; i < count; i++) {
        found[i] = *suspects[i].object->key;
        assert_true(suspects[i].since <= since[i] && suspects[i].since >= since[i]);
    }
    assert_string_equal(found, expected);
}

static void test_differing(void **state)
{
    static const struct s3_object a = {.key = "a", .last_modified = 3};
    static const struct s3_object b = {.key = "b", .last_modified = 2};
    static const struct s3_object c = {.key = "c", .last_modified = 1};
    const struct s3_object *const objects[] = {&a, &b, &c};
    const struct s3_suspect suspects[] = {{&a, 10}, {&b, -HUGE_VAL}};
    /* Two keys with one hash. */
    const struct s3_suspect twice[] = {{&a, 20}, {&a, 10}};
    struct s3_differing differing = {.is_known = false};

    (void)state;
    check_suspects(&differing, objects, 3, "cba",
                   (const double[]){-HUGE_VAL, -HUGE_VAL, -HUGE_VAL});
    s3_differing_replace(&differing, suspects, 2, 100);
    /* What did not differ was there; what did is missing as long as it was. */
    check_suspects(&differing, objects, 3, "bac", (const double[]){-HUGE_VAL, 10, 100});
    s3_differing_replace(&differing, twice, 2, 200);
    check_suspects(&differing, objects, 3, "acb", (const double[]){10, 200, 200});
    s3_differing_replace(&differing, suspects, 0, 300);
    check_suspects(&differing, objects, 1, "a", (const double[]){300});
    s3_differing_release(&differing);
    check_suspects(&differing, objects, 1, "a", (const double[]){-HUGE_VAL});
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_differing)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
