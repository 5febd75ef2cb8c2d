/* SPDX-License-Identifier: Apache-2.0 */
/* A whole text in gzip form. */

#include "exporter/gzip.h"

#include <limits.h>
#include <stdlib.h>

#define ZLIB_CONST /* Input is read only. */
#include <zlib.h>

/* The largest window, plus 16 to ask zlib for a gzip header instead of its own. */
#define GZIP_WINDOW_BITS (15 + 16)
#define MEMORY_LEVEL 8

void gzip_compress(const char *text, size_t length, char **ret_bytes, size_t *ret_length)
{
    z_stream stream = {.next_in = (const Bytef *)text};
    size_t capacity;
    char *bytes;

    /* The quickest level: expositions shrink to a tenth with any, and scrapes should be short. */
    if (deflateInit2(&stream, Z_BEST_SPEED, Z_DEFLATED, GZIP_WINDOW_BITS, MEMORY_LEVEL,
                     Z_DEFAULT_STRATEGY) != Z_OK) {
        abort();
    }
    capacity = deflateBound(&stream, length);
    bytes = malloc(capacity);
    if (bytes == NULL || capacity > UINT_MAX) {
        abort();
    }
    stream.next_out = (Bytef *)bytes;
    stream.avail_out = (uInt)capacity;
    stream.avail_in = (uInt)length;
    if (deflate(&stream, Z_FINISH) != Z_STREAM_END) {
        abort();
    }
    *ret_length = (size_t)stream.total_out;
    *ret_bytes = bytes;
    (void)deflateEnd(&stream);
}
