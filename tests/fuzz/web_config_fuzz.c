/* SPDX-License-Identifier: Apache-2.0 */
/* Fuzzes the web configuration. */

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "exporter/web_config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *report = NULL;
    struct web_config *config = web_config_load_text((const char *)data, size, "web.yml", &report);

    /* Either a configuration or an explanation. */
    if ((config == NULL) == (report == NULL)) {
        abort();
    }
    web_config_free(config);
    free(report);
    return 0;
}
