/* SPDX-License-Identifier: Apache-2.0 */
/* Whatever a store answers about its buckets, it ends as a fact or an error. */

#include <stdint.h>

#include "collectors/s3_replication_places.h"
#include "collectors/s3_replication_rules.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new();
    struct error error;
    const char *place;
    bool answer;

    (void)s3_rules_cover((const char *)data, size, "copy", "p/", &answer, &error);
    (void)s3_versioning_read((const char *)data, size, &answer, &error);
    (void)s3_place_read(arena, (const char *)data, size, &place, &error);
    arena_free(arena);
    return 0;
}
