/* SPDX-License-Identifier: Apache-2.0 */
/* Pages and what they should say: found, not found, and taking too long to tell. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "collectors/probe_body.h"
#include "exporter/bounds.h"
#include "exporter/clock.h"

static int64_t match_for_ms(const struct stop *stop, int64_t budget_ms, const char *text,
                            size_t length)
{
    int64_t start_ms = clock_monotonic_ms();
    struct deadline deadline = {.monotonic_ms = start_ms + budget_ms, .stop = stop};

    assert_int_equal(probe_body_matches("\\s+ok", text, length, &deadline), ANSWER_UNKNOWN);
    return clock_monotonic_ms() - start_ms;
}

static void test_a_page_of_blanks(void **state)
{
    const size_t length = PROBE_BODY_BYTES_MAX;
    char *text = malloc(length);
    struct stop stop;
    struct deadline deadline;

    (void)state;
    assert_non_null(text);
    assert_true(stop_init(&stop));
    memset(text, ' ', length);
    text[length - 1] = 'k';
    /* It would take hours. */
    assert_in_range(match_for_ms(&stop, 100, text, length), 100, 20000);
    deadline = (struct deadline){.monotonic_ms = clock_monotonic_ms() + 60000, .stop = &stop};
    assert_int_equal(probe_body_matches("k$", text, length, &deadline), ANSWER_YES);
    assert_int_equal(probe_body_matches("^ok|[a-j]k", text, length, &deadline), ANSWER_NO);
    stop_request(&stop);
    assert_in_range(match_for_ms(&stop, 600000, text, length), 0, 20000);
    stop_release(&stop);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_a_page_of_blanks)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
