/* SPDX-License-Identifier: Apache-2.0 */
/* Whatever a kubeconfig contains, reading it neither crashes nor leaves the server out. */

#include <stdint.h>
#include <stdlib.h>

#include "collectors/kubeconfig.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct kubeconfig kubeconfig;
    struct error error;

    if (kubeconfig_parse((const char *)data, size, "config", NULL, &kubeconfig, &error)) {
        if (kubeconfig.server == NULL || *kubeconfig.server == '\0') {
            abort();
        }
        kubeconfig_release(&kubeconfig);
    }
    return 0;
}
