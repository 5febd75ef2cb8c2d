/* SPDX-License-Identifier: Apache-2.0 */
/* Which bucket, and where: settings that several collectors share. */

#include "collectors/s3_settings.h"

#include <string.h>
#include <strings.h>

#include "collectors/http_url.h"

/* Those of AWS are shorter and have only small letters, digits, hyphens and dots. */
#define BUCKET_LENGTH_MAX 255

static bool is_bucket(const char *name)
{
    static const char allowed[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._";
    size_t length = strlen(name);

    return length >= 3 && length <= BUCKET_LENGTH_MAX && strspn(name, allowed) == length &&
           strcmp(name, "...") != 0;
}

static bool check_endpoint(const char *endpoint, const char *prefix, struct error *error)
{
    const char *path;

    if (!http_url_check(endpoint, error)) {
        return error_set(error, ERROR_INTERNAL,
                         "\"%sendpoint\" is not a URL without user and password; write for example "
                         "https://minio.example.com:9000",
                         prefix);
    }
    path = strpbrk(strstr(endpoint, "://") + 3, "/?#");
    if (path != NULL && strcmp(path, "/") != 0) {
        return error_set(error, ERROR_INTERNAL,
                         "\"%sendpoint\" has more than scheme, host and port; the bucket belongs "
                         "into \"%sbucket\"",
                         prefix, prefix);
    }
    return true;
}

bool s3_settings_check(const struct s3_settings *own, const char *prefix, struct error *error)
{
    if (!is_bucket(own->bucket)) {
        return error_set(error, ERROR_INTERNAL,
                         "\"%sbucket\" is no name of a bucket; write it without scheme and path",
                         prefix);
    }
    return (own->endpoint == NULL || check_endpoint(own->endpoint, prefix, error)) &&
           aws_settings_check(&own->aws, prefix, own->endpoint == NULL, error);
}

/* Without the slash at its end. */
static size_t endpoint_length(const char *endpoint)
{
    size_t length = strlen(endpoint);

    return length > 0 && endpoint[length - 1] == '/' ? length - 1 : length;
}

bool s3_settings_same_place(const struct s3_settings *a, const struct s3_settings *b)
{
    const char *region = aws_region(&a->aws);
    const char *other = aws_region(&b->aws);

    if (a->endpoint != NULL && b->endpoint != NULL) {
        return endpoint_length(a->endpoint) == endpoint_length(b->endpoint) &&
               strncasecmp(a->endpoint, b->endpoint, endpoint_length(a->endpoint)) == 0;
    }
    return a->endpoint == b->endpoint && region != NULL && other != NULL &&
           strcmp(region, other) == 0;
}
