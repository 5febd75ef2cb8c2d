/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a .prom file: what is read without a problem can be written and read again. */

#include <stdint.h>
#include <stdlib.h>

#include "exporter/drill_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new();
    struct drill_file file;
    struct drill_file again;
    struct buffer text;

    drill_file_read(arena, (const char *)data, size, 2e9, &file);
    if (file.document.problems.count == 0) {
        buffer_init(&text, 1024);
        drill_file_print(&text, arena, &file);
        drill_file_read(arena, text.text, text.length, 2e9, &again);
        if (again.document.problems.count > 0 || again.result_count != file.result_count ||
            again.validation_count != file.validation_count) {
            abort();
        }
        buffer_release(&text);
    }
    arena_free(arena);
    return 0;
}
