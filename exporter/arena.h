/* SPDX-License-Identifier: Apache-2.0 */
/* Memory with one lifespan: everything in an arena is freed together. */

#ifndef EXPORTER_ARENA_H
#define EXPORTER_ARENA_H

#include <stdarg.h>
#include <stddef.h>

struct arena;

/* The functions never return NULL: out of memory aborts (CONTRIBUTING.md says why). */
struct arena *arena_new(void);
void arena_free(struct arena *arena);

/* Zeroed, aligned for any type. */
void *arena_alloc(struct arena *arena, size_t size);
void *arena_alloc_array(struct arena *arena, size_t count, size_t size);
char *arena_strdup(struct arena *arena, const char *text);
char *arena_strndup(struct arena *arena, const char *text, size_t length);
char *arena_vprintf(struct arena *arena, const char *format, va_list arguments)
    __attribute__((format(printf, 2, 0)));
char *arena_printf(struct arena *arena, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* For CLEANUP(). */
static inline void free_arena(struct arena **arena)
{
    arena_free(*arena);
}

#endif
