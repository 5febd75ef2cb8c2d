/* SPDX-License-Identifier: Apache-2.0 */
/* Credentials, and the forms in which files and services tell them. */

#ifndef COLLECTORS_AWS_CREDENTIALS_H
#define COLLECTORS_AWS_CREDENTIALS_H

#include <stdbool.h>
#include <stddef.h>

#include "exporter/error.h"

struct aws_credentials {
    char *access_key_id; /* All of them from malloc; NULL: there are none. */
    char *secret_access_key;
    char *session_token; /* NULL: none is needed. */
    double expiration;   /* Unix seconds as the service wrote it; HUGE_VAL: never. */
};

/* Overwrites and frees. */
void aws_credentials_release(struct aws_credentials *credentials);

/* A section of a credentials file of AWS's programs.
 * https://docs.aws.amazon.com/cli/latest/userguide/cli-configure-files.html */
bool aws_credentials_read_file(const char *text, const char *profile,
                               struct aws_credentials *ret_credentials, struct error *error);

/* What the metadata services of instances and containers answer.
 * https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instance-metadata-security-credentials.html
 */
bool aws_credentials_read_json(const char *text, size_t length,
                               struct aws_credentials *ret_credentials, struct error *error);

/* What STS answers to AssumeRole and AssumeRoleWithWebIdentity.
 * https://docs.aws.amazon.com/STS/latest/APIReference/API_Credentials.html */
bool aws_credentials_read_xml(const char *text, size_t length,
                              struct aws_credentials *ret_credentials, struct error *error);

#endif
