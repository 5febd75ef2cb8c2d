/* SPDX-License-Identifier: Apache-2.0 */
/* The records in which MirrorMaker 2 and Kafka Connect keep their books: bytes in, fields out. */

#include "collectors/mirrormaker_rows.h"

#include <math.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "exporter/cleanup.h"

/* What a double holds exactly; an offset of this size takes centuries, and sums do not overflow. */
#define OFFSET_MAX 9007199254740991.0

/* --- Binary fields: big endian, strings behind their length (Kafka's protocol types). --- */

struct fields {
    const unsigned char *next;
    size_t left;
    bool complete; /* False once something was missing. */
};

static uint64_t read_integer(struct fields *fields, size_t bytes)
{
    uint64_t value = 0;

    if (fields->left < bytes) {
        fields->complete = false;
        return 0;
    }
    for (size_t i = 0; i < bytes; i++) {
        value = value << 8 | fields->next[i];
    }
    fields->next += bytes;
    fields->left -= bytes;
    return value;
}

static bool copy_name(struct mirrormaker_name *name, const char *text, size_t length)
{
    if (length > MIRRORMAKER_NAME_BYTES_MAX || memchr(text, '\0', length) != NULL) {
        return false;
    }
    memcpy(name->text, text, length);
    name->text[length] = '\0';
    return true;
}

static void read_name(struct fields *fields, struct mirrormaker_name *name)
{
    size_t length = (size_t)read_integer(fields, 2);

    if (!fields->complete || length > fields->left ||
        !copy_name(name, (const char *)fields->next, length)) {
        fields->complete = false;
        return;
    }
    fields->next += length;
    fields->left -= length;
}

/* Partitions and offsets are never negative. */
static int32_t read_partition(struct fields *fields)
{
    uint64_t value = read_integer(fields, 4);

    fields->complete = fields->complete && value <= INT32_MAX;
    return fields->complete ? (int32_t)value : 0;
}

static int64_t read_offset(struct fields *fields)
{
    uint64_t value = read_integer(fields, 8);

    fields->complete = fields->complete && value <= (uint64_t)OFFSET_MAX;
    return fields->complete ? (int64_t)value : 0;
}

static struct fields begin(const void *bytes, size_t length)
{
    return (struct fields){.next = bytes, .left = length, .complete = bytes != NULL};
}

bool mirrormaker_sync_row_read(const void *key, size_t key_length, const void *value,
                               size_t value_length, struct mirrormaker_sync_row *ret_row)
{
    struct fields fields = begin(key, key_length);

    read_name(&fields, &ret_row->topic);
    ret_row->partition = read_partition(&fields);
    if (!fields.complete || fields.left != 0) {
        return false;
    }
    fields = begin(value, value_length);
    ret_row->upstream = read_offset(&fields);
    ret_row->downstream = read_offset(&fields);
    ret_row->known = fields.complete && fields.left == 0;
    return true;
}

bool mirrormaker_checkpoint_row_read(const void *key, size_t key_length, const void *value,
                                     size_t value_length,
                                     struct mirrormaker_checkpoint_row *ret_row)
{
    struct fields fields = begin(key, key_length);

    read_name(&fields, &ret_row->group);
    read_name(&fields, &ret_row->topic);
    ret_row->partition = read_partition(&fields);
    if (!fields.complete || fields.left != 0) {
        return false;
    }
    fields = begin(value, value_length);
    fields.complete = read_integer(&fields, 2) == 0 && fields.complete;
    ret_row->upstream = read_offset(&fields);
    ret_row->downstream = read_offset(&fields);
    /* The metadata is not looked at. */
    ret_row->known = fields.complete;
    return true;
}

/* --- JSON. --- */

static void free_json(cJSON **json)
{
    cJSON_Delete(*json);
}

static cJSON *parse(const void *text, size_t length)
{
    return text == NULL || length > MIRRORMAKER_ROW_BYTES_MAX
               ? NULL
               : cJSON_ParseWithLengthOpts(text, length, NULL, false);
}

static bool read_text(const cJSON *json, struct mirrormaker_name *ret_name)
{
    return cJSON_IsString(json) &&
           copy_name(ret_name, json->valuestring, strlen(json->valuestring));
}

/* A whole number from 0 to `max`. */
static bool read_whole(const cJSON *json, double max, int64_t *ret_value)
{
    if (!cJSON_IsNumber(json) || !(json->valuedouble >= 0 && json->valuedouble <= max) ||
        floor(json->valuedouble) < json->valuedouble) {
        return false;
    }
    *ret_value = (int64_t)json->valuedouble;
    return true;
}

static bool read_key(const cJSON *key, struct mirrormaker_offset_row *row)
{
    const cJSON *place = cJSON_GetArrayItem(key, 1);
    int64_t partition;

    if (!cJSON_IsArray(key) || cJSON_GetArraySize(key) != 2 || !cJSON_IsObject(place) ||
        !read_text(cJSON_GetArrayItem(key, 0), &row->connector) ||
        !read_text(cJSON_GetObjectItemCaseSensitive(place, "cluster"), &row->cluster) ||
        !read_text(cJSON_GetObjectItemCaseSensitive(place, "topic"), &row->topic) ||
        !read_whole(cJSON_GetObjectItemCaseSensitive(place, "partition"), INT32_MAX, &partition)) {
        return false;
    }
    row->partition = (int32_t)partition;
    return true;
}

bool mirrormaker_offset_row_read(const void *key, size_t key_length, const void *value,
                                 size_t value_length, struct mirrormaker_offset_row *ret_row)
{
    CLEANUP(free_json) cJSON *place = parse(key, key_length);

    if (place == NULL || !read_key(place, ret_row)) {
        return false;
    }

    CLEANUP(free_json) cJSON *position = parse(value, value_length);

    ret_row->offset = 0;
    ret_row->known =
        cJSON_IsObject(position) && read_whole(cJSON_GetObjectItemCaseSensitive(position, "offset"),
                                               OFFSET_MAX, &ret_row->offset);
    return true;
}
