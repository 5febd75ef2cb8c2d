/* SPDX-License-Identifier: Apache-2.0 */
/* What a program writes: all of its output up to a limit, the last line of its complaints. */

#include "collectors/command_output.h"

#include <stdlib.h>
#include <string.h>

void command_output_init(struct command_output *output, size_t bytes_max)
{
    *output = (struct command_output){.bytes_max = bytes_max};
}

void command_output_release(struct command_output *output)
{
    free(output->text);
    *output = (struct command_output){.text = NULL};
}

/* One byte more than the text has, for its end. */
static void reserve(struct command_output *output, size_t length)
{
    if (output->text != NULL && length < output->capacity) {
        return;
    }
    output->capacity = 2 * length + 4096;
    output->text = realloc(output->text, output->capacity);
    if (output->text == NULL) {
        abort();
    }
}

void command_output_add(struct command_output *output, const char *bytes, size_t length)
{
    if (length > output->bytes_max - output->length) {
        output->is_full = true;
        return;
    }
    reserve(output, output->length + length);
    memcpy(output->text + output->length, bytes, length);
    output->length += length;
}

char *command_output_detach(struct command_output *output, size_t *ret_length)
{
    char *text;

    reserve(output, output->length);
    text = output->text;
    text[output->length] = '\0';
    *ret_length = output->length;
    *output = (struct command_output){.text = NULL};
    return text;
}

static void end_line(struct command_complaint *complaint)
{
    complaint->line[complaint->length] = '\0';
    if (complaint->line[strspn(complaint->line, " ")] != '\0') {
        memcpy(complaint->last, complaint->line, sizeof complaint->last);
    }
    complaint->length = 0;
    complaint->state = COMPLAINT_TEXT;
}

static void add_character(struct command_complaint *complaint, char c)
{
    if (complaint->length + 1 < sizeof complaint->line) {
        complaint->line[complaint->length++] = c == '\t' ? ' ' : c < ' ' || c > '~' ? '?' : c;
    }
}

void command_complaint_add(struct command_complaint *complaint, const char *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        char c = bytes[i];

        if (c == '\n' || c == '\r') {
            end_line(complaint);
        } else if (complaint->state == COMPLAINT_ESCAPE) {
            complaint->state = c == '[' ? COMPLAINT_SEQUENCE : COMPLAINT_TEXT;
        } else if (complaint->state == COMPLAINT_SEQUENCE) {
            /* Ends with a byte from @ to ~ (ECMA-48). */
            complaint->state = c >= '@' && c <= '~' ? COMPLAINT_TEXT : COMPLAINT_SEQUENCE;
        } else if (c == '\033') {
            complaint->state = COMPLAINT_ESCAPE;
        } else {
            add_character(complaint, c);
        }
    }
}

void command_complaint_get(struct command_complaint *complaint,
                           char ret_text[COMMAND_COMPLAINT_BYTES])
{
    end_line(complaint);
    memcpy(ret_text, complaint->last, sizeof complaint->last);
}
