/* SPDX-License-Identifier: Apache-2.0 */
/* The services that hand out credentials: STS and the metadata services. */

#include "collectors/aws_ask.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "collectors/aws_error.h"
#include "collectors/aws_post.h"
#include "collectors/aws_sigv4.h"
#include "exporter/bounds.h"
#include "exporter/cleanup.h"
#include "exporter/secret.h"

#define SESSION_NAME "dr_exporter"
/* Services on the link of the machine answer at once, or are not there. */
#define METADATA_BUDGET_MS 2000
#define ROLE_NAME_BYTES_MAX 128

static const char *environment(const char *name, const char *otherwise)
{
    const char *value = getenv(name);

    return value != NULL && *value != '\0' ? value : otherwise;
}

static void release_answer(struct http_answer *answer)
{
    if (answer->body != NULL) {
        explicit_bzero(answer->body, answer->length);
    }
    http_answer_release(answer);
}

static char *join(const char *one, const char *other)
{
    char *text;

    if (asprintf(&text, "%s%s", one, other) < 0) {
        abort();
    }
    return text;
}

/* --- STS: https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html --- */

static bool ask_sts(const struct aws_asking *asking, const struct aws_settings *settings,
                    const struct aws_credentials *credentials, const char *body,
                    struct aws_credentials *ret_credentials, struct error *error)
{
    const char *region = aws_region(settings) != NULL ? aws_region(settings) : "us-east-1";
    CLEANUP(free_text) char *url = aws_service_url("sts", region, "AWS_ENDPOINT_URL_STS");
    CLEANUP(release_answer) struct http_answer answer = {0};
    const struct aws_pair headers[] = {{"content-type", "application/x-www-form-urlencoded"}};
    const struct aws_post post = {.url = url,
                                  .service = "sts",
                                  .region = region,
                                  .headers = headers,
                                  .header_count = 1,
                                  .body = body,
                                  .credentials = credentials,
                                  .ca_file = asking->ca_file};
    bool good = aws_post(asking->client, &post, asking->deadline, &answer, error);

    if (good && answer.status != 200) {
        good = aws_error_set(&(struct aws_refusal){.status = answer.status,
                                                   .body = answer.body,
                                                   .length = answer.length},
                             error);
    }
    good = good && aws_credentials_read_xml(answer.body, answer.length, ret_credentials, error);
    return good || error_prefix(error, "STS");
}

bool aws_ask_role(const struct aws_asking *asking, const struct aws_settings *settings,
                  const struct aws_credentials *credentials,
                  struct aws_credentials *ret_credentials, struct error *error)
{
    struct aws_pair parameters[] = {{"Action", "AssumeRole"},
                                    {"Version", "2011-06-15"},
                                    {"RoleArn", settings->role_arn},
                                    {"RoleSessionName", SESSION_NAME},
                                    {"ExternalId", settings->external_id}};
    CLEANUP(free_text)
    char *body = aws_query_text(parameters, settings->external_id != NULL ? 5 : 4);

    return ask_sts(asking, settings, credentials, body, ret_credentials, error);
}

bool aws_ask_web_identity(const struct aws_asking *asking, const struct aws_settings *settings,
                          const char *token_file, const char *role_arn,
                          struct aws_credentials *ret_credentials, struct error *error)
{
    CLEANUP(secret_free) char *token = NULL;
    CLEANUP(secret_free) char *body = NULL;
    struct aws_pair parameters[] = {
        {"Action", "AssumeRoleWithWebIdentity"},
        {"Version", "2011-06-15"},
        {"RoleArn", role_arn},
        {"RoleSessionName", environment("AWS_ROLE_SESSION_NAME", SESSION_NAME)},
        {"WebIdentityToken", NULL}};

    if (!secret_read(token_file, &token, error)) {
        return false;
    }
    parameters[4].value = token;
    body = aws_query_text(parameters, sizeof parameters / sizeof parameters[0]);
    return ask_sts(asking, settings, NULL, body, ret_credentials, error);
}

/* --- Metadata services. --- */

static bool ask_metadata(const struct aws_asking *asking, enum http_method method, const char *url,
                         const char *header, struct http_answer *ret_answer, struct error *error)
{
    const struct deadline deadline = deadline_within(asking->deadline, METADATA_BUDGET_MS);
    const char *headers[] = {header, NULL};
    struct http_request request = {.method = method,
                                   .url = url,
                                   .headers = headers,
                                   .body_bytes_max = AWS_ANSWER_BYTES_MAX,
                                   .no_redirections = true,
                                   .direct = true};

    if (!http_fetch(asking->client, &request, &deadline, ret_answer, error)) {
        return false;
    }
    if (!http_status_check(ret_answer->status, error)) {
        release_answer(ret_answer);
        return false;
    }
    return true;
}

static char *host_of(const char *url)
{
    const char *start = strstr(url, "://");
    char *host;

    start = start != NULL ? start + 3 : url;
    host = strndup(start, strcspn(start, "/?#"));
    if (host == NULL) {
        abort();
    }
    return host;
}

bool aws_container_uri_check(const char *uri, struct error *error)
{
    static const char *const hosts[] = {"169.254.170.2", "169.254.170.23", "[fd00:ec2::23]",
                                        "127.0.0.1",     "localhost",      "[::1]"};
    CLEANUP(free_text) char *host = host_of(uri);
    size_t length = *host == '[' ? strcspn(host, "]") + 1 : strcspn(host, ":");

    if (!http_url_check(uri, error)) {
        return error_prefix(error, "AWS_CONTAINER_CREDENTIALS_FULL_URI");
    }
    if (strncasecmp(uri, "https:", 6) == 0) {
        return true;
    }
    for (size_t i = 0; i < sizeof hosts / sizeof hosts[0]; i++) {
        if (length == strlen(hosts[i]) && strncmp(host, hosts[i], length) == 0) {
            return true;
        }
    }
    return error_set(error, ERROR_AUTH,
                     "AWS_CONTAINER_CREDENTIALS_FULL_URI is neither https nor on this machine's "
                     "own network link; others could read the credentials");
}

static bool container_header(char **ret_header, struct error *error)
{
    const char *file = environment("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", NULL);
    const char *text = environment("AWS_CONTAINER_AUTHORIZATION_TOKEN", NULL);
    CLEANUP(secret_free) char *token = NULL;

    if (file != NULL && !secret_read(file, &token, error)) {
        return false;
    }
    text = token != NULL ? token : text;
    if (text != NULL && strpbrk(text, "\r\n") != NULL) {
        return error_set(error, ERROR_AUTH,
                         "the token for the container's credentials has more than one line");
    }
    if (text != NULL) {
        *ret_header = join("Authorization: ", text);
    }
    return true;
}

bool aws_ask_container(const struct aws_asking *asking, const char *uri,
                       struct aws_credentials *ret_credentials, struct error *error)
{
    CLEANUP(free_text) char *url = join(*uri == '/' ? "http://169.254.170.2" : "", uri);
    CLEANUP(secret_free) char *header = NULL;
    CLEANUP(release_answer) struct http_answer answer = {0};

    return (aws_container_uri_check(url, error) && container_header(&header, error) &&
            ask_metadata(asking, HTTP_GET, url, header, &answer, error) &&
            aws_credentials_read_json(answer.body, answer.length, ret_credentials, error)) ||
           error_prefix(error, "credentials of the container");
}

/* The name of the role is the first line of the list of one. */
static bool find_role(const struct aws_asking *asking, const char *list_url, const char *header,
                      char **ret_url, struct error *error)
{
    CLEANUP(release_answer) struct http_answer answer = {0};
    CLEANUP(free_text) char *role = NULL;
    size_t length;

    if (!ask_metadata(asking, HTTP_GET, list_url, header, &answer, error)) {
        return false;
    }
    length = strcspn(answer.body, "\r\n");
    if (length == 0 || length > ROLE_NAME_BYTES_MAX) {
        return error_set(error, ERROR_PROTOCOL, "no role is told; does the instance have one?");
    }
    answer.body[length] = '\0';
    role = aws_uri_encode(answer.body, false);
    *ret_url = join(list_url, role);
    return true;
}

static bool ask_instance(const struct aws_asking *asking, const char *base,
                         struct aws_credentials *ret_credentials, struct error *error)
{
    CLEANUP(free_text) char *token_url = join(base, "/latest/api/token");
    CLEANUP(free_text)
    char *list_url = join(base, "/latest/meta-data/iam/security-credentials/");
    CLEANUP(free_text) char *role_url = NULL;
    CLEANUP(secret_free) char *header = NULL;
    CLEANUP(release_answer) struct http_answer token = {0};
    CLEANUP(release_answer) struct http_answer answer = {0};

    if (!ask_metadata(asking, HTTP_PUT, token_url, "X-aws-ec2-metadata-token-ttl-seconds: 300",
                      &token, error)) {
        return false;
    }
    if (strlen(token.body) != token.length || strpbrk(token.body, "\r\n") != NULL) {
        return error_set(error, ERROR_PROTOCOL, "its token is none");
    }
    header = join("X-aws-ec2-metadata-token: ", token.body);
    return find_role(asking, list_url, header, &role_url, error) &&
           ask_metadata(asking, HTTP_GET, role_url, header, &answer, error) &&
           aws_credentials_read_json(answer.body, answer.length, ret_credentials, error);
}

bool aws_ask_instance(const struct aws_asking *asking, struct aws_credentials *ret_credentials,
                      struct error *error)
{
    const char *base = environment("AWS_EC2_METADATA_SERVICE_ENDPOINT", "http://169.254.169.254");

    if (strcasecmp(environment("AWS_EC2_METADATA_DISABLED", ""), "true") == 0) {
        return error_set(error, ERROR_AUTH,
                         "no credentials are in the settings or the environment; write for example "
                         "access_key_id and secret_access_key_file");
    }
    return ask_instance(asking, base, ret_credentials, error) ||
           error_prefix(error, "no credentials are in the settings or the environment, and the "
                               "metadata service of the instance gives none");
}
