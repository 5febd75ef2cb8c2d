/* SPDX-License-Identifier: Apache-2.0 */
/* The command `once`: collect every source once and print the exposition. */

#include "exporter/once.h"

#include <stdlib.h>
#include <unistd.h>

#include "exporter/cleanup.h"
#include "exporter/clock.h"
#include "exporter/crew.h"
#include "exporter/exposition.h"

/* How long a worker may take beyond the budget of its collection, to notice that it is over. */
#define GRACE_MS 1000

/* How many sources have no snapshot yet; *ret_failed: how many of the others failed. */
static size_t count_missing(struct board *board, size_t *ret_failed)
{
    const struct board_view *view = board_lock(board);
    size_t missing = 0;
    size_t failed = 0;

    for (size_t i = 0; i < view->entry_count; i++) {
        const struct snapshot *snapshot = view->entries[i]->snapshot;

        missing += snapshot == NULL ? 1 : 0;
        failed += snapshot != NULL && !snapshot->succeeded ? 1 : 0;
    }
    board_unlock(board);
    *ret_failed = failed;
    return missing;
}

static int64_t longest_timeout_ms(const struct config *config)
{
    int64_t longest_ms = 0;

    for (size_t i = 0; i < config->source_count; i++) {
        if (config->sources[i]->timeout_ms > longest_ms) {
            longest_ms = config->sources[i]->timeout_ms;
        }
    }
    return longest_ms;
}

/* True if every source was collected with success. */
static bool wait_for_all(struct board *board, int64_t timeout_ms)
{
    int64_t until_ms = clock_monotonic_ms() + timeout_ms;
    size_t failed;

    while (count_missing(board, &failed) > 0) {
        if (clock_monotonic_ms() > until_ms) {
            return false;
        }
        (void)usleep(10000);
    }
    return failed == 0;
}

int once(const struct options *options)
{
    CLEANUP(free_text) char *report = NULL;
    CLEANUP(free_text) char *text = NULL;
    struct exporter_status status = {.last_reload_successful = true,
                                     .last_reload_success = clock_unix_seconds()};
    struct config *config = config_load(options->config_file, &report);
    struct board *board;
    struct crew *crew;
    struct error error;
    int64_t timeout_ms;
    bool complete;
    size_t length;

    if (config == NULL) {
        (void)fputs(report, stderr);
        return EXIT_FAILURE;
    }
    timeout_ms = longest_timeout_ms(config) + GRACE_MS;
    board = board_new();
    crew = crew_new(board);
    if (!crew_adopt(crew, config, &error)) {
        (void)fprintf(stderr, "dr_exporter: %s\n", error.message);
        return EXIT_FAILURE;
    }
    complete = wait_for_all(board, timeout_ms);
    exposition_render(board, EXPOSITION_TEXT, &status, &text, &length);
    complete = fwrite(text, 1, length, stdout) == length && fflush(stdout) == 0 && complete;
    if (!crew_stop(crew, GRACE_MS)) {
        _exit(EXIT_FAILURE);
    }
    board_free(board);
    crew_free(crew);
    return complete ? EXIT_SUCCESS : EXIT_FAILURE;
}
