/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a configuration: they are a plan or have a report, never both or neither. */

#include <stdint.h>
#include <stdlib.h>

#include "exporter/config.h"
#include "tests/unit/example_collectors.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *report = NULL;
    struct config *config = config_load_text((const char *)data, size, "fuzz.yml", &report);

    if ((config == NULL) == (report == NULL)) {
        abort();
    }
    config_free(config);
    free(report);
    return 0;
}
