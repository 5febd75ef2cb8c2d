/* SPDX-License-Identifier: Apache-2.0 */
/* What a program writes: all of its output up to a limit, the last line of its complaints. */

#ifndef COLLECTORS_COMMAND_OUTPUT_H
#define COLLECTORS_COMMAND_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>

struct command_output {
    char *text;
    size_t length;
    size_t capacity;
    size_t bytes_max;
    bool is_full; /* There was more. */
};

void command_output_init(struct command_output *output, size_t bytes_max);
void command_output_release(struct command_output *output);
void command_output_add(struct command_output *output, const char *bytes, size_t length);
/* Terminated; from malloc. */
char *command_output_detach(struct command_output *output, size_t *ret_length);

#define COMMAND_COMPLAINT_BYTES 256

struct command_complaint {
    char line[COMMAND_COMPLAINT_BYTES]; /* The one being read. */
    size_t length;
    char last[COMMAND_COMPLAINT_BYTES]; /* The last one that was not blank. */
    enum { COMPLAINT_TEXT, COMPLAINT_ESCAPE, COMPLAINT_SEQUENCE } state;
};

/* Escape sequences are left out, what is not printable ASCII is shown as `?`. */
void command_complaint_add(struct command_complaint *complaint, const char *bytes, size_t length);
void command_complaint_get(struct command_complaint *complaint,
                           char ret_text[COMMAND_COMPLAINT_BYTES]);

#endif
