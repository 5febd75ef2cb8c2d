/* SPDX-License-Identifier: Apache-2.0 */
/* The JSON that backup tools print. */

#ifndef COLLECTORS_BACKUP_JSON_H
#define COLLECTORS_BACKUP_JSON_H

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "exporter/arena.h"
#include "exporter/error.h"
#include "exporter/evidence.h"

/* A whole output → its document, to be freed with cJSON_Delete(). ERROR_PROTOCOL when it is not
 * JSON from its first byte to its last; the message has the line that is not. Nothing is skipped:
 * what a tool says before its JSON may be that it could not look. The numbers of members named in
 * `exact` (NULL at its end; NULL: none), which are too long for a double, become texts. */
bool backup_json_parse(struct arena *arena, const char *text, size_t length,
                       const char *const *exact, cJSON **ret_root, struct error *error);

static inline void backup_json_free(cJSON **root)
{
    cJSON_Delete(*root);
}

/* A copy in the arena; "" when the member is missing or no text. */
const char *backup_json_text(struct arena *arena, const cJSON *object, const char *key);

/* A finite number. */
struct reading backup_json_number(const cJSON *object, const char *key);

/* Unix seconds as a number, or as a number in a text. */
struct reading backup_json_unix(const cJSON *object, const char *key);

/* RFC 3339 with its zone. */
struct reading backup_json_rfc3339(const cJSON *object, const char *key);

/* A whole number, also one in a text; 0 when there is none. */
uint64_t backup_json_uint64(const cJSON *object, const char *key);

/* NULL, which has no members, for what is no array. */
const cJSON *backup_json_array(const cJSON *object, const char *key);

/* A set of names, to look up what others need. */
struct backup_labels {
    const char **items;
    size_t count;
    bool is_sorted;
};

/* Room for `size` of them. */
struct backup_labels backup_labels_new(struct arena *arena, size_t size);
void backup_labels_add(struct backup_labels *labels, const char *label);
bool backup_labels_have(struct backup_labels *labels, const char *label);

#endif
