/* SPDX-License-Identifier: Apache-2.0 */
/* The services that hand out credentials: STS and the metadata services. */

#ifndef COLLECTORS_AWS_ASK_H
#define COLLECTORS_AWS_ASK_H

#include "collectors/aws_credentials.h"
#include "collectors/aws_settings.h"
#include "collectors/http_fetch.h"

/* What all of them need. */
struct aws_asking {
    struct http_client *client;
    const char *ca_file; /* NULL: the system's authorities. */
    const struct deadline *deadline;
};

/* The role of the settings, with credentials that may assume it. */
bool aws_ask_role(const struct aws_asking *asking, const struct aws_settings *settings,
                  const struct aws_credentials *credentials,
                  struct aws_credentials *ret_credentials, struct error *error);

/* With the token of a file that is read anew each time, as it changes. */
bool aws_ask_web_identity(const struct aws_asking *asking, const struct aws_settings *settings,
                          const char *token_file, const char *role_arn,
                          struct aws_credentials *ret_credentials, struct error *error);

/* `uri`: whole, or a path on the address of such services. */
bool aws_ask_container(const struct aws_asking *asking, const char *uri,
                       struct aws_credentials *ret_credentials, struct error *error);

bool aws_ask_instance(const struct aws_asking *asking, struct aws_credentials *ret_credentials,
                      struct error *error);

/* Tokens may only be sent by https, or to addresses that no router forwards. For tests. */
bool aws_container_uri_check(const char *uri, struct error *error);

#endif
