/* SPDX-License-Identifier: Apache-2.0 */
/* Names → 0, 1, 2, …, in the order in which they were first met. */

#ifndef COLLECTORS_NAME_TABLE_H
#define COLLECTORS_NAME_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NAME_TABLE_NONE SIZE_MAX

/* Its user caps the number of names. Zeroed it is empty. */
struct name_table {
    char **names; /* By index; from malloc, as they are themselves. */
    size_t count;
    size_t *slots; /* Index + 1; 0: free. */
    size_t slot_count;
};

/* NAME_TABLE_NONE when it was never added. */
size_t name_table_find(const struct name_table *table, const char *name);

/* Its index, new or old. */
size_t name_table_add(struct name_table *table, const char *name);

void name_table_release(struct name_table *table);

#endif
