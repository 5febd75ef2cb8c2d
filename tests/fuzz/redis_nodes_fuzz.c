/* SPDX-License-Identifier: Apache-2.0 */
/* Whatever CLUSTER NODES answers, reading it neither crashes nor leaks. */

#include <stdint.h>

#include "collectors/redis_nodes.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new();
    const char *text = arena_strndup(arena, (const char *)data, size);
    struct redis_nodes nodes;
    struct error error;

    (void)redis_nodes_read(arena, text, &nodes, &error);
    (void)redis_nodes_check_state(text, &error);
    arena_free(arena);
    return 0;
}
