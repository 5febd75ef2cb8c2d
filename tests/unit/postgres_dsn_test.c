/* SPDX-License-Identifier: Apache-2.0 */
/* Connection strings: hosts of a list one by one, and nothing of a password in a message. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "collectors/postgres_dsn.h"

static const char *value_of(const struct postgres_parameters *parameters, const char *key)
{
    for (size_t i = 0; i < parameters->count; i++) {
        if (strcmp(parameters->keys[i], key) == 0) {
            return parameters->values[i];
        }
    }
    return "none";
}

static void test_strings_that_are_refused(void **state)
{
    static const char *const table[] = {
        "host=a prot=5432 password=s3cret",
        "s3cret",
        "postgresql://u:s3cr@et7Q@host/db",
        "postgresql://u:s3cr:et7Q@host@other:1/db",
        "host=a port=s3cret",
        "host=a,b/s3cret",
        "postgresql://u:p@host:s3cret/db",
    };

    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        struct postgres_dsn dsn;
        struct error error;

        assert_false(postgres_dsn_parse(table[i], &dsn, &error));
        assert_null(strstr(error.message, "s3c"));
        assert_null(strstr(error.message, "et7Q"));
    }
}

static void test_hosts(void **state)
{
    static const struct {
        const char *text;
        size_t count;
        const char *hosts[3];
        const char *ports[3];
        const char *addresses[3];
    } table[] = {
        {"dbname=x", 1, {"none"}, {"none"}, {"none"}},
        {"host=a", 1, {"a"}, {"none"}, {"none"}},
        {"host=/var/run/pg,b port=1", 2, {"/var/run/pg", "b"}, {"1", "1"}, {"none", "none"}},
        {"host=a,b,c port=1,2,3", 3, {"a", "b", "c"}, {"1", "2", "3"}, {"none", "none", "none"}},
        {"hostaddr=1.2.3.4,::1 port=7", 2, {"none", "none"}, {"7", "7"}, {"1.2.3.4", "::1"}},
        {"postgresql://u@[::1]:5,b:6/x", 2, {"::1", "b"}, {"5", "6"}, {"none", "none"}},
    };

    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        struct postgres_dsn dsn;
        struct error error;

        assert_true(postgres_dsn_parse(table[i].text, &dsn, &error));
        assert_int_equal(dsn.host_count, table[i].count);
        for (size_t host = 0; host < dsn.host_count; host++) {
            struct postgres_parameters parameters;

            postgres_parameters_init(&parameters, &dsn, host, "secret");
            assert_string_equal(value_of(&parameters, "host"), table[i].hosts[host]);
            assert_string_equal(value_of(&parameters, "port"), table[i].ports[host]);
            assert_string_equal(value_of(&parameters, "hostaddr"), table[i].addresses[host]);
            assert_string_equal(value_of(&parameters, "application_name"), "dr_exporter");
            assert_string_equal(value_of(&parameters, "password"), "secret");
            assert_null(parameters.keys[parameters.count]);
            postgres_parameters_release(&parameters);
        }
        postgres_dsn_release(&dsn);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_strings_that_are_refused),
        cmocka_unit_test(test_hosts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
