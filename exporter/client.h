/* SPDX-License-Identifier: Apache-2.0 */
/* The commands `gate` and `status`: asking a running exporter. */

#ifndef EXPORTER_CLIENT_H
#define EXPORTER_CLIENT_H

#include <stdint.h>

/* Which exporter is asked, and what; the texts are those of the command line. */
struct client_options {
    const char *url;
    const char *ca_file;       /* NULL: the authorities of the system. */
    const char *user;          /* NULL: no password is sent. */
    const char *password_file; /* Together with `user`. */
    int64_t timeout_ms;
    const char *service;    /* Of `gate`. */
    const char *disruption; /* Of `gate`. */
    const char *lost_since; /* Of `gate`; NULL: not said to be lost. */
};

/* Prints the answer on standard output. The exit status: 0 open, 1 closed; whatever is no clear
 * "open" of a dr_exporter is closed: no answer, a late one, one of somebody else. 2: there is no
 * such service or disruption. */
int client_gate(const struct client_options *options);

/* Prints a table of all services and what blocks them. The exit status: 0 all are ready, 1 not all
 * or not known. */
int client_status(const struct client_options *options);

#endif
