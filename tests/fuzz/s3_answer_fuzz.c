/* SPDX-License-Identifier: Apache-2.0 */
/* Whatever a store answers, it ends as a page, a retention, or an error. */

#include <stdint.h>
#include <string.h>

#include "collectors/aws_error.h"
#include "collectors/s3_answer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data;
    const struct aws_refusal refusal = {
        .status = size > 0 ? 200 + data[0] : 0, .body = text, .length = size};
    struct arena *arena = arena_new();
    struct s3_retention retention;
    struct s3_page page;
    struct error error;
    double seconds = 0;
    size_t total = 0;

    if (s3_page_read(arena, text, size, &page, &error)) {
        for (size_t i = 0; i < page.count; i++) {
            total += strlen(page.objects[i].key);
        }
        total += page.continuation != NULL ? strlen(page.continuation) : 0;
    }
    (void)s3_versions_read(text, size, "a", "1", &seconds, &error);
    (void)s3_retention_read(text, size, &retention, &error);
    (void)aws_error_set(&refusal, &error);
    arena_free(arena);
    return total > 10 * size ? 1 : 0;
}
