/* SPDX-License-Identifier: Apache-2.0 */
/* FNV-1a, http://www.isthe.com/chongo/tech/comp/fnv/: the same in every process, and no protection
 * from who chooses what is hashed. */

#ifndef EXPORTER_HASH_H
#define EXPORTER_HASH_H

#include <stddef.h>
#include <stdint.h>

#define HASH_EMPTY UINT64_C(0xcbf29ce484222325)

/* The hash of what `hash` is of, with these bytes behind it. */
static inline uint64_t hash_add(uint64_t hash, const void *bytes, size_t length)
{
    const unsigned char *byte = bytes;

    for (size_t i = 0; i < length; i++) {
        hash = (hash ^ byte[i]) * UINT64_C(0x100000001b3);
    }
    return hash;
}

#endif
