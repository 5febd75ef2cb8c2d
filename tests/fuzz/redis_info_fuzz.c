/* SPDX-License-Identifier: Apache-2.0 */
/* Whatever a Redis server says about itself, reading and judging it neither crashes nor leaks. */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "collectors/redis_evidence.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct redis_memory memory = {0};
    struct redis_pair pair = {.memory = &memory, .primary.peer = "::1", .replica.peer = "::1"};
    struct arena *arena = arena_new();
    struct history *history = history_new();
    struct evidence evidence = {0};
    struct error error;
    const char *info = arena_strndup(arena, (const char *)data, size);

    pair.primary.reached = redis_facts_read(arena, info, &pair.primary.facts, &error);
    pair.replica.reached = redis_facts_read(arena, info, &pair.replica.facts, &error);
    if (pair.primary.reached && redis_check_pair(&pair, &error)) {
        redis_prove(&pair, history, &evidence);
        (void)redis_explain_obstacles(arena, &pair);
    }
    history_free(history);
    arena_free(arena);
    return 0;
}
