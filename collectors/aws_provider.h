/* SPDX-License-Identifier: Apache-2.0 */
/* Where credentials come from, and new ones before those that there are expire.
 *
 * The order is that of AWS's own programs: settings; AWS_ACCESS_KEY_ID; AWS_WEB_IDENTITY_TOKEN_FILE
 * with AWS_ROLE_ARN; AWS_SHARED_CREDENTIALS_FILE; AWS_CONTAINER_CREDENTIALS_RELATIVE_URI or
 * _FULL_URI; the metadata service of the instance (version 2 only). A `role_arn` among the settings
 * is assumed with what was found. AWS_ENDPOINT_URL_STS, AWS_EC2_METADATA_SERVICE_ENDPOINT and
 * AWS_EC2_METADATA_DISABLED are understood.
 * https://docs.aws.amazon.com/sdkref/latest/guide/standardized-credentials.html */

#ifndef COLLECTORS_AWS_PROVIDER_H
#define COLLECTORS_AWS_PROVIDER_H

#include "collectors/aws_credentials.h"
#include "collectors/aws_settings.h"
#include "exporter/stop.h"

/* Of one session; not for several threads. */
struct aws_provider;

/* Asks nobody yet. Settings and file name are not copied; `ca_file` is for STS, NULL for the
 * system's authorities. */
struct aws_provider *aws_provider_new(const struct aws_settings *settings, const char *ca_file);
void aws_provider_free(struct aws_provider *provider);

/* Valid until the next call. */
bool aws_provider_get(struct aws_provider *provider, const struct deadline *deadline,
                      const struct aws_credentials **ret_credentials, struct error *error);

#endif
