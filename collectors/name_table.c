/* SPDX-License-Identifier: Apache-2.0 */
/* Names → 0, 1, 2, …, in the order in which they were first met. */

#include "collectors/name_table.h"

#include <stdlib.h>
#include <string.h>

#include "exporter/hash.h"

#define SLOTS_MIN 64

static uint64_t hash_name(const char *name)
{
    uint64_t hash = hash_add(HASH_EMPTY, name, strlen(name));

    return hash ^ hash >> 32;
}

/* The slot that has the name, or the free one where it belongs. */
static size_t *find_slot(const struct name_table *table, const char *name)
{
    size_t i = (size_t)hash_name(name) & (table->slot_count - 1);

    while (table->slots[i] != 0 && strcmp(table->names[table->slots[i] - 1], name) != 0) {
        i = (i + 1) & (table->slot_count - 1);
    }
    return &table->slots[i];
}

static void grow(struct name_table *table)
{
    free(table->slots);
    table->slot_count = table->slot_count == 0 ? SLOTS_MIN : table->slot_count * 2;
    table->slots = calloc(table->slot_count, sizeof *table->slots);
    table->names = reallocarray(table->names, table->slot_count / 2, sizeof *table->names);
    if (table->slots == NULL || table->names == NULL) {
        abort();
    }
    for (size_t i = 0; i < table->count; i++) {
        *find_slot(table, table->names[i]) = i + 1;
    }
}

size_t name_table_find(const struct name_table *table, const char *name)
{
    size_t found = table->slot_count == 0 ? 0 : *find_slot(table, name);

    return found == 0 ? NAME_TABLE_NONE : found - 1;
}

size_t name_table_add(struct name_table *table, const char *name)
{
    size_t *slot;

    if (table->count >= table->slot_count / 2) {
        grow(table);
    }
    slot = find_slot(table, name);
    if (*slot == 0) {
        table->names[table->count] = strdup(name);
        if (table->names[table->count] == NULL) {
            abort();
        }
        *slot = ++table->count;
    }
    return *slot - 1;
}

void name_table_release(struct name_table *table)
{
    for (size_t i = 0; i < table->count; i++) {
        free(table->names[i]);
    }
    free(table->names);
    free(table->slots);
    *table = (struct name_table){0};
}
