/* SPDX-License-Identifier: Apache-2.0 */
/* A text that grows at its end. Beside open_memstream it costs no lock and no copy at the end,
 * which halves the cost of a large exposition. */

#ifndef EXPORTER_BUFFER_H
#define EXPORTER_BUFFER_H

#include <stddef.h>

struct buffer {
    char *text; /* From malloc; not terminated. */
    size_t length;
    size_t capacity;
};

/* `capacity` is what is expected; it grows beyond as needed. Out of memory aborts. */
void buffer_init(struct buffer *buffer, size_t capacity);
void buffer_release(struct buffer *buffer);

void buffer_add(struct buffer *buffer, const char *bytes, size_t length);
void buffer_add_text(struct buffer *buffer, const char *text);
void buffer_add_number(struct buffer *buffer, double value);
void buffer_printf(struct buffer *buffer, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Terminates the text and hands it over; the buffer is empty then. */
char *buffer_detach(struct buffer *buffer, size_t *ret_length);

#endif
