/* SPDX-License-Identifier: Apache-2.0 */
/* The records in which MirrorMaker 2 and Kafka Connect keep their books: bytes in, fields out. */

#ifndef COLLECTORS_MIRRORMAKER_ROWS_H
#define COLLECTORS_MIRRORMAKER_ROWS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "exporter/bounds.h"

/* Names as the records have them, terminated; Kafka allows 249 bytes for a topic. Records with
 * longer ones are not ours. */
struct mirrormaker_name {
    char text[MIRRORMAKER_NAME_BYTES_MAX + 1];
};

/* A row of Kafka Connect's offsets topic as MirrorSourceConnector writes it:
 * key `["connector",{"cluster":"A","partition":0,"topic":"orders"}]`, value `{"offset":99}`, the
 * offset of the last record that is safe at the target (MirrorUtils.wrapPartition, wrapOffset;
 * OffsetStorageWriter). */
struct mirrormaker_offset_row {
    struct mirrormaker_name connector;
    struct mirrormaker_name cluster;
    struct mirrormaker_name topic;
    int32_t partition;
    bool known; /* False: a tombstone, or no offset that makes sense: nothing is known any more. */
    int64_t offset;
};

/* False for rows of other kinds: of other connectors, heartbeats, checkpoints. A value that cannot
 * be understood is not known, so that what was written before does not count for it. */
bool mirrormaker_offset_row_read(const void *key, size_t key_length, const void *value,
                                 size_t value_length, struct mirrormaker_offset_row *ret_row);

/* A record of the offset-syncs topic (OffsetSync.java): key STRING topic (the source's name), INT32
 * partition; value INT64 upstream, INT64 downstream: the record at `upstream` is at `downstream` in
 * the copy. It has no version. */
struct mirrormaker_sync_row {
    struct mirrormaker_name topic;
    int32_t partition;
    bool known; /* False: a tombstone. */
    int64_t upstream;
    int64_t downstream;
};

bool mirrormaker_sync_row_read(const void *key, size_t key_length, const void *value,
                               size_t value_length, struct mirrormaker_sync_row *ret_row);

/* A record of the checkpoints topic (Checkpoint.java): key STRING group, STRING topic (the
 * target's name), INT32 partition; value INT16 version 0, INT64 upstream, INT64 downstream, STRING
 * metadata: what the group had committed, at the source and translated. */
struct mirrormaker_checkpoint_row {
    struct mirrormaker_name group;
    struct mirrormaker_name topic;
    int32_t partition;
    bool known; /* False: a tombstone, or a version that is not known. */
    int64_t upstream;
    int64_t downstream;
};

bool mirrormaker_checkpoint_row_read(const void *key, size_t key_length, const void *value,
                                     size_t value_length,
                                     struct mirrormaker_checkpoint_row *ret_row);

#endif
