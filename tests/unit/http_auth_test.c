/* SPDX-License-Identifier: Apache-2.0 */
/* Passwords: who gets in, what it costs, and that attempts cannot take all the time. */

#include <crypt.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "exporter/clock.h"
#include "exporter/http_auth.h"

/* Cost 8: some 15 ms each, enough to be told from a look into the memory. */
#define SALT "$2b$08$abcdefghijklmnopqrstuu"

static char alice_hash[128];
static char bob_hash[128];
static struct web_user users[] = {{"alice", alice_hash}, {"bob", bob_hash}};
static const struct web_config config = {.users = users, .user_count = 2};

static int make_hashes(void **state)
{
    (void)state;
    (void)strncpy(alice_hash, crypt("wonderland", SALT), sizeof alice_hash - 1);
    (void)strncpy(bob_hash, crypt("builder", SALT), sizeof bob_hash - 1);
    return strlen(alice_hash) == 60 && strlen(bob_hash) == 60 ? 0 : -1;
}

static void test_who_gets_in(void **state)
{
    static const struct {
        const char *name;
        const char *password;
        enum http_auth_result result;
    } table[] = {
        {"alice", "wonderland", HTTP_AUTH_GRANTED},
        {"alice", "wonderland", HTTP_AUTH_GRANTED}, /* Remembered. */
        {"alice", "Wonderland", HTTP_AUTH_DENIED},
        {"alice", "", HTTP_AUTH_DENIED},
        {"alice", "builder", HTTP_AUTH_DENIED}, /* Of another user. */
        {"bob", "builder", HTTP_AUTH_GRANTED},
        {"bob", "wonderland", HTTP_AUTH_DENIED},
        {"carol", "wonderland", HTTP_AUTH_DENIED}, /* Unknown, with the first user's password. */
        {"", "wonderland", HTTP_AUTH_DENIED},
        {"alic", "ewonderland", HTTP_AUTH_DENIED}, /* The same bytes in a row. */
        {"alicewonderland", "", HTTP_AUTH_DENIED},
        {"alice", alice_hash, HTTP_AUTH_DENIED}, /* The hash is no password. */
    };
    struct http_auth *auth = http_auth_new(&config);

    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        assert_int_equal(http_auth_check(auth, table[i].name, table[i].password), table[i].result);
    }
    http_auth_free(auth);
}

static void test_right_ones_are_remembered(void **state)
{
    struct http_auth *auth = http_auth_new(&config);
    int64_t start_ms;

    (void)state;
    assert_int_equal(http_auth_check(auth, "alice", "wonderland"), HTTP_AUTH_GRANTED);
    start_ms = clock_monotonic_ms();
    for (int i = 0; i < 1000; i++) {
        assert_int_equal(http_auth_check(auth, "alice", "wonderland"), HTTP_AUTH_GRANTED);
    }
    /* A thousand times bcrypt would take a quarter of a minute. */
    assert_true(clock_monotonic_ms() - start_ms < 2000);
    http_auth_free(auth);
}

static void test_attempts_share_the_time(void **state)
{
    struct http_auth *auth = http_auth_new(&config);
    int64_t end_ms = clock_monotonic_ms() + 20000;
    bool busy = false;

    (void)state;
    assert_int_equal(http_auth_check(auth, "alice", "wonderland"), HTTP_AUTH_GRANTED);
    while (!busy && clock_monotonic_ms() < end_ms) {
        enum http_auth_result result = http_auth_check(auth, "mallory", "guess");

        assert_int_not_equal(result, HTTP_AUTH_GRANTED);
        busy = result == HTTP_AUTH_BUSY;
    }
    assert_true(busy);
    /* Even the right password has to wait now, unless it is remembered. */
    assert_int_equal(http_auth_check(auth, "bob", "builder"), HTTP_AUTH_BUSY);
    assert_int_equal(http_auth_check(auth, "alice", "wonderland"), HTTP_AUTH_GRANTED);
    http_auth_free(auth);
}

static void test_no_users(void **state)
{
    static const struct web_config nobody = {.user_count = 0};

    (void)state;
    assert_null(http_auth_new(NULL));
    assert_null(http_auth_new(&nobody));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_who_gets_in),
        cmocka_unit_test(test_right_ones_are_remembered),
        cmocka_unit_test(test_attempts_share_the_time),
        cmocka_unit_test(test_no_users),
    };

    return cmocka_run_group_tests(tests, make_hashes, NULL);
}
