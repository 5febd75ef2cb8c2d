/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of reading secrets: what is taken off, what is refused, and that nothing is told. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "exporter/bounds.h"
#include "exporter/cleanup.h"
#include "exporter/secret.h"

static char path[] = "/tmp/secret_test_XXXXXX";

static int create_file(void **state)
{
    CLEANUP(close_descriptor) int descriptor = mkstemp(path);

    (void)state;
    return descriptor < 0 ? -1 : 0;
}

static int remove_file(void **state)
{
    (void)state;
    return remove(path);
}

static void write_secret(const char *text, size_t length)
{
    FILE *file = fopen(path, "w");

    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, length, file), length);
    assert_int_equal(fclose(file), 0);
}

static void takes_the_line_end_off(void **state)
{
    static const struct {
        const char *text;
        const char *secret;
    } cases[] = {
        {"s3cret", "s3cret"}, {"s3cret\n", "s3cret"},     {"s3cret\r\n", "s3cret"},
        {" s ", " s "},       {"s3cret\n\n", "s3cret\n"}, {"a\nb", "a\nb"},
        {"s\r", "s\r"},       {"\xC3\xA4\n", "\xC3\xA4"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        CLEANUP(secret_free) char *secret = NULL;
        struct error error;

        write_secret(cases[i].text, strlen(cases[i].text));
        assert_true(secret_read(path, &secret, &error));
        assert_string_equal(secret, cases[i].secret);
    }
}

static void refuses_what_is_no_secret(void **state)
{
    static const struct {
        const char *text;
        size_t length;
        const char *message;
    } cases[] = {
        {"", 0, "is empty; write the secret into it"},
        {"\n", 1, "is empty; write the secret into it"},
        {"\r\n", 2, "is empty; write the secret into it"},
        {"s3cret\0x", 8, "contains a zero byte; a secret is text"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        CLEANUP(secret_free) char *secret = NULL;
        CLEANUP(free_text) char *message = NULL;
        struct error error;

        write_secret(cases[i].text, cases[i].length);
        assert_false(secret_read(path, &secret, &error));
        assert_null(secret);
        assert_int_equal(error.kind, ERROR_AUTH);
        assert_true(asprintf(&message, "%s: %s", path, cases[i].message) > 0);
        assert_string_equal(error.message, message);
    }
}

static void refuses_a_large_file(void **state)
{
    char *text = malloc(SECRET_BYTES_MAX + 1);
    CLEANUP(secret_free) char *secret = NULL;
    struct error error;

    (void)state;
    assert_non_null(text);
    memset(text, 'x', SECRET_BYTES_MAX + 1);
    write_secret(text, SECRET_BYTES_MAX);
    assert_true(secret_read(path, &secret, &error));
    assert_int_equal(strlen(secret), SECRET_BYTES_MAX);
    secret_free(&secret);
    write_secret(text, SECRET_BYTES_MAX + 1);
    assert_false(secret_read(path, &secret, &error));
    assert_non_null(strstr(error.message, ": cannot be read: it is larger than 65536 bytes"));
    assert_null(strchr(strchr(error.message, ' '), 'x'));
    free(text);
}

static void tells_why_a_file_cannot_be_read(void **state)
{
    static const struct {
        const char *path;
        enum error_kind kind;
        const char *message;
    } cases[] = {
        {"/nowhere/secret", ERROR_NOT_FOUND,
         "/nowhere/secret: cannot be read: No such file or directory"},
        {"/dev/null/secret", ERROR_NOT_FOUND, "/dev/null/secret: cannot be read: Not a directory"},
        {"/tmp", ERROR_INTERNAL, "/tmp: cannot be read: Is a directory"},
        {"/dev/zero", ERROR_INTERNAL, "/dev/zero: cannot be read: it is not a regular file"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        CLEANUP(secret_free) char *secret = NULL;
        struct error error;

        assert_false(secret_read(cases[i].path, &secret, &error));
        assert_int_equal(error.kind, cases[i].kind);
        assert_string_equal(error.message, cases[i].message);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes_the_line_end_off),
        cmocka_unit_test(refuses_what_is_no_secret),
        cmocka_unit_test(refuses_a_large_file),
        cmocka_unit_test(tells_why_a_file_cannot_be_read),
    };

    return cmocka_run_group_tests(tests, create_file, remove_file);
}
