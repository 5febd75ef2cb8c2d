/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of "did you mean …?". */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "exporter/closest.h"

static void finds_the_nearest_word(void **state)
{
    static const char *const known[] = {
        "rto",
        "rpo",
        "interval",
        "timeout",
        "primary_dsn",
        "replica_dsn",
        "a-word-that-is-so-long-that-nobody-would-ever-misspell-it-by-mistake-we-hope",
    };
    static const struct {
        const char *word;
        const char *closest;
    } cases[] = {
        {"inteval", "interval"},
        {"intervall", "interval"},
        {"Interval", "interval"},
        {"rp", "rpo"},
        {"rio", "rto"},
        {"primary_dns", "primary_dsn"},
        {"primry_ds", "primary_dsn"},
        {"interval", "interval"},
        {"owner", NULL},
        {"", NULL},
        {"x", NULL},
        {"a-word-that-is-so-long-that-nobody-would-ever-misspell-it-by-mistake-we-hop", NULL},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *closest = closest_match(cases[i].word, known, sizeof known / sizeof known[0]);

        if (cases[i].closest == NULL) {
            assert_null(closest);
        } else {
            assert_non_null(closest);
            assert_string_equal(closest, cases[i].closest);
        }
    }
    assert_null(closest_match("rpo", known, 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_the_nearest_word),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
