/* SPDX-License-Identifier: Apache-2.0 */
/* What S3 answers, read; no I/O. */

#include "collectors/s3_answer.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "collectors/xml.h"
#include "exporter/rfc3339.h"

#define OBJECTS_FIRST 1000

/* A page while it is read. */
struct page_reading {
    struct arena *arena;
    struct s3_page page;
    struct s3_object object;
    bool has_last_modified;
    bool has_size;
    bool is_truncated;
    bool is_encoded;
};

static int hexadecimal(char digit)
{
    if (digit >= '0' && digit <= '9') {
        return digit - '0';
    }
    return isxdigit((unsigned char)digit) ? tolower((unsigned char)digit) - 'a' + 10 : -1;
}

bool s3_key_decode(char *key)
{
    char *out = key;

    for (const char *in = key; *in != '\0'; in++) {
        int high;
        int low;

        if (*in != '%') {
            *out++ = *in == '+' ? ' ' : *in;
            continue;
        }
        high = hexadecimal(in[1]);
        low = high < 0 ? -1 : hexadecimal(in[2]);
        if (low < 0 || high * 16 + low == 0) {
            return false;
        }
        *out++ = (char)(high * 16 + low);
        in += 2;
    }
    *out = '\0';
    return true;
}

static bool add_object(struct page_reading *reading, struct error *error)
{
    struct s3_page *page = &reading->page;

    if (reading->object.key == NULL || !reading->has_last_modified || !reading->has_size) {
        return error_set(error, ERROR_PROTOCOL,
                         "an object in the list has no key, size or time of modification");
    }
    if (page->count == page->size) {
        size_t size = page->size == 0 ? OBJECTS_FIRST : page->size * 2;
        struct s3_object *objects = arena_alloc_array(reading->arena, size, sizeof *objects);

        if (page->count > 0) {
            memcpy(objects, page->objects, page->count * sizeof *objects);
        }
        page->objects = objects;
        page->size = size;
    }
    page->objects[page->count++] = reading->object;
    reading->object = (struct s3_object){.key = NULL};
    reading->has_last_modified = false;
    reading->has_size = false;
    return true;
}

static bool read_size(const char *text, double *ret_size)
{
    unsigned long long value;
    char *end;

    if (!isdigit((unsigned char)*text)) {
        return false;
    }
    errno = 0;
    value = strtoull(text, &end, 10);
    *ret_size = (double)value;
    return errno == 0 && *end == '\0';
}

static bool take_content(struct page_reading *reading, const char *name, const char *text)
{
    if (strcmp(name, "Key") == 0) {
        reading->object.key = arena_strdup(reading->arena, text);
    } else if (strcmp(name, "LastModified") == 0) {
        reading->has_last_modified = rfc3339_parse(text, &reading->object.last_modified);
    } else if (strcmp(name, "Size") == 0) {
        reading->has_size = read_size(text, &reading->object.size_bytes);
    } else if (strcmp(name, "ETag") == 0) {
        reading->object.etag = arena_strdup(reading->arena, text);
    }
    return true;
}

static bool take_listing(void *context, const char *path, const char *text, struct error *error)
{
    static const char root[] = "ListBucketResult";
    struct page_reading *reading = context;
    const char *name;

    if (strncmp(path, root, strlen(root)) != 0) {
        return error_set(error, ERROR_PROTOCOL, "the answer is no list of a bucket");
    }
    name = path + strlen(root);
    if (strncmp(name, "/Contents/", strlen("/Contents/")) == 0) {
        return take_content(reading, name + strlen("/Contents/"), text);
    }
    if (strcmp(name, "/Contents") == 0) {
        return add_object(reading, error);
    }
    if (strcmp(name, "/IsTruncated") == 0) {
        reading->is_truncated = strcmp(text, "true") == 0;
    } else if (strcmp(name, "/NextContinuationToken") == 0) {
        reading->page.continuation = arena_strdup(reading->arena, text);
    } else if (strcmp(name, "/EncodingType") == 0) {
        reading->is_encoded = strcmp(text, "url") == 0;
    }
    return true;
}

/* Keys with a zero byte, which are no C texts, cannot be backups: no tool makes them. */
static void decode_keys(struct s3_page *page)
{
    size_t kept = 0;

    for (size_t i = 0; i < page->count; i++) {
        char *key = (char *)(uintptr_t)page->objects[i].key;

        if (s3_key_decode(key)) {
            page->objects[kept++] = page->objects[i];
        }
    }
    page->count = kept;
}

bool s3_page_read(struct arena *arena, const char *text, size_t length, struct s3_page *ret_page,
                  struct error *error)
{
    struct page_reading reading = {.arena = arena};

    if (!xml_read(text, length, take_listing, &reading, error)) {
        return false;
    }
    if (!reading.is_truncated) {
        reading.page.continuation = NULL;
    } else if (reading.page.continuation == NULL) {
        return error_set(error, ERROR_PROTOCOL,
                         "the list has more pages but no token for the next one; the store does "
                         "not know version 2 of lists");
    }
    if (reading.is_encoded) {
        decode_keys(&reading.page);
    }
    *ret_page = reading.page;
    return true;
}

/* A list of versions while it is read. */
struct versions_reading {
    const char *key;
    const char *known;
    double oldest;
    double last_modified;
    bool is_list;
    bool is_truncated;
    bool is_key;
    bool is_known;
    bool has_ended; /* What is older, or of other keys, does not count. */
};

static void take_version(struct versions_reading *reading, bool is_deletion)
{
    reading->has_ended = reading->has_ended || !reading->is_key || reading->is_known ||
                         (is_deletion && reading->known == NULL);
    if (!reading->has_ended && !is_deletion) {
        reading->oldest = fmin(reading->oldest, reading->last_modified);
    }
    reading->is_key = false;
    reading->is_known = false;
}

static bool take_versions(void *context, const char *path, const char *text, struct error *error)
{
    struct versions_reading *reading = context;
    const char *name = strrchr(path, '/');

    if (strcmp(path, "ListVersionsResult") == 0) {
        reading->is_list = true;
    } else if (strcmp(path, "ListVersionsResult/IsTruncated") == 0) {
        reading->is_truncated = strcmp(text, "true") == 0;
    } else if (strcmp(path, "ListVersionsResult/Version") == 0 ||
               strcmp(path, "ListVersionsResult/DeleteMarker") == 0) {
        take_version(reading, strcmp(name, "/DeleteMarker") == 0);
    } else if (name != NULL && strcmp(name, "/Key") == 0) {
        reading->is_key = strcmp(text, reading->key) == 0;
    } else if (name != NULL && strcmp(name, "/VersionId") == 0) {
        reading->is_known = reading->known != NULL && strcmp(text, reading->known) == 0;
    } else if (name != NULL && strcmp(name, "/LastModified") == 0 &&
               !rfc3339_parse(text, &reading->last_modified)) {
        return error_set(error, ERROR_PROTOCOL, "LastModified is no instant");
    }
    return true;
}

bool s3_versions_read(const char *text, size_t length, const char *key, const char *known,
                      double *ret_seconds, struct error *error)
{
    struct versions_reading reading = {.key = key, .known = known, .oldest = HUGE_VAL};

    if (!xml_read(text, length, take_versions, &reading, error)) {
        return false;
    }
    if (!reading.is_list) {
        return error_set(error, ERROR_PROTOCOL, "the answer is no list of versions");
    }
    if (reading.is_truncated && !reading.has_ended) {
        return error_set(error, ERROR_INCONSISTENT,
                         "an object has more than 1000 versions that are not at the destination");
    }
    if (isfinite(reading.oldest)) {
        *ret_seconds = reading.oldest;
    }
    return true;
}

enum s3_lock_mode s3_lock_mode(const char *text)
{
    if (strcmp(text, "COMPLIANCE") == 0) {
        return S3_LOCK_COMPLIANCE;
    }
    return strcmp(text, "GOVERNANCE") == 0 ? S3_LOCK_GOVERNANCE : S3_LOCK_NONE;
}

static bool take_retention(void *context, const char *path, const char *text, struct error *error)
{
    struct s3_retention *retention = context;

    if (strcmp(path, "Retention/Mode") == 0) {
        retention->mode = s3_lock_mode(text);
    } else if (strcmp(path, "Retention/RetainUntilDate") == 0 &&
               !rfc3339_parse(text, &retention->until)) {
        return error_set(error, ERROR_PROTOCOL, "RetainUntilDate is no instant");
    }
    return true;
}

bool s3_retention_read(const char *text, size_t length, struct s3_retention *ret_retention,
                       struct error *error)
{
    struct s3_retention retention = {.mode = S3_LOCK_NONE};

    if (!xml_read(text, length, take_retention, &retention, error)) {
        return false;
    }
    if (retention.until <= 0) {
        retention.mode = S3_LOCK_NONE;
    }
    *ret_retention = retention;
    return true;
}
