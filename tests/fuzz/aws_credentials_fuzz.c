/* SPDX-License-Identifier: Apache-2.0 */
/* Credentials of any source are whole and fit into headers, or an error. */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "collectors/aws_credentials.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool good, struct aws_credentials *credentials)
{
    if (good) {
        if (*credentials->access_key_id == '\0' ||
            strpbrk(credentials->secret_access_key, "\r\n ") != NULL) {
            abort();
        }
        aws_credentials_release(credentials);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = strndup((const char *)data, size);
    struct aws_credentials credentials;
    struct error error;

    check(aws_credentials_read_file(text, "default", &credentials, &error), &credentials);
    check(aws_credentials_read_json((const char *)data, size, &credentials, &error), &credentials);
    check(aws_credentials_read_xml((const char *)data, size, &credentials, &error), &credentials);
    free(text);
    return 0;
}
