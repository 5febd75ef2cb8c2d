/* SPDX-License-Identifier: Apache-2.0 */
/* Credentials as files and services tell them, and refusals of AWS as errors. */

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "collectors/aws_ask.h"
#include "collectors/aws_credentials.h"
#include "collectors/aws_error.h"
#include "collectors/aws_settings.h"

#define SECRET "s3cret/s3cret+s3cret"

static void assert_credentials(const struct aws_credentials *credentials, const char *access_key_id,
                               const char *secret, const char *token)
{
    assert_string_equal(credentials->access_key_id, access_key_id);
    assert_string_equal(credentials->secret_access_key, secret);
    if (token == NULL) {
        assert_null(credentials->session_token);
    } else {
        assert_string_equal(credentials->session_token, token);
    }
}

static void test_file(void **state)
{
    static const char text[] = "# shared\r\n[default]\r\naws_access_key_id = ONE\r\n"
                               "aws_secret_access_key=" SECRET "=\r\n\r\n"
                               "[ other ]\n  aws_access_key_id=TWO\n;aws_access_key_id=THREE\n"
                               "aws_secret_access_key = b\naws_session_token = t/o==\n"
                               "[half]\naws_access_key_id = x";
    struct aws_credentials credentials;
    struct error error;

    (void)state;
    assert_true(aws_credentials_read_file(text, "default", &credentials, &error));
    assert_credentials(&credentials, "ONE", SECRET "=", NULL);
    assert_true(isinf(credentials.expiration));
    aws_credentials_release(&credentials);
    assert_true(aws_credentials_read_file(text, "other", &credentials, &error));
    assert_credentials(&credentials, "TWO", "b", "t/o==");
    aws_credentials_release(&credentials);
    assert_false(aws_credentials_read_file(text, "half", &credentials, &error));
    assert_int_equal(error.kind, ERROR_AUTH);
    assert_false(aws_credentials_read_file(text, "none", &credentials, &error));
    assert_string_equal(error.message, "no section [none]; compare the \"profile\"");
    assert_false(aws_credentials_read_file("", "default", &credentials, &error));
    assert_false(aws_credentials_read_file("[default]\naws_access_key_id=a b\n"
                                           "aws_secret_access_key=" SECRET,
                                           "default", &credentials, &error));
    assert_null(strstr(error.message, "s3cret"));
}

static bool read_json(const char *text, struct aws_credentials *credentials, struct error *error)
{
    return aws_credentials_read_json(text, strlen(text), credentials, error);
}

static void test_json(void **state)
{
    struct aws_credentials credentials;
    struct error error;

    (void)state;
    assert_true(
        read_json("{\"Code\": \"Success\", \"Type\": \"AWS-HMAC\", \"AccessKeyId\": \"ONE\","
                  "\"SecretAccessKey\": \"" SECRET "\", \"Token\": \"t\","
                  "\"Expiration\": \"2026-11-21T12:00:00Z\"}",
                  &credentials, &error));
    assert_credentials(&credentials, "ONE", SECRET, "t");
    assert_true(credentials.expiration == 1795262400);
    aws_credentials_release(&credentials);
    /* Containers: no code. */
    assert_true(read_json("{\"AccessKeyId\": \"ONE\", \"SecretAccessKey\": \"b\", \"Token\": \"t\","
                          "\"Expiration\": \"2026-11-21T12:00:00Z\", \"RoleArn\": \"x\"}",
                          &credentials, &error));
    aws_credentials_release(&credentials);
    assert_false(read_json("{\"Code\": \"Failed\", \"Message\": \"no\"}", &credentials, &error));
    assert_int_equal(error.kind, ERROR_AUTH);
    assert_false(read_json("{\"AccessKeyId\": \"ONE\", \"SecretAccessKey\": \"" SECRET "\"}",
                           &credentials, &error));
    assert_int_equal(error.kind, ERROR_PROTOCOL);
    assert_false(read_json("{\"AccessKeyId\": \"ONE\\r\\nX: y\", \"SecretAccessKey\": \"" SECRET
                           "\", \"Expiration\": \"2026-11-21T12:00:00Z\"}",
                           &credentials, &error));
    assert_null(strstr(error.message, "s3cret"));
    assert_false(read_json("<html>", &credentials, &error));
    assert_false(read_json("[1]", &credentials, &error));
    assert_int_equal(error.kind, ERROR_PROTOCOL);
}

static bool read_xml(const char *text, struct aws_credentials *credentials, struct error *error)
{
    return aws_credentials_read_xml(text, strlen(text), credentials, error);
}

static void test_xml(void **state)
{
    struct aws_credentials credentials;
    struct error error;

    (void)state;
    assert_true(read_xml(
        "<AssumeRoleResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">"
        "<AssumeRoleResult><SourceIdentity>DevUser123</SourceIdentity>"
        "<AssumedRoleUser><Arn>arn:aws:sts::123456789012:assumed-role/demo/TestAR</Arn>"
        "<AssumedRoleId>ARO123EXAMPLE123:TestAR</AssumedRoleId></AssumedRoleUser>"
        "<Credentials><AccessKeyId>ASIAIOSFODNN7EXAMPLE</AccessKeyId>"
        "<SecretAccessKey>" SECRET "</SecretAccessKey><SessionToken>AQo&amp;=</SessionToken>"
        "<Expiration>2019-11-09T13:34:41Z</Expiration></Credentials>"
        "<PackedPolicySize>6</PackedPolicySize></AssumeRoleResult><ResponseMetadata>"
        "<RequestId>c6104cbe-af31-11e0-8154-cbc7ccf896c7</RequestId></ResponseMetadata>"
        "</AssumeRoleResponse>",
        &credentials, &error));
    assert_credentials(&credentials, "ASIAIOSFODNN7EXAMPLE", SECRET, "AQo&=");
    assert_true(credentials.expiration == 1573306481);
    aws_credentials_release(&credentials);
    assert_false(read_xml("<R><AssumeRoleResult><Credentials><AccessKeyId>a</AccessKeyId>"
                          "<SecretAccessKey>" SECRET "</SecretAccessKey></Credentials>"
                          "</AssumeRoleResult></R>",
                          &credentials, &error));
    assert_int_equal(error.kind, ERROR_PROTOCOL);
    assert_null(strstr(error.message, "s3cret"));
    assert_false(read_xml("<html>", &credentials, &error));
    assert_false(read_xml("<!DOCTYPE a [<!ENTITY b \"c\">]><a>&b;</a>", &credentials, &error));
    assert_string_equal(error.message, "STS: the XML has a document type");
}

static void test_container_uri(void **state)
{
    static const struct {
        const char *uri;
        bool good;
    } cases[] = {
        {"http://169.254.170.2/v2/credentials/x", true},
        {"http://169.254.170.23/v1/credentials", true},
        {"http://[fd00:ec2::23]/v1/credentials", true},
        {"http://127.0.0.1:8080/", true},
        {"http://localhost:8080/", true},
        {"https://credentials.example.com/", true},
        {"http://credentials.example.com/", false},
        {"http://127.0.0.1.example.com/", false},
        {"http://localhost@example.com/", false},
        {"http://169.254.169.254/", false},
        {"file:///etc/passwd", false},
        {"", false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct error error;

        print_message("%s\n", cases[i].uri);
        assert_int_equal(aws_container_uri_check(cases[i].uri, &error), cases[i].good);
    }
}

static void test_refusals(void **state)
{
    static const struct {
        int status;
        const char *body;
        const char *region;
        double ahead;
        enum error_kind kind;
        const char *message;
    } cases[] = {
        {403, "<Error><Code>AccessDenied</Code><Message>no</Message></Error>", NULL, 0,
         ERROR_PERMISSION, "AccessDenied: allow it"},
        {403, "<Error><Code>RequestTimeTooSkewed</Code></Error>", NULL, -1200, ERROR_INCONSISTENT,
         "the clock of this host is 20m ahead of that of the service"},
        {403, "<Error><Code>RequestTimeTooSkewed</Code></Error>", NULL, 1200, ERROR_INCONSISTENT,
         "the clock of this host is 20m behind that of the service"},
        {403, "<Error><Code>SignatureDoesNotMatch</Code></Error>", NULL, 0, ERROR_AUTH,
         "the secret is not"},
        {400, "<Error><Code>ExpiredToken</Code></Error>", NULL, 0, ERROR_AUTH, "have expired"},
        {400,
         "<ErrorResponse><Error><Type>Sender</Type><Code>InvalidIdentityToken</Code></Error>"
         "</ErrorResponse>",
         NULL, 0, ERROR_AUTH, "identity provider"},
        {404, "<Error><Code>NoSuchBucket</Code></Error>", NULL, 0, ERROR_NOT_FOUND,
         "no such bucket"},
        {503, "<Error><Code>SlowDown</Code></Error>", NULL, 0, ERROR_QUERY, "too many requests"},
        {301, "<Error><Code>PermanentRedirect</Code></Error>", "eu-west-1", 0, ERROR_INCONSISTENT,
         "the bucket is in region \"eu-west-1\""},
        {400,
         "<Error><Code>AuthorizationHeaderMalformed</Code><Message>the region 'x' is wrong"
         "</Message></Error>",
         NULL, 0, ERROR_INCONSISTENT, "the region 'x' is wrong; compare the region"},
        {403, "", NULL, 0, ERROR_PERMISSION, "status 403: not allowed"},
        {403, "<Error><Code>Other</Code></Error>", NULL, 0, ERROR_PERMISSION, "status 403: Other"},
        {401, "<html>", NULL, 0, ERROR_AUTH, "status 401"},
        {404, "", NULL, 0, ERROR_NOT_FOUND, "status 404"},
        {502, "<html>bad gateway", NULL, 0, ERROR_QUERY, "status 502"},
        {429, "", NULL, 0, ERROR_QUERY, "status 429"},
        {418, "<Error><Code>Teapot</Code><Message>a\nb</Message></Error>", NULL, 0, ERROR_PROTOCOL,
         "status 418: Teapot a?b; is it"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct aws_refusal refusal = {.status = cases[i].status,
                                            .body = cases[i].body,
                                            .length = strlen(cases[i].body),
                                            .region = cases[i].region,
                                            .knows_clock = true,
                                            .clock_offset_seconds = cases[i].ahead};
        struct error error;

        assert_false(aws_error_set(&refusal, &error));
        print_message("%s\n", error.message);
        assert_int_equal(error.kind, cases[i].kind);
        assert_non_null(strstr(error.message, cases[i].message));
    }
}

static void test_settings(void **state)
{
    static const struct {
        struct aws_settings settings;
        const char *message; /* NULL: they are fine. */
    } cases[] = {
        {{.region = "eu-west-1"}, NULL},
        {{.region = "eu-west-1/x"}, "is no region"},
        {{.region = NULL}, "\"a_region\" is missing"},
        {{.region = "a", .access_key_id = "x"}, "belong together"},
        {{.region = "a", .secret_access_key_file = "x"}, "belong together"},
        {{.region = "a",
          .access_key_id = "x",
          .secret_access_key_file = "y",
          .credentials_file = "z"},
         "write one of them"},
        {{.region = "a", .external_id = "x"}, "is for \"a_role_arn\""},
        {{.region = "a", .role_arn = "role"}, "is no ARN"},
        {{.region = "a", .role_arn = "arn:aws:iam::1:role/x", .external_id = "x"}, NULL},
    };

    (void)state;
    (void)unsetenv("AWS_REGION");
    (void)unsetenv("AWS_DEFAULT_REGION");
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct error error = {.message = ""};

        assert_int_equal(aws_settings_check(&cases[i].settings, "a_", true, &error),
                         cases[i].message == NULL);
        if (cases[i].message != NULL) {
            assert_non_null(strstr(error.message, cases[i].message));
        }
    }
    (void)setenv("AWS_REGION", "eu-north-1", 1);
    assert_string_equal(aws_region(&cases[2].settings), "eu-north-1");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_file),     cmocka_unit_test(test_json),
        cmocka_unit_test(test_xml),      cmocka_unit_test(test_container_uri),
        cmocka_unit_test(test_refusals), cmocka_unit_test(test_settings),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
