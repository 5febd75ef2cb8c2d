/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes of a Redis server become one reply, or an error. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "collectors/redis_connection.h"
#include "collectors/redis_reader.h"

static bool feed(const char *bytes, size_t piece, redisReply **ret_reply, struct error *error)
{
    struct redis_reader *reader = redis_reader_new();
    size_t length = strlen(bytes);
    bool good = true;

    *ret_reply = NULL;
    for (size_t at = 0; good && at < length; at += piece) {
        good = redis_reader_feed(reader, bytes + at, length - at < piece ? length - at : piece,
                                 ret_reply, error);
    }
    redis_reader_free(reader);
    return good;
}

static void test_replies_in_pieces(void **state)
{
    static const struct {
        const char *bytes;
        int type;
    } cases[] = {
        {"+OK\r\n", REDIS_REPLY_STATUS}, {"-NOPERM no\r\n", REDIS_REPLY_ERROR},
        {":7\r\n", REDIS_REPLY_INTEGER}, {"$5\r\nhe\r\nl\r\n", REDIS_REPLY_STRING},
        {"$-1\r\n", REDIS_REPLY_NIL},    {"*2\r\n*1\r\n$1\r\na\r\n:1\r\n", REDIS_REPLY_ARRAY},
        {"*0\r\n", REDIS_REPLY_ARRAY},
    };
    struct error error;

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        for (size_t piece = 1; piece <= 30; piece += 29) {
            redisReply *reply;

            assert_true(feed(cases[i].bytes, piece, &reply, &error));
            assert_non_null(reply);
            assert_int_equal(reply->type, cases[i].type);
            redis_clear_reply(&reply);
        }
    }
}

static void test_unfinished(void **state)
{
    redisReply *reply;
    struct error error;

    (void)state;
    assert_true(feed("*2\r\n:1\r\n$9\r\nabc", 100, &reply, &error));
    assert_null(reply);
}

static void test_nonsense(void **state)
{
    static const char *const cases[] = {
        "HTTP/1.1 400 Bad Request\r\n",
        "*2147483647\r\n",
        "*20001\r\n",
        "*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n",
        "+OK\r\n+OK\r\n",
        "$-7\r\n",
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        redisReply *reply;
        struct error error;

        assert_false(feed(cases[i], 1000, &reply, &error));
        assert_null(reply);
        assert_int_equal(error.kind, ERROR_PROTOCOL);
    }
}

static void test_elements_are_counted_together(void **state)
{
    struct redis_reader *reader = redis_reader_new();
    redisReply *reply = NULL;
    struct error error;

    (void)state;
    assert_true(redis_reader_feed(reader, "*2\r\n*19000\r\n", 12, &reply, &error));
    for (unsigned i = 0; i < 19000; i++) {
        assert_true(redis_reader_feed(reader, ":1\r\n", 4, &reply, &error));
    }
    assert_false(redis_reader_feed(reader, "*19000\r\n", 8, &reply, &error));
    assert_int_equal(error.kind, ERROR_PROTOCOL);
    redis_reader_free(reader);
}

static void test_too_long(void **state)
{
    struct redis_reader *reader = redis_reader_new();
    char block[4096];
    redisReply *reply = NULL;
    struct error error;
    size_t fed = 0;

    (void)state;
    memset(block, 'x', sizeof block);
    assert_true(redis_reader_feed(reader, "$9000000\r\n", 10, &reply, &error));
    while (redis_reader_feed(reader, block, sizeof block, &reply, &error)) {
        fed += sizeof block;
        assert_true(fed <= REDIS_ANSWER_BYTES_MAX);
    }
    assert_int_equal(error.kind, ERROR_PROTOCOL);
    redis_reader_free(reader);
}

static void test_error_replies(void **state)
{
    static const struct {
        const char *reply;
        enum error_kind kind;
    } cases[] = {
        {"WRONGPASS invalid username-password pair or user is disabled.", ERROR_AUTH},
        {"NOAUTH Authentication required.", ERROR_AUTH},
        {"ERR AUTH <password> called without any password configured", ERROR_AUTH},
        {"ERR Client sent AUTH, but no password is set", ERROR_AUTH},
        {"NOPERM this user has no permissions to run the 'info' command", ERROR_PERMISSION},
        {"DENIED Redis is running in protected mode", ERROR_PERMISSION},
        {"LOADING Redis is loading the dataset in memory", ERROR_INCONSISTENT},
        {"LOADING Valkey is loading the dataset in memory", ERROR_INCONSISTENT},
        {"MASTERDOWN Link with MASTER is down", ERROR_INCONSISTENT},
        {"ERR max number of clients reached", ERROR_CONNECT},
        {"ERR unknown command 'SENTINEL'", ERROR_NOT_FOUND},
        {"ERR No such master with that name", ERROR_NOT_FOUND},
        {"ERR This instance has cluster support disabled", ERROR_NOT_FOUND},
        {"BUSY Redis is busy running a script", ERROR_QUERY},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct error error;

        assert_false(redis_set_reply_error(cases[i].reply, &error));
        assert_int_equal(error.kind, cases[i].kind);
        assert_string_equal(error.message, cases[i].reply);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_replies_in_pieces),
        cmocka_unit_test(test_unfinished),
        cmocka_unit_test(test_nonsense),
        cmocka_unit_test(test_elements_are_counted_together),
        cmocka_unit_test(test_too_long),
        cmocka_unit_test(test_error_replies),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
