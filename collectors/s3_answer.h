/* SPDX-License-Identifier: Apache-2.0 */
/* What S3 answers, read; no I/O. Instants are Unix seconds by the store's clock. */

#ifndef COLLECTORS_S3_ANSWER_H
#define COLLECTORS_S3_ANSWER_H

#include <stdbool.h>
#include <stddef.h>

#include "exporter/arena.h"
#include "exporter/error.h"

struct s3_object {
    const char *key;
    double last_modified; /* When its upload was complete; for a multipart one, when it began. */
    double size_bytes;
    const char *etag; /* With its quotes; NULL: not told. */
};

/* https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html */
struct s3_page {
    struct s3_object *objects;
    size_t count;
    size_t size;              /* For how many there is room. */
    const char *continuation; /* For the next page; NULL: this is the last one. */
};

/* All texts are put into the arena. */
bool s3_page_read(struct arena *arena, const char *text, size_t length, struct s3_page *ret_page,
                  struct error *error);

/* Of a list of versions, newest first, that begins with those of `key`: when the oldest of these
 * was written that is newer than version `known` (NULL: than the key's latest deletion), in
 * `ret_seconds`; which is left alone where there is none. An error where the list ends too soon.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectVersions.html */
bool s3_versions_read(const char *text, size_t length, const char *key, const char *known,
                      double *ret_seconds, struct error *error);

enum s3_lock_mode { S3_LOCK_NONE, S3_LOCK_GOVERNANCE, S3_LOCK_COMPLIANCE };

/* https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectRetention.html */
struct s3_retention {
    enum s3_lock_mode mode;
    double until; /* Not for S3_LOCK_NONE. */
};

bool s3_retention_read(const char *text, size_t length, struct s3_retention *ret_retention,
                       struct error *error);

/* The values of `x-amz-object-lock-mode`; what is unknown is none. */
enum s3_lock_mode s3_lock_mode(const char *text);

/* Of encoding-type=url: %XX, and + for a blank. False where a byte would be zero or half of it is
 * missing. In place. */
bool s3_key_decode(char *key);

#endif
