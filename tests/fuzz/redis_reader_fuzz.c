/* SPDX-License-Identifier: Apache-2.0 */
/* Whatever bytes come from a port, they end as a reply or an error, in whatever pieces. */

#include <stdint.h>

#include "collectors/redis_reader.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct redis_reader *reader = redis_reader_new();
    size_t piece = size > 0 ? data[size - 1] + 1U : 1;
    bool going = true;

    for (size_t at = 0; going && at < size; at += piece) {
        redisReply *reply = NULL;
        struct error error;

        going = redis_reader_feed(reader, (const char *)data + at,
                                  size - at < piece ? size - at : piece, &reply, &error);
        if (reply != NULL) {
            freeReplyObject(reply);
        }
    }
    redis_reader_free(reader);
    return 0;
}
