/* SPDX-License-Identifier: Apache-2.0 */
/* Memory with one lifespan: everything in an arena is freed together. */

#include "exporter/arena.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#if defined(__SANITIZE_ADDRESS__)
#define ARENA_ADDRESS_SANITIZER 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ARENA_ADDRESS_SANITIZER 1
#endif
#endif

#ifdef ARENA_ADDRESS_SANITIZER
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(address, size) ((void)(address), (void)(size))
#define ASAN_UNPOISON_MEMORY_REGION(address, size) ((void)(address), (void)(size))
#endif

#define ALIGNMENT _Alignof(max_align_t)
#define FIRST_CHUNK_BYTES 1024
#define CHUNK_BYTES_MAX (256 * 1024)

struct chunk {
    struct chunk *next;
    size_t capacity;
    size_t used;
    _Alignas(max_align_t) char data[];
};

struct arena {
    struct chunk *chunks;
};

static void abort_out_of_memory(void)
{
    (void)fputs("dr_exporter: out of memory\n", stderr);
    abort();
}

struct arena *arena_new(void)
{
    struct arena *arena = calloc(1, sizeof *arena);

    if (arena == NULL) {
        abort_out_of_memory();
    }
    return arena;
}

void arena_free(struct arena *arena)
{
    struct chunk *chunk;

    if (arena == NULL) {
        return;
    }
    chunk = arena->chunks;
    while (chunk != NULL) {
        struct chunk *next = chunk->next;

        ASAN_UNPOISON_MEMORY_REGION(chunk->data, chunk->capacity);
        free(chunk);
        chunk = next;
    }
    free(arena);
}

/* Chunks grow with the arena, so that small arenas stay small and large ones need few calls. */
static struct chunk *add_chunk(struct arena *arena, size_t size)
{
    size_t capacity = arena->chunks == NULL ? FIRST_CHUNK_BYTES : arena->chunks->capacity * 2;
    struct chunk *chunk;

    if (capacity > CHUNK_BYTES_MAX) {
        capacity = CHUNK_BYTES_MAX;
    }
    if (capacity < size) {
        capacity = size;
    }
    chunk = malloc(sizeof *chunk + capacity);
    if (chunk == NULL) {
        abort_out_of_memory();
    }
    *chunk = (struct chunk){.next = arena->chunks, .capacity = capacity};
    ASAN_POISON_MEMORY_REGION(chunk->data, capacity);
    arena->chunks = chunk;
    return chunk;
}

void *arena_alloc(struct arena *arena, size_t size)
{
    struct chunk *chunk = arena->chunks;
    size_t padded;
    char *memory;

    if (size > SIZE_MAX / 2) {
        abort_out_of_memory();
    }
    padded = (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    if (chunk == NULL || chunk->capacity - chunk->used < padded) {
        chunk = add_chunk(arena, padded);
    }
    memory = chunk->data + chunk->used;
    chunk->used += padded;
    ASAN_UNPOISON_MEMORY_REGION(memory, size);
    memset(memory, 0, size);
    return memory;
}

void *arena_alloc_array(struct arena *arena, size_t count, size_t size)
{
    size_t bytes;

    if (__builtin_mul_overflow(count, size, &bytes)) {
        abort_out_of_memory();
    }
    return arena_alloc(arena, bytes);
}

char *arena_strndup(struct arena *arena, const char *text, size_t length)
{
    char *copy = arena_alloc(arena, length + 1);

    memcpy(copy, text, length);
    return copy;
}

char *arena_strdup(struct arena *arena, const char *text)
{
    return arena_strndup(arena, text, strlen(text));
}

char *arena_vprintf(struct arena *arena, const char *format, va_list arguments)
{
    char most[256];
    va_list again;
    int length;
    char *text;

    va_copy(again, arguments);
    length = vsnprintf(most, sizeof most, format, arguments);
    if (length < 0) {
        abort_out_of_memory();
    }
    if ((size_t)length < sizeof most) {
        text = arena_strndup(arena, most, (size_t)length);
    } else {
        text = arena_alloc(arena, (size_t)length + 1);
        (void)vsnprintf(text, (size_t)length + 1, format, again);
    }
    va_end(again);
    return text;
}

char *arena_printf(struct arena *arena, const char *format, ...)
{
    va_list arguments;
    char *text;

    va_start(arguments, format);
    text = arena_vprintf(arena, format, arguments);
    va_end(arguments);
    return text;
}
