/* SPDX-License-Identifier: Apache-2.0 */
/* The newest of a stream of objects, in bounded memory. */

#include "collectors/backup_object_heap.h"

#include <stdlib.h>
#include <string.h>

#define SIZE_FIRST 64

void backup_object_heap_init(struct backup_object_heap *heap, size_t keep)
{
    *heap = (struct backup_object_heap){.keep = keep};
}

void backup_object_heap_release(struct backup_object_heap *heap)
{
    for (size_t i = 0; i < heap->count; i++) {
        free(heap->objects[i].key);
    }
    free(heap->objects);
    *heap = (struct backup_object_heap){.keep = heap->keep};
}

/* Is `a` to be forgotten before `b`? */
static bool goes_before(const struct backup_object *a, const struct backup_object *b)
{
    if (a->is_usable != b->is_usable) {
        return b->is_usable;
    }
    return a->completed < b->completed;
}

static void swap(struct backup_object *a, struct backup_object *b)
{
    struct backup_object other = *a;

    *a = *b;
    *b = other;
}

static void sift_up(struct backup_object_heap *heap, size_t at)
{
    while (at > 0 && goes_before(&heap->objects[at], &heap->objects[(at - 1) / 2])) {
        swap(&heap->objects[at], &heap->objects[(at - 1) / 2]);
        at = (at - 1) / 2;
    }
}

static void sift_down(struct backup_object_heap *heap)
{
    for (size_t at = 0;;) {
        size_t first = at;

        for (size_t child = 2 * at + 1; child <= 2 * at + 2 && child < heap->count; child++) {
            if (goes_before(&heap->objects[child], &heap->objects[first])) {
                first = child;
            }
        }
        if (first == at) {
            return;
        }
        swap(&heap->objects[at], &heap->objects[first]);
        at = first;
    }
}

static void make_room(struct backup_object_heap *heap)
{
    size_t size = heap->size == 0 ? SIZE_FIRST : heap->size * 2;

    if (heap->count < heap->size) {
        return;
    }
    heap->objects = reallocarray(heap->objects, size, sizeof *heap->objects);
    if (heap->objects == NULL) {
        abort();
    }
    heap->size = size;
}

static void put(struct backup_object *place, const struct backup_object *object)
{
    *place = *object;
    place->key = strdup(object->key);
    if (place->key == NULL) {
        abort();
    }
}

void backup_object_heap_add(struct backup_object_heap *heap, const struct backup_object *object)
{
    if (heap->count < heap->keep) {
        make_room(heap);
        put(&heap->objects[heap->count++], object);
        sift_up(heap, heap->count - 1);
        return;
    }
    heap->has_dropped = true;
    if (heap->count > 0 && goes_before(&heap->objects[0], object)) {
        free(heap->objects[0].key);
        put(&heap->objects[0], object);
        sift_down(heap);
    }
}

static int compare(const void *a, const void *b)
{
    if (goes_before(a, b)) {
        return 1;
    }
    return goes_before(b, a) ? -1 : 0;
}

void backup_object_heap_sort(struct backup_object_heap *heap)
{
    if (heap->count > 0) {
        qsort(heap->objects, heap->count, sizeof *heap->objects, compare);
    }
}
