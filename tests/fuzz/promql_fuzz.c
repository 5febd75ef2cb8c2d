/* SPDX-License-Identifier: Apache-2.0 */
/* Whatever a server answers, reading it neither crashes nor gives a number that is none; and what
 * passes for a selector has no way out of the expression that it is put into. */

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "collectors/promql_answer.h"
#include "collectors/promql_evidence.h"
#include "exporter/arena.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_evidence(const struct promql_number *number)
{
    for (enum promql_yield yield = 0; yield < PROMQL_YIELD_COUNT; yield++) {
        const struct promql_reading reading = {.yield = yield,
                                               .asked_at = number->evaluated_at,
                                               .answered_at = number->evaluated_at,
                                               .evaluated_at = number->evaluated_at,
                                               .oldest_sample = number->evaluated_at,
                                               .value = number->value};
        struct arena *arena = arena_new();
        struct evidence evidence = {.has_recovery_point = false};
        struct error error;

        (void)promql_evidence_add(&reading, arena, &evidence, &error);
        if (evidence.has_recovery_point && !(evidence.recovery_point <= reading.asked_at)) {
            abort();
        }
        arena_free(arena);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data;
    struct promql_number number;
    struct error error;
    char *copy = strndup(text, size);

    if (copy == NULL) {
        abort();
    }
    if (promql_selector_check(copy) && *copy == '(') {
        abort();
    }
    free(copy);
    if (promql_answer_read(text, size, &number, &error)) {
        if (!isfinite(number.value) || !isfinite(number.evaluated_at)) {
            abort();
        }
        read_evidence(&number);
    }
    return promql_refusal_read(size > 0 ? 200 + data[0] : 0, text, size, &error) ? 1 : 0;
}
