/* SPDX-License-Identifier: Apache-2.0 */
/* As whom AWS, or a service that speaks its protocol, is asked: settings that several collectors
 * share. */

#include "collectors/aws_settings.h"

#include <stdlib.h>
#include <string.h>

#define REGION_LENGTH_MAX 40

const char *aws_region(const struct aws_settings *settings)
{
    static const char *const variables[] = {"AWS_REGION", "AWS_DEFAULT_REGION"};

    if (settings->region != NULL) {
        return settings->region;
    }
    for (size_t i = 0; i < sizeof variables / sizeof variables[0]; i++) {
        const char *value = getenv(variables[i]);

        if (value != NULL && *value != '\0') {
            return value;
        }
    }
    return NULL;
}

/* It becomes a part of host names. */
static bool is_region(const char *text)
{
    size_t length = strlen(text);

    return length >= 1 && length <= REGION_LENGTH_MAX &&
           strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-") == length;
}

static bool check_region(const struct aws_settings *own, const char *prefix, bool needs_region,
                         struct error *error)
{
    const char *region = aws_region(own);

    if (region == NULL) {
        return !needs_region ||
               error_set(error, ERROR_INTERNAL,
                         "\"%sregion\" is missing, and so is AWS_REGION in the environment; write "
                         "for example eu-west-1",
                         prefix);
    }
    return is_region(region) || error_set(error, ERROR_INTERNAL,
                                          "\"%sregion\" is no region (small letters, digits and "
                                          "hyphens); write for example eu-west-1",
                                          prefix);
}

bool aws_settings_check(const struct aws_settings *own, const char *prefix, bool needs_region,
                        struct error *error)
{
    if ((own->access_key_id == NULL) != (own->secret_access_key_file == NULL)) {
        return error_set(error, ERROR_INTERNAL,
                         "\"%saccess_key_id\" and \"%ssecret_access_key_file\" belong together; "
                         "write both or neither",
                         prefix, prefix);
    }
    if (own->access_key_id != NULL && own->credentials_file != NULL) {
        return error_set(error, ERROR_INTERNAL,
                         "both \"%saccess_key_id\" and \"%scredentials_file\" are given; write one "
                         "of them",
                         prefix, prefix);
    }
    if (own->external_id != NULL && own->role_arn == NULL) {
        return error_set(error, ERROR_INTERNAL,
                         "\"%sexternal_id\" is for \"%srole_arn\"; remove it or give both", prefix,
                         prefix);
    }
    if (own->role_arn != NULL && strncmp(own->role_arn, "arn:", 4) != 0) {
        return error_set(error, ERROR_INTERNAL,
                         "\"%srole_arn\" is no ARN; write for example "
                         "arn:aws:iam::123456789012:role/dr",
                         prefix);
    }
    return check_region(own, prefix, needs_region, error);
}
