/* SPDX-License-Identifier: Apache-2.0 */
/* Since when objects that differ can have been missing, as far as comparisons tell. */

#include "collectors/s3_replication_differing.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "exporter/hash.h"

struct s3_differing_key {
    uint64_t hash;
    double since;
};

static int compare_keys(const void *a, const void *b)
{
    const struct s3_differing_key *left = a;
    const struct s3_differing_key *right = b;
    int order = (left->hash > right->hash) - (left->hash < right->hash);

    /* Of two keys with the same hash each counts as the one that is missing longer. */
    return order != 0 ? order : (left->since > right->since) - (left->since < right->since);
}

static int compare_suspects(const void *a, const void *b)
{
    const struct s3_suspect *left = a;
    const struct s3_suspect *right = b;
    int order = (left->since > right->since) - (left->since < right->since);

    return order != 0 ? order
                      : (left->object->last_modified > right->object->last_modified) -
                            (left->object->last_modified < right->object->last_modified);
}

static uint64_t hash_key(const struct s3_object *object)
{
    return hash_add(HASH_EMPTY, object->key, strlen(object->key));
}

void s3_differing_release(struct s3_differing *differing)
{
    free(differing->keys);
    *differing = (struct s3_differing){.is_known = false};
}

static double find_since(const struct s3_differing *differing, uint64_t hash)
{
    size_t first = 0;
    size_t end = differing->count;

    if (!differing->is_known) {
        return -HUGE_VAL;
    }
    while (first < end) {
        size_t middle = first + (end - first) / 2;

        if (differing->keys[middle].hash < hash) {
            first = middle + 1;
        } else {
            end = middle;
        }
    }
    return first < differing->count && differing->keys[first].hash == hash
               ? differing->keys[first].since
               : differing->compared_at;
}

void s3_differing_suspect(const struct s3_differing *differing,
                          const struct s3_object *const *objects, size_t count,
                          struct s3_suspect *ret_suspects)
{
    for (size_t i = 0; i < count; i++) {
        ret_suspects[i] =
            (struct s3_suspect){objects[i], find_since(differing, hash_key(objects[i]))};
    }
    qsort(ret_suspects, count, sizeof *ret_suspects, compare_suspects);
}

void s3_differing_replace(struct s3_differing *differing, const struct s3_suspect *suspects,
                          size_t count, double now)
{
    struct s3_differing_key *keys = calloc(count + 1, sizeof *keys);

    if (keys == NULL) {
        abort();
    }
    for (size_t i = 0; i < count; i++) {
        keys[i] = (struct s3_differing_key){hash_key(suspects[i].object), suspects[i].since};
    }
    qsort(keys, count, sizeof *keys, compare_keys);
    s3_differing_release(differing);
    *differing = (struct s3_differing){true, now, keys, count};
}
