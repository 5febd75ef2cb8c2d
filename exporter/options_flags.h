/* SPDX-License-Identifier: Apache-2.0 */
/* The rows that flags are made of; only the parts of the command line's parser include it. */

#ifndef EXPORTER_OPTIONS_FLAGS_H
#define EXPORTER_OPTIONS_FLAGS_H

#include "exporter/options.h"

/* A flag's setter returns what would be right, or NULL if the value is. */
struct flag {
    const char *name;
    const char *value; /* What it takes, as shown in the help; NULL: nothing. */
    const char *default_text;
    const char *help;
    const char *(*set)(struct options *options, const char *value);
    bool required;
};

/* Those that every command has. */
#define GENERAL_FLAG_COUNT 9
extern const struct flag general_flags[GENERAL_FLAG_COUNT];

/* Those that only `drill record` has. */
#define DRILL_FLAG_COUNT 10
extern const struct flag drill_flags[DRILL_FLAG_COUNT];

/* What speaks against all that was given for `drill record` together; NULL: nothing. */
const char *drill_flags_check(const struct drill_record *record);

/* Those that only `gate` and `status` have. */
#define CLIENT_FLAG_COUNT 7
extern const struct flag client_flags[CLIENT_FLAG_COUNT];

/* What speaks against all that was given for them together; NULL: nothing. */
const char *client_flags_check(const struct client_options *client);

/* Those that only `objectives` has. */
#define OBJECTIVES_FLAG_COUNT 5
extern const struct flag objectives_flags[OBJECTIVES_FLAG_COUNT];

#endif
