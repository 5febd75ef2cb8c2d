/* SPDX-License-Identifier: Apache-2.0 */
/* Any names and values can be signed, and never break out of their line. */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "collectors/aws_sigv4.h"

#define TEXTS 7

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The input is texts, separated by zero bytes. */
static void split(const uint8_t *data, size_t size, char *texts[TEXTS])
{
    for (size_t i = 0; i < TEXTS; i++) {
        size_t length = strnlen((const char *)data, size);

        texts[i] = strndup((const char *)data, length);
        length += length < size ? 1 : 0;
        data += length;
        size -= length;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *texts[TEXTS];
    char *path;
    char *query;
    char *authorization;

    split(data, size, texts);
    path = aws_uri_encode(texts[0], true);
    {
        const struct aws_pair pairs[] = {
            {texts[1], texts[2]}, {texts[3], texts[4]}, {"a", texts[5]}};
        const struct aws_pair headers[] = {{"host", texts[6]}, {"x-amz-date", "20261121T000000Z"}};
        const struct aws_request request = {.method = "GET",
                                            .path = path,
                                            .query = pairs,
                                            .query_count = 3,
                                            .headers = headers,
                                            .header_count = 2,
                                            .payload_sha256 = ""};
        const struct aws_signer signer = {"id", "secret", "region", size % 2 != 0 ? "s3" : "sts"};

        query = aws_query_text(pairs, 3);
        authorization = aws_authorization(&request, &signer);
    }
    if (strpbrk(path, "\r\n ?#") != NULL || strpbrk(query, "\r\n #?/") != NULL ||
        strpbrk(authorization, "\r\n") != NULL) {
        abort();
    }
    free(path);
    free(query);
    free(authorization);
    for (size_t i = 0; i < TEXTS; i++) {
        free(texts[i]);
    }
    return 0;
}
