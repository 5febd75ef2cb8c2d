/* SPDX-License-Identifier: Apache-2.0 */
/* dr_exporter: start-up, and the commands that need no running exporter. */

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

#include "exporter/cleanup.h"
#include "exporter/config.h"
#include "exporter/drill_check.h"
#include "exporter/drill_record.h"
#include "exporter/exposition.h"
#include "exporter/once.h"
#include "exporter/options.h"
#include "exporter/serve.h"

enum { EXIT_USAGE = 2 };

static int check_config(const struct options *options)
{
    CLEANUP(free_text) char *report = NULL;
    struct config *config = config_load(options->config_file, &report);

    if (config == NULL) {
        (void)fputs(report, stderr);
        return EXIT_FAILURE;
    }
    for (size_t i = 0; i < config->warning_count; i++) {
        (void)printf("warning: %s\n", config->warnings[i]);
    }
    (void)printf("%s is valid: tiers %zu, services %zu, datasets %zu, sources %zu, warnings %zu\n",
                 options->config_file, config->tier_count, config->service_count,
                 config->dataset_count, config->source_count, config->warning_count);
    config_free(config);
    return EXIT_SUCCESS;
}

static int print_reference(const struct options *options,
                           bool (*print)(FILE *out, const char *collector))
{
    if (!print(stdout, options->collector)) {
        (void)fprintf(stderr,
                      "dr_exporter: there is no collector \"%s\"; known ones:", options->collector);
        for (size_t i = 0; collector_registry[i] != NULL; i++) {
            (void)fprintf(stderr, " %s", collector_registry[i]->name);
        }
        (void)fputc('\n', stderr);
        return EXIT_USAGE;
    }
    return fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* A source needs a connection or two and an eventfd; the soft limit of 1,024 is for programs that
 * use select(2). */
static void raise_descriptor_limit(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &limit);
    }
}

int main(int argc, char **argv)
{
    CLEANUP(free_text) char *message = NULL;
    struct options options;

    if (!options_parse(argc, argv, &options, &message)) {
        (void)fprintf(stderr, "%s\n", message);
        return EXIT_USAGE;
    }
    if (options.help) {
        options_print_help(stdout);
        return EXIT_SUCCESS;
    }
    if (options.version) {
        (void)puts("dr_exporter " VERSION);
        return EXIT_SUCCESS;
    }
    log_configure(options.log_level, options.log_format);
    raise_descriptor_limit();
    /* One heap a thread would multiply memory by the number of sources. */
    (void)mallopt(M_ARENA_MAX, 2);
    switch (options.command) {
    case COMMAND_CHECK_CONFIG:
        return check_config(&options);
    case COMMAND_ONCE:
        return once(&options);
    case COMMAND_SETTINGS:
        return print_reference(&options, config_print_settings);
    case COMMAND_METRICS:
        return print_reference(&options, exposition_print_reference);
    case COMMAND_DRILL_RECORD:
        return drill_record(&options.record);
    case COMMAND_DRILL_CHECK:
        return drill_check(options.files, options.file_count,
                           options.config_file_given ? options.config_file : NULL);
    case COMMAND_GATE:
        return client_gate(&options.client);
    case COMMAND_STATUS:
        return client_status(&options.client);
    case COMMAND_OBJECTIVES:
        return objectives_print(&options.business);
    case COMMAND_SERVE:
    case COMMAND_COUNT:
        break;
    }
    return serve(&options);
}
