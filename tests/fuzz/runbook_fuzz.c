/* SPDX-License-Identifier: Apache-2.0 */
/* Whatever a document contains, reading it neither crashes nor invents a date in the future. */

#include <stdint.h>
#include <stdlib.h>

#include "collectors/runbook_text.h"

#define NOW 1795262400.0

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new();
    struct runbook_sections sections = runbook_sections_parse(arena, "Failover, Rollback");
    struct runbook_text text = runbook_text_read(arena, (const char *)data, size, &sections, NOW);

    if ((text.validated.known && !(text.validated.value >= 0 && text.validated.value <= NOW)) ||
        (text.missing_count > 0 && text.problem == NULL)) {
        abort();
    }
    arena_free(arena);
    return 0;
}
