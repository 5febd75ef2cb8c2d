/* SPDX-License-Identifier: Apache-2.0 */
/* Which properties of librdkafka users may set, and that no secret is shown. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "collectors/kafka_client.h"

static void test_properties(void **state)
{
    static const struct {
        struct setting_pair property;
        const char *message; /* Part of it; NULL: it is fine. */
    } cases[] = {
        {{"security.protocol", "SASL_SSL"}, NULL},
        {{"sasl.mechanism", "SCRAM-SHA-512"}, NULL},
        {{"sasl.username", "monitor"}, NULL},
        {{"ssl.ca.location", "/etc/kafka/ca.pem"}, NULL},
        {{"ssl.endpoint.identification.algorithm", "https"}, NULL},
        {{"socket.timeout.ms", "3000"}, NULL},
        {{"client.id", "dr"}, NULL},
        {{"security.protocol", "s3cret"}, "refuses the value"},
        {{"ssl.nonsense", "s3cret"}, "does not know it"},
        {{"group.id", "billing"}, "only properties about how to reach brokers"},
        {{"isolation.level", "read_committed"}, "only properties about how"},
        {{"enable.auto.commit", "true"}, "only properties about how"},
        {{"client.rack", "a"}, "only properties about how"},
        {{"test.mock.num.brokers", "3"}, "only properties about how"},
        {{"bootstrap.servers", "a:1"}, "a setting of their own"},
        {{"sasl.password", "s3cret"}, "password file"},
        {{"ssl.key.password", "s3cret"}, "key password file"},
        {{"ssl.key.pem", "s3cret"}, "use ssl.key.location"},
        {{"sasl.kerberos.kinit.cmd", "sh"}, "runs no commands"},
        {{"plugin.library.paths", "/tmp/a.so"}, "loads no code"},
        {{"ssl.engine.location", "/tmp/a.so"}, "loads no code"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct setting_pair properties[2] = {cases[i].property, {NULL, NULL}};
        struct kafka_target target = {.brokers = "kafka-1:9092,kafka-2:9092",
                                      .properties = properties};
        struct error error = {.message = ""};

        print_message("%s\n", cases[i].property.key);
        assert_int_equal(kafka_target_check(&target, &error), cases[i].message == NULL);
        if (cases[i].message != NULL) {
            assert_non_null(strstr(error.message, cases[i].message));
            assert_non_null(strstr(error.message, cases[i].property.key));
            assert_null(strstr(error.message, "s3cret"));
        }
    }
}

static void test_targets_that_cannot_be(void **state)
{
    struct setting_pair properties[] = {
        {"security.protocol", "SSL"}, {"ssl.ca.location", "/nonexistent/ca.pem"}, {NULL, NULL}};
    struct kafka_target target = {.brokers = " , ", .properties = NULL};
    struct kafka_client *client;
    struct error error;

    (void)state;
    assert_false(kafka_target_check(&target, &error));
    assert_non_null(strstr(error.message, "host:port"));
    target = (struct kafka_target){.brokers = "a:1", .password_file = "/nonexistent/password"};
    assert_false(kafka_client_open(&target, &client, &error));
    assert_non_null(strstr(error.message, "/nonexistent/password"));
    target = (struct kafka_target){.brokers = "a:1", .properties = properties};
    assert_true(kafka_target_check(&target, &error));
    assert_false(kafka_client_open(&target, &client, &error));
    assert_int_equal(error.kind, ERROR_TLS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_properties),
        cmocka_unit_test(test_targets_that_cannot_be),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
