/* SPDX-License-Identifier: Apache-2.0 */
/* Credentials, and the forms in which files and services tell them. */

#include "collectors/aws_credentials.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "collectors/xml.h"
#include "exporter/cleanup.h"
#include "exporter/rfc3339.h"
#include "exporter/secret.h"

void aws_credentials_release(struct aws_credentials *credentials)
{
    secret_free(&credentials->access_key_id);
    secret_free(&credentials->secret_access_key);
    secret_free(&credentials->session_token);
}

static void copy(char **place, const char *text, size_t length)
{
    secret_free(place);
    *place = strndup(text, length);
    if (*place == NULL) {
        abort();
    }
}

/* Each becomes a part of a header, where a line end would begin another one. */
static bool is_visible(const char *text)
{
    for (; *text != '\0'; text++) {
        if ((unsigned char)*text <= ' ' || (unsigned char)*text >= 0x7F) {
            return false;
        }
    }
    return true;
}

/* Hands them over, or releases them. */
static bool finish(struct aws_credentials *credentials, const char *where,
                   struct aws_credentials *ret_credentials, struct error *error)
{
    bool good = true;

    if (credentials->access_key_id == NULL || *credentials->access_key_id == '\0' ||
        credentials->secret_access_key == NULL || *credentials->secret_access_key == '\0') {
        good = error_set(error, ERROR_AUTH, "%s has no access key with its secret", where);
    } else if (!is_visible(credentials->access_key_id) ||
               !is_visible(credentials->secret_access_key) ||
               (credentials->session_token != NULL && !is_visible(credentials->session_token))) {
        good = error_set(error, ERROR_AUTH, "%s has credentials with blanks or control characters",
                         where);
    }
    if (!good) {
        aws_credentials_release(credentials);
        return false;
    }
    *ret_credentials = *credentials;
    return true;
}

/* --- A file: `[profile]` and `key = value`. --- */

struct line {
    const char *text;
    size_t length;
};

static struct line trim(const char *text, size_t length)
{
    while (length > 0 && strchr(" \t\r", text[0]) != NULL) {
        text++;
        length--;
    }
    while (length > 0 && strchr(" \t\r", text[length - 1]) != NULL) {
        length--;
    }
    return (struct line){text, length};
}

static bool line_is(struct line line, const char *text)
{
    return strlen(text) == line.length && memcmp(line.text, text, line.length) == 0;
}

static void take_line(struct line line, struct aws_credentials *credentials)
{
    const char *equals = memchr(line.text, '=', line.length);
    struct line key;
    struct line value;

    if (equals == NULL) {
        return;
    }
    key = trim(line.text, (size_t)(equals - line.text));
    value = trim(equals + 1, line.length - (size_t)(equals + 1 - line.text));
    if (line_is(key, "aws_access_key_id")) {
        copy(&credentials->access_key_id, value.text, value.length);
    } else if (line_is(key, "aws_secret_access_key")) {
        copy(&credentials->secret_access_key, value.text, value.length);
    } else if (line_is(key, "aws_session_token")) {
        copy(&credentials->session_token, value.text, value.length);
    }
}

bool aws_credentials_read_file(const char *text, const char *profile,
                               struct aws_credentials *ret_credentials, struct error *error)
{
    struct aws_credentials credentials = {.expiration = HUGE_VAL};
    bool is_meant = false;
    bool was_found = false;

    for (const char *at = text; *at != '\0';) {
        size_t length = strcspn(at, "\n");
        struct line line = trim(at, length);

        if (line.length >= 2 && line.text[0] == '[' && line.text[line.length - 1] == ']') {
            is_meant = line_is(trim(line.text + 1, line.length - 2), profile);
            was_found = was_found || is_meant;
        } else if (is_meant && line.length > 0 && line.text[0] != '#' && line.text[0] != ';') {
            take_line(line, &credentials);
        }
        at += at[length] == '\n' ? length + 1 : length;
    }
    if (!was_found) {
        return error_set(error, ERROR_AUTH, "no section [%s]; compare the \"profile\"", profile);
    }
    return finish(&credentials, "the section", ret_credentials, error);
}

/* --- JSON. --- */

static void delete_json(cJSON **root)
{
    cJSON_Delete(*root);
}

static void copy_member(const cJSON *root, const char *name, char **place)
{
    const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(root, name));

    if (text != NULL && *text != '\0') {
        copy(place, text, strlen(text));
    }
}

bool aws_credentials_read_json(const char *text, size_t length,
                               struct aws_credentials *ret_credentials, struct error *error)
{
    CLEANUP(delete_json) cJSON *root = cJSON_ParseWithLengthOpts(text, length, NULL, 0);
    const char *code = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(root, "Code"));
    const char *expiration =
        cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(root, "Expiration"));
    struct aws_credentials credentials = {.expiration = HUGE_VAL};

    if (!cJSON_IsObject(root)) {
        return error_set(error, ERROR_PROTOCOL, "the metadata service did not answer with JSON");
    }
    if (code != NULL && strcmp(code, "Success") != 0) {
        return error_set(error, ERROR_AUTH,
                         "the metadata service has no credentials; check the "
                         "role of the instance");
    }
    if (!rfc3339_parse(expiration, &credentials.expiration)) {
        return error_set(error, ERROR_PROTOCOL,
                         "the metadata service does not tell when its credentials expire");
    }
    copy_member(root, "AccessKeyId", &credentials.access_key_id);
    copy_member(root, "SecretAccessKey", &credentials.secret_access_key);
    copy_member(root, "Token", &credentials.session_token);
    return finish(&credentials, "the answer of the metadata service", ret_credentials, error);
}

/* --- XML. --- */

static bool take_element(void *context, const char *path, const char *text, struct error *error)
{
    struct aws_credentials *credentials = context;
    const char *element = strstr(path, "Result/Credentials/");

    if (element == NULL) {
        return true;
    }
    element += strlen("Result/Credentials/");
    if (strcmp(element, "AccessKeyId") == 0) {
        copy(&credentials->access_key_id, text, strlen(text));
    } else if (strcmp(element, "SecretAccessKey") == 0) {
        copy(&credentials->secret_access_key, text, strlen(text));
    } else if (strcmp(element, "SessionToken") == 0) {
        copy(&credentials->session_token, text, strlen(text));
    } else if (strcmp(element, "Expiration") == 0 &&
               !rfc3339_parse(text, &credentials->expiration)) {
        return error_set(error, ERROR_PROTOCOL, "Expiration is no instant");
    }
    return true;
}

bool aws_credentials_read_xml(const char *text, size_t length,
                              struct aws_credentials *ret_credentials, struct error *error)
{
    struct aws_credentials credentials = {.expiration = 0};

    if (!xml_read(text, length, take_element, &credentials, error)) {
        aws_credentials_release(&credentials);
        return error_prefix(error, "STS");
    }
    if (credentials.expiration <= 0) {
        aws_credentials_release(&credentials);
        return error_set(error, ERROR_PROTOCOL, "STS does not tell when its credentials expire");
    }
    return finish(&credentials, "the answer of STS", ret_credentials, error);
}
