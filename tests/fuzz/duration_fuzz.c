/* SPDX-License-Identifier: Apache-2.0 */
/* Any text as a duration and a size: what is read can be written and read again. */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "exporter/duration.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = strndup((const char *)data, size);
    char formatted[DURATION_TEXT_BYTES];
    int64_t value;
    int64_t again;

    if (duration_parse(text, &value)) {
        duration_format(formatted, value);
        if (!duration_parse(formatted, &again) || again != value) {
            abort();
        }
        duration_describe(formatted, (double)value / 1000);
    }
    (void)size_parse(text, &value);
    free(text);
    return 0;
}
