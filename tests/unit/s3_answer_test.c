/* SPDX-License-Identifier: Apache-2.0 */
/* Answers of S3 as they are read, and the settings of buckets. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "collectors/backup_objects_settings.h"
#include "collectors/s3_answer.h"

#define NOON 1795262400.0 /* 2026-11-21T12:00:00Z */

#define OBJECT(key, modified, size)                                                                \
    "<Contents><Key>" key "</Key><LastModified>" modified "</LastModified><ETag>&quot;x&quot;"     \
    "</ETag><Size>" size "</Size><Owner><ID>1</ID></Owner></Contents>"

static bool read_page(struct arena *arena, const char *text, struct s3_page *page,
                      struct error *error)
{
    return s3_page_read(arena, text, strlen(text), page, error);
}

static void test_page(void **state)
{
    struct arena *arena = arena_new();
    struct s3_page page;
    struct error error;

    (void)state;
    assert_true(read_page(
        arena,
        "<?xml version=\"1.0\"?><ListBucketResult "
        "xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">"
        "<IsTruncated>true</IsTruncated>" OBJECT("a+b%2Bc/%C3%BC", "2026-11-21T12:00:00.500Z", "7")
            OBJECT("bad%00key", "2026-11-21T12:00:00Z", "1")
                OBJECT("z", "2009-10-12T17:50:30.000Z",
                       "0") "<NextContinuationToken>1ueGc&amp;</"
                            "NextContinuationToken><EncodingType>url</EncodingType>"
                            "</ListBucketResult>",
        &page, &error));
    assert_int_equal(page.count, 2);
    assert_string_equal(page.objects[0].key, "a b+c/\xC3\xBC");
    assert_true(page.objects[0].last_modified == NOON + 0.5);
    assert_true(page.objects[0].size_bytes == 7);
    assert_string_equal(page.objects[1].key, "z");
    assert_string_equal(page.continuation, "1ueGc&");
    assert_true(read_page(arena,
                          "<ListBucketResult><Contents><Key>a%20+</Key><LastModified>"
                          "2026-11-21T12:00:00Z</LastModified><Size>1</Size></Contents>"
                          "<NextContinuationToken>x</NextContinuationToken>"
                          "</ListBucketResult>",
                          &page, &error));
    assert_string_equal(page.objects[0].key, "a%20+");
    assert_null(page.continuation);
    arena_free(arena);
}

static void test_bad_pages(void **state)
{
    static const struct {
        const char *text;
        const char *message;
    } cases[] = {
        {"", "not XML"},
        {"<ListBucketResult><Contents>", "not XML"},
        {"<html><body>hello</body></html>", "no list of a bucket"},
        {"{\"a\": 1}", "not XML"},
        {"<!DOCTYPE x><ListBucketResult/>", "document type"},
        {"<ListBucketResult><IsTruncated>true</IsTruncated></ListBucketResult>", "version 2"},
        {"<ListBucketResult><Contents><Key>a</Key><Size>1</Size></Contents></ListBucketResult>",
         "no key, size or time"},
        {"<ListBucketResult>" OBJECT("a", "yesterday", "1") "</ListBucketResult>",
         "no key, size or time"},
        {"<ListBucketResult>" OBJECT("a", "2026-11-21T12:00:00Z", "-1") "</ListBucketResult>",
         "no key, size or time"},
        {"<ListBucketResult>" OBJECT("a", "2026-11-21T12:00:00Z",
                                     "99999999999999999999999") "</ListBucketResult>",
         "no key, size or time"},
    };
    struct arena *arena = arena_new();

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct s3_page page;
        struct error error = {.message = ""};

        print_message("%s\n", cases[i].text);
        assert_false(read_page(arena, cases[i].text, &page, &error));
        assert_int_equal(error.kind, ERROR_PROTOCOL);
        assert_non_null(strstr(error.message, cases[i].message));
    }
    arena_free(arena);
}

#define ENTRY(kind, key, id, second)                                                               \
    "<" kind "><Key>" key "</Key><VersionId>" id                                                   \
    "</VersionId><LastModified>2026-11-21T12:00:" second "Z</LastModified></" kind ">"

static double read_versions(const char *entries, const char *known, bool truncated, bool *ret_good)
{
    char text[2048];
    struct error error;
    double seconds = -1;

    (void)snprintf(text, sizeof text,
                   "<ListVersionsResult><IsTruncated>%s</IsTruncated>%s</ListVersionsResult>",
                   truncated ? "true" : "false", entries);
    *ret_good = s3_versions_read(text, strlen(text), "a", known, &seconds, &error);
    return seconds < 0 ? seconds : seconds - NOON;
}

static void test_versions(void **state)
{
    static const char three[] = ENTRY("Version", "a", "3", "30") ENTRY("Version", "a", "2", "20")
        ENTRY("DeleteMarker", "a", "d", "15") ENTRY("Version", "a", "1", "10");
    static const char other[] = ENTRY("Version", "a", "3", "30") ENTRY("Version", "ab", "1", "05");
    static const struct {
        const char *entries;
        const char *known;
        double seconds; /* After noon; -1: there is none. */
        bool truncated;
        bool good;
    } cases[] = {
        {three, "1", 20, false, true},
        {three, "2", 30, false, true},
        {three, "3", -1, false, true},
        {three, NULL, 20, false, true},
        {three, "gone", 10, false, true},
        {three, "1", 20, true, true},
        {three, "gone", -1, true, false},
        {three, NULL, 20, true, true},
        {other, "gone", 30, true, true},
        {other, NULL, 30, false, true},
        {"", NULL, -1, false, true},
        {"", NULL, -1, true, false},
        {"<Version><Key>a</Key><LastModified>x</LastModified></Version>", "1", -1, false, false},
    };
    struct error error;
    double seconds;

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        bool good;

        seconds = read_versions(cases[i].entries, cases[i].known, cases[i].truncated, &good);
        assert_int_equal(good, cases[i].good);
        assert_true(seconds == cases[i].seconds);
    }
    assert_false(s3_versions_read("<a/>", 4, "a", NULL, &seconds, &error));
}

static struct s3_retention read_retention(const char *text)
{
    struct s3_retention retention;
    struct error error;

    assert_true(s3_retention_read(text, strlen(text), &retention, &error));
    return retention;
}

static void test_retention(void **state)
{
    struct s3_retention retention =
        read_retention("<Retention xmlns=\"x\"><Mode>COMPLIANCE</Mode><RetainUntilDate>"
                       "2026-11-21T12:00:00.000Z</RetainUntilDate></Retention>");

    (void)state;
    assert_int_equal(retention.mode, S3_LOCK_COMPLIANCE);
    assert_true(retention.until == NOON);
    /* Nothing but both together is a lock. */
    assert_int_equal(read_retention("<Retention><Mode>COMPLIANCE</Mode></Retention>").mode,
                     S3_LOCK_NONE);
    assert_int_equal(read_retention("<Retention/>").mode, S3_LOCK_NONE);
    assert_int_equal(s3_lock_mode("GOVERNANCE"), S3_LOCK_GOVERNANCE);
    assert_int_equal(s3_lock_mode("compliance"), S3_LOCK_NONE);
}

static void test_settings(void **state)
{
    static const struct {
        struct backup_objects_settings settings;
        const char *message; /* NULL: they are fine. */
    } cases[] = {
        {{.s3 = {.bucket = "b-1.x", .aws = {.region = "a"}}, .prefix = "db/%Y/"}, NULL},
        {{.s3 = {.bucket = "bucket", .endpoint = "https://minio.example.com:9000/"}, .prefix = ""},
         NULL},
        {{.s3 = {.bucket = NULL}, .prefix = ""}, NULL},
        {{.s3 = {.bucket = NULL}, .prefix = "a"}, "is for \"bucket\""},
        {{.s3 = {.bucket = "bucket", .aws = {.region = "a"}}, .prefix = "/db"}, "slash"},
        {{.s3 = {.bucket = "bucket", .aws = {.region = "a"}}, .prefix = "%d"}, "in this order"},
        {{.s3 = {.bucket = "s3://bucket", .aws = {.region = "a"}}, .prefix = ""}, "no name of"},
        {{.s3 = {.bucket = "b/c", .aws = {.region = "a"}}, .prefix = ""}, "no name of"},
        {{.s3 = {.bucket = "bucket", .endpoint = "minio:9000"}, .prefix = ""}, "is not a URL"},
        {{.s3 = {.bucket = "bucket", .endpoint = "https://a:b@minio"}, .prefix = ""},
         "is not a URL"},
        {{.s3 = {.bucket = "bucket", .endpoint = "https://minio/bucket"}, .prefix = ""},
         "more than scheme"},
        {{.s3 = {.bucket = "bucket", .endpoint = "https://minio?a"}, .prefix = ""},
         "more than scheme"},
        {{.s3 = {.bucket = "bucket"}, .prefix = ""}, "\"region\" is missing"},
    };

    (void)state;
    (void)unsetenv("AWS_REGION");
    (void)unsetenv("AWS_DEFAULT_REGION");
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct error error = {.message = ""};
        bool good = backup_objects_settings_check(&cases[i].settings, &error);

        print_message("%s\n", error.message);
        assert_int_equal(good, cases[i].message == NULL);
        if (cases[i].message != NULL) {
            assert_non_null(strstr(error.message, cases[i].message));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_page),     cmocka_unit_test(test_bad_pages),
        cmocka_unit_test(test_versions), cmocka_unit_test(test_retention),
        cmocka_unit_test(test_settings),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
