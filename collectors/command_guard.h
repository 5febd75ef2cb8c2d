/* SPDX-License-Identifier: Apache-2.0 */
/* The process between the exporter and a program; only command.c includes it. */

#ifndef COLLECTORS_COMMAND_GUARD_H
#define COLLECTORS_COMMAND_GUARD_H

#include <sys/types.h>

/* What the guard tells over its socket, one message each. */
enum command_report_kind { COMMAND_NOT_STARTED, COMMAND_ENDED };

struct command_report {
    enum command_report_kind kind;
    int value; /* errno; status as of waitpid(2). */
};

/* Asks the guard to let the program end: SIGTERM to its process group. When the socket is closed
 * from this side, the guard kills everything. */
#define COMMAND_TERMINATE 't'

struct command_start {
    const char *path;
    char *const *argv;
    char *const *environment;
    int output;
    int complaints;
    int socket; /* The guard's end, SOCK_SEQPACKET. */
};

/* Forks the guard, which starts the program. Descriptors stay with the caller. Returns the guard's
 * process id, or -1 with errno set. The guard ends when the program and all its descendants have
 * ended, after it has reported, and soon after the socket was closed. */
pid_t command_guard_start(const struct command_start *start);

#endif
