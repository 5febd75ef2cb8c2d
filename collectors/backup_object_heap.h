/* SPDX-License-Identifier: Apache-2.0 */
/* The newest of a stream of objects, in bounded memory. */

#ifndef COLLECTORS_BACKUP_OBJECT_HEAP_H
#define COLLECTORS_BACKUP_OBJECT_HEAP_H

#include <stdbool.h>
#include <stddef.h>

struct backup_object {
    char *key;            /* The heap's own. */
    double last_modified; /* By the store's clock. */
    double completed;     /* The same by this host's. */
    double size_bytes;
    bool is_usable;     /* As far as it can be seen: those that are not go first. */
    bool is_unfinished; /* A directory of etcd-manager without its marker. */
};

struct backup_object_heap {
    struct backup_object *objects; /* The one that would go next is the first. */
    size_t count;
    size_t size;
    size_t keep;
    bool has_dropped;
};

void backup_object_heap_init(struct backup_object_heap *heap, size_t keep);
void backup_object_heap_release(struct backup_object_heap *heap);

/* Copies the key. */
void backup_object_heap_add(struct backup_object_heap *heap, const struct backup_object *object);

/* Ends the heap's order: usable ones first, the newest first among them. */
void backup_object_heap_sort(struct backup_object_heap *heap);

#endif
