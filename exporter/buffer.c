/* SPDX-License-Identifier: Apache-2.0 */
/* A text that grows at its end. */

#include "exporter/buffer.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "exporter/number.h"

static void reserve(struct buffer *buffer, size_t length)
{
    if (length <= buffer->capacity - buffer->length) {
        return;
    }
    while (length > buffer->capacity - buffer->length) {
        buffer->capacity *= 2;
    }
    buffer->text = realloc(buffer->text, buffer->capacity);
    if (buffer->text == NULL) {
        abort();
    }
}

void buffer_init(struct buffer *buffer, size_t capacity)
{
    *buffer = (struct buffer){.capacity = capacity < 256 ? 256 : capacity};
    buffer->text = malloc(buffer->capacity);
    if (buffer->text == NULL) {
        abort();
    }
}

void buffer_release(struct buffer *buffer)
{
    free(buffer->text);
    *buffer = (struct buffer){.text = NULL};
}

void buffer_add(struct buffer *buffer, const char *bytes, size_t length)
{
    reserve(buffer, length);
    memcpy(buffer->text + buffer->length, bytes, length);
    buffer->length += length;
}

void buffer_add_text(struct buffer *buffer, const char *text)
{
    buffer_add(buffer, text, strlen(text));
}

void buffer_add_number(struct buffer *buffer, double value)
{
    reserve(buffer, NUMBER_TEXT_BYTES);
    buffer->length += number_format(buffer->text + buffer->length, value);
}

void buffer_printf(struct buffer *buffer, const char *format, ...)
{
    va_list arguments;
    int length;

    va_start(arguments, format);
    length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    reserve(buffer, (size_t)length + 1);
    va_start(arguments, format);
    (void)vsnprintf(buffer->text + buffer->length, (size_t)length + 1, format, arguments);
    va_end(arguments);
    buffer->length += (size_t)length;
}

char *buffer_detach(struct buffer *buffer, size_t *ret_length)
{
    char *text;

    buffer_add(buffer, "", 1);
    text = buffer->text;
    *ret_length = buffer->length - 1;
    *buffer = (struct buffer){.text = NULL};
    return text;
}
