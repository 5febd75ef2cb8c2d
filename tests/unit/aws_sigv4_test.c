/* SPDX-License-Identifier: Apache-2.0 */
/* Signatures against those that AWS published: the examples of the S3 documentation and cases of
 * its aws-sig-v4-test-suite. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "collectors/aws_sigv4.h"
#include "exporter/cleanup.h"

#define EMPTY "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
#define HEADERS_MAX 6

static const struct aws_signer suite = {"AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
                                        "us-east-1", "service"};
static const struct aws_signer users = {"AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
                                        "us-east-1", "iam"};
static const struct aws_signer storage = {
    "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "us-east-1", "s3"};

struct vector {
    const char *name;
    const struct aws_signer *signer;
    const char *method;
    const char *path;
    struct aws_pair query[7];
    struct aws_pair headers[HEADERS_MAX];
    const char *body; /* NULL: none. */
    const char *signature;
};

#define SUITE_HOST                                                                                 \
    {"Host", "example.amazonaws.com"},                                                             \
    {                                                                                              \
        "X-Amz-Date", "20150830T123600Z"                                                           \
    }
#define STORAGE_HOST                                                                               \
    {"x-amz-date", "20130524T000000Z"},                                                            \
    {                                                                                              \
        "Host", "examplebucket.s3.amazonaws.com"                                                   \
    }
#define EMPTY_BODY                                                                                 \
    {                                                                                              \
        "x-amz-content-sha256", EMPTY                                                              \
    }

static const struct vector vectors[] = {
    {"S3: GET Object",
     &storage,
     "GET",
     "/test.txt",
     {{0}},
     {STORAGE_HOST, {"Range", "bytes=0-9"}, EMPTY_BODY},
     NULL,
     "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"},
    {"S3: PUT Object",
     &storage,
     "PUT",
     "/test%24file.text",
     {{0}},
     {STORAGE_HOST,
      {"Date", "Fri, 24 May 2013 00:00:00 GMT"},
      {"x-amz-storage-class", "REDUCED_REDUNDANCY"},
      {"x-amz-content-sha256", "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072"}},
     "Welcome to Amazon S3.",
     "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd"},
    {"S3: GET Bucket Lifecycle",
     &storage,
     "GET",
     "/",
     {{"lifecycle", ""}},
     {STORAGE_HOST, EMPTY_BODY},
     NULL,
     "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"},
    {"S3: GET Bucket",
     &storage,
     "GET",
     "/",
     {{"prefix", "J"}, {"max-keys", "2"}},
     {STORAGE_HOST, EMPTY_BODY},
     NULL,
     "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"},
    {"get-vanilla",
     &suite,
     "GET",
     "/",
     {{0}},
     {SUITE_HOST},
     NULL,
     "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"},
    {"get-vanilla-query-order-key-case",
     &suite,
     "GET",
     "/",
     {{"Param2", "value2"}, {"Param1", "value1"}},
     {SUITE_HOST},
     NULL,
     "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500"},
    {"get-unreserved",
     &suite,
     "GET",
     "/-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
     {{0}},
     {SUITE_HOST},
     NULL,
     "07ef7494c76fa4850883e2b006601f940f8a34d404d0cfa977f52a65bbf5f24f"},
    {"get-utf8",
     &suite,
     "GET",
     "/\xE1\x88\xB4",
     {{0}},
     {SUITE_HOST},
     NULL,
     "8318018e0b0f223aa2bbf98705b62bb787dc9c0e678f255a891fd03141be5d85"},
    {"get-header-value-trim",
     &suite,
     "GET",
     "/",
     {{0}},
     {SUITE_HOST, {"My-Header1", " value1"}, {"My-Header2", " \"a   b   c\""}},
     NULL,
     "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736"},
    {"post-vanilla",
     &suite,
     "POST",
     "/",
     {{0}},
     {SUITE_HOST},
     NULL,
     "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"},
    {"post-x-www-form-urlencoded",
     &suite,
     "POST",
     "/",
     {{0}},
     {SUITE_HOST, {"Content-Type", "application/x-www-form-urlencoded"}},
     "Param1=value1",
     "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a"},
    {"IAM: ListUsers",
     &users,
     "GET",
     "/",
     {{"Version", "2010-05-08"}, {"Action", "ListUsers"}},
     {{"Host", "iam.amazonaws.com"},
      {"Content-Type", "application/x-www-form-urlencoded; charset=utf-8"},
      {"X-Amz-Date", "20150830T123600Z"}},
     NULL,
     "5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7"},
};

static size_t count_pairs(const struct aws_pair *pairs, size_t max)
{
    size_t count = 0;

    while (count < max && pairs[count].name != NULL) {
        count++;
    }
    return count;
}

static void test_published(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof vectors / sizeof vectors[0]; i++) {
        const struct vector *vector = &vectors[i];
        const char *body = vector->body != NULL ? vector->body : "";
        char hash[AWS_SHA256_TEXT_BYTES];
        struct aws_request request = {.method = vector->method,
                                      .path = vector->path,
                                      .query = vector->query,
                                      .query_count = count_pairs(vector->query, 7),
                                      .headers = vector->headers,
                                      .header_count = count_pairs(vector->headers, HEADERS_MAX),
                                      .payload_sha256 = hash};
        CLEANUP(free_text) char *authorization = NULL;

        print_message("%s\n", vector->name);
        aws_sha256_text(body, strlen(body), hash);
        authorization = aws_authorization(&request, vector->signer);
        assert_non_null(strstr(authorization, "Signature="));
        assert_string_equal(strstr(authorization, "Signature=") + strlen("Signature="),
                            vector->signature);
    }
}

static void test_authorization(void **state)
{
    const struct vector *vector = &vectors[0];
    struct aws_request request = {.method = vector->method,
                                  .path = vector->path,
                                  .headers = vector->headers,
                                  .header_count = count_pairs(vector->headers, HEADERS_MAX),
                                  .payload_sha256 = EMPTY};
    CLEANUP(free_text) char *authorization = aws_authorization(&request, vector->signer);
    CLEANUP(free_text) char *canonical = aws_canonical_request(&request, "s3");

    (void)state;
    assert_string_equal(
        authorization,
        "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request, "
        "SignedHeaders=host;range;x-amz-content-sha256;x-amz-date, "
        "Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41");
    assert_string_equal(canonical, "GET\n/test.txt\n\n"
                                   "host:examplebucket.s3.amazonaws.com\nrange:bytes=0-9\n"
                                   "x-amz-content-sha256:" EMPTY "\nx-amz-date:20130524T000000Z\n\n"
                                   "host;range;x-amz-content-sha256;x-amz-date\n" EMPTY);
}

static void test_query(void **state)
{
    static const struct aws_pair query[] = {
        {"prefix-2", "b"}, {"prefix", "a/b c+%&="}, {"A", "2"}, {"A", "1"}, {"uploads", ""}};
    CLEANUP(free_text) char *text = aws_query_text(query, sizeof query / sizeof query[0]);
    CLEANUP(free_text) char *none = aws_query_text(NULL, 0);

    (void)state;
    assert_string_equal(text, "A=1&A=2&prefix=a%2Fb%20c%2B%25%26%3D&prefix-2=b&uploads=");
    assert_string_equal(none, "");
}

static void test_encoding(void **state)
{
    CLEANUP(free_text) char *path = aws_uri_encode("/a b/\xC3\xBC*~", true);
    CLEANUP(free_text) char *whole = aws_uri_encode("/a", false);
    char date[AWS_DATE_BYTES];

    (void)state;
    assert_string_equal(path, "/a%20b/%C3%BC%2A~");
    assert_string_equal(whole, "%2Fa");
    aws_date_text(1440938160.9, date);
    assert_string_equal(date, "20150830T123600Z");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_published),
        cmocka_unit_test(test_authorization),
        cmocka_unit_test(test_query),
        cmocka_unit_test(test_encoding),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
