/* SPDX-License-Identifier: Apache-2.0 */
/* The command line. */

#ifndef EXPORTER_OPTIONS_H
#define EXPORTER_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "exporter/client.h"
#include "exporter/drill_record.h"
#include "exporter/log.h"
#include "exporter/objectives.h"

enum command {
    COMMAND_SERVE,
    COMMAND_CHECK_CONFIG,
    COMMAND_ONCE,
    COMMAND_SETTINGS,
    COMMAND_METRICS,
    COMMAND_DRILL_RECORD,
    COMMAND_DRILL_CHECK,
    COMMAND_GATE,
    COMMAND_STATUS,
    COMMAND_OBJECTIVES,
    COMMAND_COUNT
};

struct options {
    enum command command;
    bool help;                /* Print the help and nothing else, whatever the command. */
    bool version;             /* Likewise. */
    const char *collector;    /* Argument of `settings` and `metrics`; NULL: all. */
    const char *const *files; /* Arguments of `drill check`. */
    size_t file_count;
    struct drill_record record;   /* Of `drill record`. */
    struct client_options client; /* Of `gate` and `status`. */
    struct business business;     /* Of `objectives`. */
    const char *config_file;
    bool config_file_given;
    const char *listen_address; /* As given: `:10112`, `127.0.0.1:10112`, `[::1]:10112`. */
    char listen_host[256];      /* "" for every address; without the brackets of IPv6. */
    uint16_t listen_port;       /* 0: any free port. */
    const char *telemetry_path;
    const char *web_config_file; /* NULL: neither TLS nor passwords. */
    bool enable_lifecycle;
    enum log_level log_level;
    enum log_format log_format;
};

/* On failure *ret_message is one line for standard error, to be freed by the caller; the exit
 * status is then 2. The texts in *ret_options point into argv, and so do the files, which are
 * moved to its beginning. */
bool options_parse(int argc, char **argv, struct options *ret_options, char **ret_message);

void options_print_help(FILE *out);

#endif
