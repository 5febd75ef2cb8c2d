/* SPDX-License-Identifier: Apache-2.0 */
/* Whatever stands in MirrorMaker's topics, reading it neither crashes nor leaks, and no offset is
 * made up. */

#include <stdint.h>
#include <stdlib.h>

#include "collectors/mirrormaker_groups.h"
#include "collectors/mirrormaker_progress.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool right)
{
    if (!right) {
        abort();
    }
}

static void add_offset(struct mirrormaker_progress *progress, const uint8_t *key, size_t key_length,
                       const uint8_t *value, size_t value_length)
{
    struct mirrormaker_offset_row row;
    struct mirrormaker_position position;

    if (!mirrormaker_offset_row_read(key, key_length, value, value_length, &row)) {
        return;
    }
    check(row.partition >= 0 && row.offset >= 0);
    mirrormaker_progress_add_offset(progress, &row, (int64_t)value_length);
    position = mirrormaker_progress_find(progress, row.topic.text, row.partition);
    check(position.known == row.known && (!row.known || position.next == row.offset + 1));
}

static void add_others(struct mirrormaker_progress *progress,
                       struct mirrormaker_checkpoints *checkpoints, const uint8_t *key,
                       size_t key_length, const uint8_t *value, size_t value_length)
{
    struct mirrormaker_sync_row sync;
    struct mirrormaker_checkpoint_row checkpoint;

    if (mirrormaker_sync_row_read(key, key_length, value, value_length, &sync)) {
        check(!sync.known || (sync.upstream >= 0 && sync.downstream >= 0));
        mirrormaker_progress_add_sync(progress, &sync, 1);
        (void)mirrormaker_progress_find(progress, sync.topic.text, sync.partition);
    }
    if (mirrormaker_checkpoint_row_read(key, key_length, value, value_length, &checkpoint)) {
        mirrormaker_checkpoints_add(checkpoints, &checkpoint, 1);
        check((mirrormaker_checkpoints_find(checkpoints, checkpoint.group.text,
                                            checkpoint.topic.text, checkpoint.partition) != NULL) ==
              checkpoint.known);
    }
}

/* The first byte says how long the key is; the value follows it. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct mirrormaker_progress *progress = mirrormaker_progress_new();
    struct mirrormaker_checkpoints *checkpoints = mirrormaker_checkpoints_new();
    size_t key_length = size == 0 ? 0 : data[0];

    if (size > 0) {
        data++;
        size--;
        key_length = key_length > size ? size : key_length;
        add_offset(progress, data, key_length, data + key_length, size - key_length);
        add_others(progress, checkpoints, data, key_length, data + key_length, size - key_length);
    }
    mirrormaker_progress_free(progress);
    mirrormaker_checkpoints_free(checkpoints);
    return 0;
}
