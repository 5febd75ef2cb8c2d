/* SPDX-License-Identifier: Apache-2.0 */
/* Requests to services of AWS other than S3: a POST to the root of a host, signed. */

#ifndef COLLECTORS_AWS_POST_H
#define COLLECTORS_AWS_POST_H

#include "collectors/aws_credentials.h"
#include "collectors/aws_settings.h"
#include "collectors/aws_sigv4.h"
#include "collectors/http_fetch.h"

#define AWS_POST_HEADERS_MAX 2

struct aws_post {
    const char *url;
    const char *service; /* As for the signature. */
    const char *region;
    const struct aws_pair *headers; /* Beside those of the signature; `content-type` is needed. */
    size_t header_count;            /* At most AWS_POST_HEADERS_MAX. */
    const char *body;
    const struct aws_credentials *credentials; /* NULL: not signed. */
    const char *ca_file;                       /* NULL: the system's authorities. */
};

/* Where a service is asked: that of the environment variable, or `https://<name>.<region>…/`. To be
 * freed by the caller. */
char *aws_service_url(const char *name, const char *region, const char *variable);

/* True for every complete answer. */
bool aws_post(struct http_client *client, const struct aws_post *post,
              const struct deadline *deadline, struct http_answer *ret_answer, struct error *error);

#endif
