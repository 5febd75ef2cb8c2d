/* SPDX-License-Identifier: Apache-2.0 */
/* gzip: zlib gets back what went in. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define ZLIB_CONST
#include <cmocka.h>
#include <zlib.h>

#include "exporter/gzip.h"

static void assert_round_trip(const char *text, size_t length)
{
    z_stream stream = {0};
    char *compressed;
    char *back = malloc(length + 1);

    assert_non_null(back);
    gzip_compress(text, length, &compressed, &length);
    stream.next_in = (const Bytef *)compressed;
    stream.avail_in = (uInt)length;
    stream.next_out = (Bytef *)back;
    stream.avail_out = (uInt)strlen(text) + 1;
    assert_int_equal(inflateInit2(&stream, 15 + 16), Z_OK);
    assert_int_equal(inflate(&stream, Z_FINISH), Z_STREAM_END);
    assert_int_equal(stream.total_out, strlen(text));
    assert_memory_equal(back, text, strlen(text));
    (void)inflateEnd(&stream);
    free(compressed);
    free(back);
}

static void test_round_trip(void **state)
{
    static const size_t lengths[] = {0, 1, 100, 65536, 3000000};

    (void)state;
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        char *text = malloc(lengths[i] + 1);
        unsigned random = 1;

        assert_non_null(text);
        for (size_t j = 0; j < lengths[i]; j++) {
            random = random * 1103515245U + 12345U;
            text[j] = (char)(' ' + (random >> 16) % 95); /* Hardly compressible. */
        }
        text[lengths[i]] = '\0';
        assert_round_trip(text, lengths[i]);
        free(text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_round_trip)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
