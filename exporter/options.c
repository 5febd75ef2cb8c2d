/* SPDX-License-Identifier: Apache-2.0 */
/* The command line, from two tables: commands and flags. */

#include "exporter/options.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "exporter/cleanup.h"
#include "exporter/closest.h"
#include "exporter/options_flags.h"

struct command_row {
    const char *name;
    const char *argument; /* As shown in the help; NULL: it takes none. */
    const char *help;
};

static const struct command_row command_rows[COMMAND_COUNT] = {
    [COMMAND_SERVE] = {"serve", NULL, "Measure, judge and answer over HTTP (the default)."},
    [COMMAND_CHECK_CONFIG] = {"check-config", NULL, "Check the configuration; print warnings."},
    [COMMAND_ONCE] = {"once", NULL, "Measure every source once and print the metrics."},
    [COMMAND_SETTINGS] = {"settings", "[COLLECTOR]", "Print what a configuration may contain."},
    [COMMAND_METRICS] = {"metrics", "[COLLECTOR]", "Print what each metric means."},
    [COMMAND_DRILL_RECORD] = {"drill record", NULL, "Write the result of a drill to a .prom file."},
    [COMMAND_DRILL_CHECK] = {"drill check", "FILE...", "Say what is wrong with .prom files."},
    [COMMAND_GATE] = {"gate", "SERVICE", "Ask a running exporter: may it be failed over now?"},
    [COMMAND_STATUS] = {"status", NULL, "Ask a running exporter how ready all services are."},
    [COMMAND_OBJECTIVES] = {"objectives", NULL, "Propose RTO and RPO by what an outage costs."},
};

#define COMMAND_BIT(command) (1U << (command))

/* Flags that belong together, in the order of the help. */
static const struct flag_group {
    const struct flag *flags;
    size_t count;
    const char *of;    /* Which commands have them; NULL: all. */
    unsigned commands; /* The same as bits. */
} groups[] = {
    {general_flags, GENERAL_FLAG_COUNT, NULL, ~0U},
    {drill_flags, DRILL_FLAG_COUNT, "drill record", COMMAND_BIT(COMMAND_DRILL_RECORD)},
    {client_flags, CLIENT_FLAG_COUNT, "gate and status",
     COMMAND_BIT(COMMAND_GATE) | COMMAND_BIT(COMMAND_STATUS)},
    {objectives_flags, OBJECTIVES_FLAG_COUNT, "objectives", COMMAND_BIT(COMMAND_OBJECTIVES)},
};

#define FLAG_COUNT                                                                                 \
    (GENERAL_FLAG_COUNT + DRILL_FLAG_COUNT + CLIENT_FLAG_COUNT + OBJECTIVES_FLAG_COUNT)

_Static_assert(FLAG_COUNT <= 32, "the flags that were seen are bits of one number");

/* Of all flags, with its group unless that is NULL. */
static const struct flag *flag_at(size_t i, const struct flag_group **ret_group)
{
    const struct flag_group *group = groups;

    while (i >= group->count) {
        i -= group->count;
        group++;
    }
    if (ret_group != NULL) {
        *ret_group = group;
    }
    return &group->flags[i];
}

__attribute__((format(printf, 2, 3))) static bool fail(char **ret_message, const char *format, ...)
{
    CLEANUP(free_text) char *text = NULL;
    va_list arguments;
    int length;

    va_start(arguments, format);
    length = vasprintf(&text, format, arguments);
    va_end(arguments);
    if (length <= 0 || asprintf(ret_message, "dr_exporter: %s%s see dr_exporter --help", text,
                                text[length - 1] == '?' ? "" : ";") < 0) {
        abort();
    }
    return false;
}

static bool fail_unknown_flag(const char *name, size_t length, char **ret_message)
{
    CLEANUP(free_text) char *text = strndup(name, length);
    const char *names[FLAG_COUNT];
    const char *closest;

    if (text == NULL) {
        abort();
    }
    for (size_t i = 0; i < FLAG_COUNT; i++) {
        names[i] = flag_at(i, NULL)->name;
        /* Who stops half-way is understood too. */
        if (length > 4 && strncmp(text, names[i], length) == 0) {
            return fail(ret_message, "unknown flag %s; did you mean %s?", text, names[i]);
        }
    }
    closest = closest_match(text, names, FLAG_COUNT);
    if (closest != NULL) {
        return fail(ret_message, "unknown flag %s; did you mean %s?", text, closest);
    }
    return fail(ret_message, "unknown flag %s", text);
}

/* Reads argv[*index], a flag, and moves on to its value where that is the next argument. */
static bool parse_flag(int argc, char **argv, int *index, unsigned *seen, struct options *options,
                       char **ret_message)
{
    const char *argument = argv[*index];
    size_t length = strcspn(argument, "=");
    const char *value = argument[length] == '=' ? argument + length + 1 : NULL;
    const struct flag *flag;
    const char *wrong;
    size_t i = 0;

    if (strcmp(argument, "-h") == 0) {
        options->help = true;
        return true;
    }
    while (i < FLAG_COUNT && (strlen(flag_at(i, NULL)->name) != length ||
                              strncmp(flag_at(i, NULL)->name, argument, length) != 0)) {
        i++;
    }
    if (i == FLAG_COUNT) {
        return fail_unknown_flag(argument, length, ret_message);
    }
    flag = flag_at(i, NULL);
    if ((*seen & (1U << i)) != 0) {
        return fail(ret_message, "%s is given twice", flag->name);
    }
    *seen |= 1U << i;
    if (flag->value == NULL && value != NULL) {
        return fail(ret_message, "%s takes no value", flag->name);
    }
    if (flag->value != NULL && value == NULL) {
        if (*index + 1 >= argc) {
            return fail(ret_message, "%s needs a value: %s=%s", flag->name, flag->name,
                        flag->value);
        }
        value = argv[++*index];
    }
    wrong = flag->set(options, value);
    if (wrong != NULL) {
        return fail(ret_message, "%s cannot be \"%s\": %s", flag->name, value, wrong);
    }
    return true;
}

static bool parse_command(const char *argument, struct options *options, char **ret_message)
{
    const char *names[COMMAND_COUNT];
    const char *closest;

    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        names[i] = command_rows[i].name;
        if (strcmp(argument, names[i]) == 0) {
            options->command = (enum command)i;
            return true;
        }
    }
    closest = closest_match(argument, names, COMMAND_COUNT);
    if (closest != NULL) {
        return fail(ret_message, "unknown command %s; did you mean %s?", argument, closest);
    }
    return fail(ret_message, "unknown command %s", argument);
}

/* The arguments that are no flags: the command, of one word or two, then its own. */
struct words {
    int count;
    bool drill; /* The first was `drill`; the next one says which of its commands. */
};

static bool parse_word(char *argument, struct words *words, char **argv, struct options *options,
                       char **ret_message)
{
    int position = words->count++;

    if (position == 0 && strcmp(argument, "drill") == 0) {
        words->drill = true;
        words->count = 0;
        return true;
    }
    if (position == 0) {
        CLEANUP(free_text) char *name = NULL;

        if (asprintf(&name, "%s%s", words->drill ? "drill " : "", argument) < 0) {
            abort();
        }
        words->drill = false;
        return parse_command(name, options, ret_message);
    }
    if (options->command == COMMAND_DRILL_CHECK) {
        /* Never beyond the argument itself: the program and the command stand before. */
        argv[++options->file_count] = argument;
        options->files = (const char *const *)argv + 1;
        return true;
    }
    if (position == 1 && options->command == COMMAND_GATE) {
        options->client.service = argument;
        return true;
    }
    if (position == 1 && command_rows[options->command].argument != NULL) {
        options->collector = argument;
        return true;
    }
    return fail(ret_message, "unexpected argument \"%s\"", argument);
}

/* What only all arguments together can show. */
static bool check_whole(const struct options *options, const struct words *words, unsigned seen,
                        char **ret_message)
{
    const char *wrong;

    if (options->help || options->version) {
        return true;
    }
    if (words->drill) {
        return fail(ret_message, "drill needs record or check after it");
    }
    if (options->command == COMMAND_DRILL_CHECK && options->file_count == 0) {
        return fail(ret_message, "drill check needs the paths of .prom files");
    }
    if (options->command == COMMAND_GATE && options->client.service == NULL) {
        return fail(ret_message, "gate needs the name of a service");
    }
    for (size_t i = 0; i < FLAG_COUNT; i++) {
        const struct flag_group *group;
        const struct flag *flag = flag_at(i, &group);
        bool given = (seen & (1U << i)) != 0;
        bool ours = (group->commands & COMMAND_BIT(options->command)) != 0;

        if (given && !ours) {
            return fail(ret_message, "%s is a flag of %s only", flag->name, group->of);
        }
        if (ours && flag->required && !given) {
            return fail(ret_message, "%s needs %s=%s", group->of, flag->name, flag->value);
        }
    }
    wrong = options->command == COMMAND_DRILL_RECORD ? drill_flags_check(&options->record)
                                                     : client_flags_check(&options->client);
    return wrong == NULL || fail(ret_message, "%s", wrong);
}

bool options_parse(int argc, char **argv, struct options *ret_options, char **ret_message)
{
    struct options options = {.command = COMMAND_SERVE};
    struct words words = {.count = 0};
    unsigned seen = 0;
    bool flags_ended = false;

    for (size_t i = 0; i < FLAG_COUNT; i++) {
        if (flag_at(i, NULL)->default_text != NULL) {
            (void)flag_at(i, NULL)->set(&options, flag_at(i, NULL)->default_text);
        }
    }
    options.config_file_given = false;
    for (int i = 1; i < argc; i++) {
        if (!flags_ended && strcmp(argv[i], "--") == 0) {
            flags_ended = true;
        } else if (!flags_ended && argv[i][0] == '-') {
            if (!parse_flag(argc, argv, &i, &seen, &options, ret_message)) {
                return false;
            }
        } else if (!parse_word(argv[i], &words, argv, &options, ret_message)) {
            return false;
        }
    }
    if (!check_whole(&options, &words, seen, ret_message)) {
        return false;
    }
    *ret_options = options;
    return true;
}

void options_print_help(FILE *out)
{
    (void)fputs("dr_exporter " VERSION ": if this disaster struck now, would each service meet its "
                "objectives?\n\nUsage: dr_exporter [COMMAND] [FLAGS]\n\nCommands:\n",
                out);
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        const struct command_row *row = &command_rows[i];
        int width = fprintf(out, "  %s %s", row->name, row->argument == NULL ? "" : row->argument);

        (void)fprintf(out, "%*s%s\n", 25 - width, "", row->help);
    }
    for (size_t i = 0; i < FLAG_COUNT; i++) {
        const struct flag_group *group;
        const struct flag *flag = flag_at(i, &group);
        int width;

        if (flag == group->flags) {
            (void)fprintf(out, group->of == NULL ? "\nFlags%s:\n" : "\nFlags of %s:\n",
                          group->of == NULL ? "" : group->of);
        }
        width = fprintf(out, "  %s%s%s", flag->name, flag->value == NULL ? "" : "=",
                        flag->value == NULL ? "" : flag->value);
        (void)fprintf(out, "%*s%s", 35 - width, "", flag->help);
        (void)fprintf(out, flag->default_text == NULL ? "%s\n" : " Default: %s\n",
                      flag->default_text == NULL ? "" : flag->default_text);
    }
    (void)fputs("\nEnvironment:\n"
                "  Variables that the configuration names as ${NAME} in values.\n"
                "\nSignals:\n"
                "  SIGHUP loads the configuration anew, SIGTERM and SIGINT end the exporter.\n"
                "\nExit status:\n"
                "  0  success; the gate is open, all services are ready\n"
                "  1  the configuration is wrong, a source failed (once), serving or recording "
                "failed,\n     a file is wrong (drill check), the gate is closed or not every "
                "service is ready\n"
                "  2  the command line is wrong\n"
                "\nExample:\n"
                "  dr_exporter check-config --config.file=dr.yml && dr_exporter "
                "--config.file=dr.yml\n",
                out);
}
