/* SPDX-License-Identifier: Apache-2.0 */
/* AWS Signature Version 4: requests signed with a key that never travels.
 *
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/create-signed-request.html and, for S3, whose
 * paths are encoded only once, https://docs.aws.amazon.com/AmazonS3/latest/API/
 * sig-v4-header-based-auth.html. libcurl 7.88 has a signer that does neither sort the query nor
 * sign the hash of the body, which S3 wants. Pure functions: no I/O, no clock. */

#ifndef COLLECTORS_AWS_SIGV4_H
#define COLLECTORS_AWS_SIGV4_H

#include <stdbool.h>
#include <stddef.h>

/* A header, or a parameter of the query; plain, not encoded. */
struct aws_pair {
    const char *name;
    const char *value;
};

struct aws_request {
    const char *method;
    const char *path;             /* As it is sent; see aws_uri_encode. */
    const struct aws_pair *query; /* In any order. */
    size_t query_count;
    /* All that are signed, each name once, in any order; `host` and `x-amz-date` are among them. */
    const struct aws_pair *headers;
    size_t header_count;
    const char *payload_sha256; /* See aws_sha256_text. */
};

struct aws_signer {
    const char *access_key_id;
    const char *secret_access_key;
    const char *region;
    const char *service; /* s3, sts, monitoring, … */
};

#define AWS_DATE_BYTES 17
#define AWS_SHA256_TEXT_BYTES 65

/* The value of `x-amz-date`, 20261121T140506Z, of Unix seconds from 1970 to 9999. */
void aws_date_text(double unix_seconds, char text[AWS_DATE_BYTES]);

/* In small hexadecimal digits. */
void aws_sha256_text(const void *bytes, size_t length, char text[AWS_SHA256_TEXT_BYTES]);

/* Letters, digits and -._~ stay as they are, and slashes where wanted; all else is %XX. To be
 * freed by the caller, as are all results below. */
char *aws_uri_encode(const char *text, bool keeps_slashes);

/* The query as it is sent and signed: encoded and sorted; "" for none. */
char *aws_query_text(const struct aws_pair *query, size_t count);

/* What is signed; for tests. */
char *aws_canonical_request(const struct aws_request *request, const char *service);

/* The value of the header `authorization`. */
char *aws_authorization(const struct aws_request *request, const struct aws_signer *signer);

#endif
