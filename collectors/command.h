/* SPDX-License-Identifier: Apache-2.0 */
/* Running a program once: no shell, bounded in time and output, and nothing stays behind.
 *
 * A small process of ours stands between: it is the subreaper of the program and of all that the
 * program starts (prctl(2), PR_SET_CHILD_SUBREAPER), also of what leaves its process group and
 * session, and ends them when the program has ended, when the deadline comes, and when the exporter
 * dies. */

#ifndef COLLECTORS_COMMAND_H
#define COLLECTORS_COMMAND_H

#include <stdbool.h>
#include <stddef.h>

#include "collectors/command_output.h"
#include "exporter/error.h"
#include "exporter/stop.h"

struct command {
    /* Program and arguments, NULL at the end. The program is an absolute path or is looked for in
     * the PATH of `environment`. */
    const char *const *argv;
    const char *const *environment; /* "NAME=value", all of it; NULL ends it. */
    size_t output_bytes_max;
};

struct command_result {
    char *output; /* Standard output, terminated; from malloc. */
    size_t length;
    int exit_status; /* 0 to 255 */
    /* The last line of standard error that is not blank, without control characters; "" if there
     * is none. */
    char complaint[COMMAND_COMPLAINT_BYTES];
};

/* Runs it until it ends; standard input is empty. True when it exited by itself, with whatever
 * status. ERROR_NOT_FOUND and ERROR_PERMISSION when it cannot be started, ERROR_TIMEOUT when it was
 * ended at the deadline (SIGTERM a moment earlier, then SIGKILL), ERROR_PROTOCOL for more output
 * than is allowed, ERROR_QUERY when a signal ended it. */
bool command_run(const struct command *command, const struct deadline *deadline,
                 struct command_result *ret_result, struct error *error);
void command_result_release(struct command_result *result);

#endif
