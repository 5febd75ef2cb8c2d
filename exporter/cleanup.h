/* SPDX-License-Identifier: Apache-2.0 */
/* Release at the end of the scope: `CLEANUP(free_text) char *text = NULL;` */

#ifndef EXPORTER_CLEANUP_H
#define EXPORTER_CLEANUP_H

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define CLEANUP(function) __attribute__((cleanup(function)))

static inline void free_text(char **text)
{
    free(*text);
}

static inline void close_file(FILE **file)
{
    if (*file != NULL) {
        (void)fclose(*file);
    }
}

static inline void close_descriptor(int *descriptor)
{
    if (*descriptor >= 0) {
        (void)close(*descriptor);
    }
}

#endif
