/* SPDX-License-Identifier: Apache-2.0 */
/* Messages of the DNS: well formed, cut short, with loops; and blocks of addresses. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "collectors/cidr.h"
#include "collectors/dns_message.h"
#include "collectors/probe_dns.h"

/* www.example.com CNAME west.example.com, which has an A record; an MX record in between. */
static const char chain[] = "\x12\x34\x84\x00\0\x01\0\x03\0\0\0\0"
                            "\3www\7example\3com\0\0\x01\0\x01"
                            "\xc0\x0c\0\x05\0\x01\0\0\0\x1e\0\x07\4WEST\xc0\x10"
                            "\xc0\x2d\0\x0f\0\x01\0\0\0\x1e\0\x04\0\x0a\xc0\x10"
                            "\xc0\x2d\0\x01\0\x01\0\0\x0e\x10\0\x04\xc0\0\2\x0a";
#define CHAIN_BYTES (sizeof chain - 1)

static bool read_bytes(struct arena *arena, const char *bytes, size_t length,
                       struct dns_answer *answer)
{
    struct error error;

    return dns_answer_read(arena, (const unsigned char *)bytes, length, answer, &error);
}

static void test_chain(void **state)
{
    struct arena *arena = arena_new();
    struct dns_answer answer;

    (void)state;
    assert_true(read_bytes(arena, chain, CHAIN_BYTES, &answer));
    assert_int_equal(answer.id, 0x1234);
    assert_true(answer.authoritative);
    assert_false(answer.truncated);
    assert_int_equal(answer.code, DNS_NO_ERROR);
    assert_string_equal(answer.name, "www.example.com");
    assert_int_equal(answer.type, DNS_A);
    assert_int_equal(answer.record_count, 2);
    assert_string_equal(answer.records[0].owner, "www.example.com");
    assert_string_equal(answer.records[0].target, "west.example.com");
    assert_int_equal(answer.records[0].ttl_seconds, 30);
    assert_string_equal(answer.records[1].owner, "west.example.com");
    assert_string_equal(answer.records[1].address, "192.0.2.10");
    assert_int_equal(answer.records[1].ttl_seconds, 3600);
    arena_free(arena);
}

/* Not one byte may be missing, and each of them may be anything. */
static void test_damage(void **state)
{
    struct arena *arena = arena_new();
    struct dns_answer answer;
    char copy[CHAIN_BYTES];

    (void)state;
    for (size_t length = 0; length < CHAIN_BYTES; length++) {
        assert_false(read_bytes(arena, chain, length, &answer));
    }
    for (size_t i = 0; i < CHAIN_BYTES; i++) {
        for (int byte = 0; byte < 256; byte++) {
            memcpy(copy, chain, CHAIN_BYTES);
            copy[i] = (char)byte;
            (void)read_bytes(arena, copy, CHAIN_BYTES, &answer);
        }
    }
    arena_free(arena);
}

static void test_what_is_refused(void **state)
{
    static const struct {
        const char *what;
        size_t at;
        char byte;
    } cases[] = {
        {"a query", 2, 0x04},
        {"a notification", 2, (char)0xa4},
        {"two questions", 5, 2},
        {"another class", 32, 3},
        {"a pointer to itself", 34, 0x21},
        {"a pointer forward", 34, 0x30},
        {"a label of 64 bytes", 45, 0x40},
        {"an address of 5 bytes", CHAIN_BYTES - 5, 5},
        {"an alias longer than its data", 44, 6},
        {"more records than bytes", 6, 1},
    };
    struct arena *arena = arena_new();
    struct dns_answer answer;
    char copy[CHAIN_BYTES];

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        print_message("%s\n", cases[i].what);
        memcpy(copy, chain, CHAIN_BYTES);
        copy[cases[i].at] = cases[i].byte;
        assert_false(read_bytes(arena, copy, CHAIN_BYTES, &answer));
    }
    arena_free(arena);
}

static void test_header(void **state)
{
    struct arena *arena = arena_new();
    struct dns_answer answer;
    char copy[CHAIN_BYTES];

    (void)state;
    /* REFUSED without the question. */
    assert_true(read_bytes(arena, "\0\1\x80\5\0\0\0\0\0\0\0\0", 12, &answer));
    assert_null(answer.name);
    assert_string_equal(dns_code_name(arena, answer.code), "REFUSED");
    assert_string_equal(dns_code_name(arena, 2), "SERVFAIL");
    assert_string_equal(dns_code_name(arena, 3), "NXDOMAIN");
    assert_string_equal(dns_code_name(arena, 9), "code 9");
    memcpy(copy, chain, CHAIN_BYTES);
    /* Truncated: what is there is not read. */
    copy[2] = (char)0x86;
    assert_true(read_bytes(arena, copy, CHAIN_BYTES - 3, &answer));
    assert_true(answer.truncated);
    assert_int_equal(answer.record_count, 0);
    /* A TTL with the highest bit, and no authority. */
    copy[2] = (char)0x80;
    copy[CHAIN_BYTES - 10] = (char)0x80;
    assert_true(read_bytes(arena, copy, CHAIN_BYTES, &answer));
    assert_false(answer.authoritative);
    assert_int_equal(answer.records[1].ttl_seconds, 0);
    /* Another class is not looked at. */
    copy[CHAIN_BYTES - 11] = 3;
    assert_true(read_bytes(arena, copy, CHAIN_BYTES, &answer));
    assert_int_equal(answer.record_count, 1);
    arena_free(arena);
}

/* Who is responsible is believed for the name that it was asked for, a resolver for all of it. */
static void test_chain_as_evidence(void **state)
{
    static const char *const expected[] = {"192.0.2.0/24", NULL};
    static const char *const others[] = {"198.51.100.0/24", NULL};
    static const char *const forbidden[] = {"west.*", NULL};
    struct probe_settings settings = {.dns_expect = expected};
    struct arena *arena = arena_new();
    struct dns_answer answer;
    struct probe_record record;

    (void)state;
    assert_true(read_bytes(arena, chain, CHAIN_BYTES, &answer));
    record = probe_record_read(&settings, arena, "ns", "WWW.example.com.", DNS_A, true, &answer);
    assert_null(record.problem);
    assert_string_equal(record.alias, "west.example.com");
    assert_true(record.ttl_known);
    assert_int_equal((int)record.ttl_seconds, 30);
    record = probe_record_read(&settings, arena, "ns", "www.example.com", DNS_A, false, &answer);
    assert_null(record.problem);
    assert_null(record.alias);
    assert_string_equal(record.values, "192.0.2.10");
    assert_false(record.ttl_known);
    assert_int_equal((int)record.ttl_seconds, 3600);
    settings.dns_expect = others;
    record = probe_record_read(&settings, arena, "ns", "www.example.com", DNS_A, false, &answer);
    assert_string_equal(record.problem,
                        "ns says 192.0.2.10 for west.example.com, which is not in dns_expect");
    settings.forbidden_hosts = forbidden;
    record = probe_record_read(&settings, arena, "ns", "www.example.com", DNS_A, true, &answer);
    assert_string_equal(record.problem, "ns leads www.example.com to west.example.com, one of the "
                                        "forbidden hosts");
    /* What is said of another name is said of nobody. */
    record = probe_record_read(&settings, arena, "ns", "example.com", DNS_A, false, &answer);
    assert_string_equal(record.problem, "ns has no A record of example.com");
    answer.authoritative = false;
    record = probe_record_read(&settings, arena, "ns", "www.example.com", DNS_A, true, &answer);
    assert_non_null(strstr(record.problem, "(lame)"));
    arena_free(arena);
}

/* A name of 255 bytes is the longest; what is longer, through pointers too, is none. */
static void test_long_names(void **state)
{
    struct arena *arena = arena_new();
    char name[300] = "";
    unsigned char bytes[DNS_QUESTION_BYTES_MAX];
    struct dns_answer answer;
    struct error error;
    size_t length;

    (void)state;
    for (int i = 0; i < 126; i++) {
        name[2 * i] = 'a';
        name[2 * i + 1] = '.';
    }
    name[252] = 'b';
    assert_true(dns_name_check(name, &error));
    length = dns_question_write(bytes, 7, true, name, DNS_A);
    assert_int_equal(length, DNS_QUESTION_BYTES_MAX);
    assert_int_equal(bytes[2], 1);
    bytes[2] = 0x80;
    assert_true(dns_answer_read(arena, bytes, length, &answer, &error));
    assert_string_equal(answer.name, name);
    memcpy(name + 252, "bb", 3);
    assert_false(dns_name_check(name, &error));
    arena_free(arena);
}

static void test_names(void **state)
{
    static const char *const good[] = {"a", "example.com", "example.com.", "_sip._tcp.a-b.c1"};
    static const char *const bad[] = {"",     ".", "a..b", ".a", "a b", "a/b", "\xc3\xa4.example",
                                      "a.b.."};
    struct error error;

    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        assert_true(dns_name_check(good[i], &error));
    }
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_false(dns_name_check(bad[i], &error));
    }
    assert_true(dns_name_check("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.b",
                               &error));
    assert_false(dns_name_check(
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.b", &error));
}

static void test_blocks(void **state)
{
    static const struct {
        const char *block;
        const char *address;
        bool contains;
    } cases[] = {
        {"192.0.2.0/24", "192.0.2.255", true},    {"192.0.2.0/24", "192.0.3.0", false},
        {"192.0.2.10", "192.0.2.10", true},       {"192.0.2.10", "192.0.2.11", false},
        {"0.0.0.0/0", "8.8.8.8", true},           {"0.0.0.0/0", "2001:db8::1", false},
        {"2001:db8::/32", "2001:db8:1::1", true}, {"2001:db8::/32", "2001:db9::1", false},
        {"192.0.2.128/25", "192.0.2.127", false}, {"::/0", "::ffff:192.0.2.1", true},
    };
    static const char *const bad[] = {"",
                                      "west",
                                      "192.0.2.0/33",
                                      "192.0.2.0/",
                                      "192.0.2/24",
                                      "192.0.2.1/24",
                                      "2001:db8::/129",
                                      "::1/-1",
                                      "192.0.2.0/24/8",
                                      "192.0.2.0/ 8"};
    struct error error;

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_true(cidr_check(cases[i].block, &error));
        assert_int_equal(cidr_contains(cases[i].block, cases[i].address), cases[i].contains);
    }
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_false(cidr_check(bad[i], &error));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_chain),  cmocka_unit_test(test_chain_as_evidence),
        cmocka_unit_test(test_damage), cmocka_unit_test(test_what_is_refused),
        cmocka_unit_test(test_header), cmocka_unit_test(test_long_names),
        cmocka_unit_test(test_names),  cmocka_unit_test(test_blocks),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
