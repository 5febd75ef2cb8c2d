/* SPDX-License-Identifier: Apache-2.0 */
/* Lines of .prom files with results of drills. */

#ifndef TESTS_UNIT_DRILL_FIXTURE_H
#define TESTS_UNIT_DRILL_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "exporter/drill_file.h"

#define NOW 1800000000.0

#define FULL "{dr_service=\"shop\",drill=\"full\"}"
#define PHASE(name) "dr_drill_phase_seconds{dr_service=\"shop\",drill=\"full\",phase=\"" name "\"}"
#define SUCCESS                                                                                    \
    "dr_drill_last_attempt_timestamp_seconds" FULL " 1700000000\n"                                 \
    "dr_drill_last_success_timestamp_seconds" FULL " 1700000000\n"                                 \
    "dr_drill_last_result" FULL " 1\n"                                                             \
    "dr_drill_recovery_seconds" FULL " 450\n"                                                      \
    "dr_drill_data_loss_seconds" FULL " 2\n" PHASE("cleanup") " 30\n"

static inline struct drill_file read_drills(struct arena *arena, const char *text)
{
    struct drill_file file;

    drill_file_read(arena, text, strlen(text), NOW, &file);
    return file;
}

static inline struct drill_file read_good(struct arena *arena, const char *text)
{
    struct drill_file file = read_drills(arena, text);

    if (file.document.problems.count > 0) {
        fail_msg("%s: line %zu: %s", text, file.document.problems.list[0].place.line,
                 file.document.problems.list[0].message);
    }
    return file;
}

static inline void assert_problem(const struct drill_file *file, size_t line, const char *message)
{
    const struct text_problem *problem = file->document.problems.list;

    if (file->document.problems.count != 1) {
        fail_msg("%zu problems instead of: %s", file->document.problems.count, message);
    }
    if (problem->place.line != line || strstr(problem->message, message) == NULL) {
        fail_msg("line %zu: %s", problem->place.line, problem->message);
    }
}

#endif
