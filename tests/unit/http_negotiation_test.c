/* SPDX-License-Identifier: Apache-2.0 */
/* Accept and Accept-Encoding as real clients, and rude ones, send them. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "exporter/http_negotiation.h"

#define OPENMETRICS "application/openmetrics-text"

static void test_format(void **state)
{
    static const struct {
        const char *accept;
        enum exposition_format format;
    } table[] = {
        {NULL, EXPOSITION_TEXT},
        {"", EXPOSITION_TEXT},
        {"*/*", EXPOSITION_TEXT}, /* curl */
        /* Prometheus 2.42. */
        {OPENMETRICS ";version=1.0.0," OPENMETRICS ";version=0.0.1;q=0.75,"
                     "text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
         EXPOSITION_OPENMETRICS},
        /* Prometheus 3, with parameters that we do not know. */
        {OPENMETRICS ";version=1.0.0;escaping=allow-utf-8;q=0.6," OPENMETRICS
                     ";version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,"
                     "text/plain;version=0.0.4;q=0.3,*/*;q=0.2",
         EXPOSITION_OPENMETRICS},
        /* Prometheus with protobuf first, which we do not have. */
        {"application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;"
         "encoding=delimited;q=0.6," OPENMETRICS ";version=1.0.0;q=0.5,*/*;q=0.1",
         EXPOSITION_OPENMETRICS},
        {"text/plain;version=0.0.4", EXPOSITION_TEXT},
        {"text/plain;version=0.0.4;q=0.3," OPENMETRICS ";version=1.0.0;q=0.5",
         EXPOSITION_OPENMETRICS},
        {OPENMETRICS ";version=1.0.0;q=0.2,text/plain;q=0.3", EXPOSITION_TEXT},
        {OPENMETRICS ";version=1.0.0;q=0.5,text/plain;q=0.5", EXPOSITION_TEXT},
        {OPENMETRICS, EXPOSITION_OPENMETRICS},
        {OPENMETRICS "; charset=utf-8", EXPOSITION_OPENMETRICS},
        {OPENMETRICS ";version=\"1.0.0\"", EXPOSITION_OPENMETRICS},
        {" Application/OpenMetrics-Text ; Version=1.0.0 ; Q=1.0 ", EXPOSITION_OPENMETRICS},
        {OPENMETRICS ";version=0.0.1", EXPOSITION_TEXT},
        {OPENMETRICS ";version=2.0.0", EXPOSITION_TEXT},
        {OPENMETRICS ";q=0", EXPOSITION_TEXT},
        {OPENMETRICS ";q=0.000,*/*;q=0.5", EXPOSITION_TEXT},
        {"*/*;q=0.1," OPENMETRICS ";q=0.001", EXPOSITION_TEXT},
        {"text/plain;q=0," OPENMETRICS ";q=0.001", EXPOSITION_OPENMETRICS},
        {"text/*;q=0,*/*", EXPOSITION_OPENMETRICS},
        /* A browser. */
        {"text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8",
         EXPOSITION_TEXT},
        /* Qualities that are none count as 0. */
        {OPENMETRICS ";q=2", EXPOSITION_TEXT},
        {OPENMETRICS ";q=-1", EXPOSITION_TEXT},
        {OPENMETRICS ";q=0.1234", EXPOSITION_TEXT},
        {OPENMETRICS ";q=", EXPOSITION_TEXT},
        {OPENMETRICS ";q=high", EXPOSITION_TEXT},
        {OPENMETRICS ";q", EXPOSITION_OPENMETRICS}, /* No value: no parameter. */
        {",,,;;=,;q=1," OPENMETRICS ",", EXPOSITION_OPENMETRICS},
        {"application/openmetrics-textual", EXPOSITION_TEXT},
        {"application/openmetrics", EXPOSITION_TEXT},
    };

    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        if (http_negotiate_format(table[i].accept) != table[i].format) {
            fail_msg("Accept: %s", table[i].accept);
        }
    }
}

static void test_gzip(void **state)
{
    static const struct {
        const char *accept_encoding;
        bool gzip;
    } table[] = {
        {NULL, false},
        {"", false},
        {"gzip", true},
        {"GZIP", true},
        {"x-gzip", true},
        {"gzip, deflate, br", true},
        {"deflate, gzip;q=1.0, *;q=0.5", true},
        {"deflate", false},
        {"identity", false},
        {"gzip;q=0", false},
        {"gzip;q=0.0", false},
        {"gzip; q=0 , *", false},
        {"*", true},
        {"*;q=0", false},
        {"identity, gzip;q=0.5", false},
        {"identity;q=0.5, gzip", true},
        {"identity;q=0, gzip;q=0.1", true},
        {"gzipped", false},
        {"gzip;q=nonsense", false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        if (http_accepts_gzip(table[i].accept_encoding) != table[i].gzip) {
            fail_msg("Accept-Encoding: %s", table[i].accept_encoding);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_format),
        cmocka_unit_test(test_gzip),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
