/* SPDX-License-Identifier: Apache-2.0 */
/* What went wrong, as a closed kind for metrics and a message for people. */

#ifndef EXPORTER_ERROR_H
#define EXPORTER_ERROR_H

#include <stdbool.h>

#include "exporter/bounds.h"

/* The kinds double as the values of the label `reason` of dr_source_failures_total. */
enum error_kind {
    ERROR_NONE,
    ERROR_CONNECT,
    ERROR_TIMEOUT,
    ERROR_AUTH,
    ERROR_TLS,
    ERROR_PROTOCOL,
    ERROR_QUERY,
    ERROR_PERMISSION,
    ERROR_NOT_FOUND,
    ERROR_INCONSISTENT,
    ERROR_INTERNAL,
    ERROR_KIND_COUNT
};

struct error {
    enum error_kind kind;
    char message[ERROR_MESSAGE_BYTES]; /* One line, no secrets; cut where too long. */
};

/* Fills *error and returns false, so that a failing function can `return error_set(…)`. */
bool error_set(struct error *error, enum error_kind kind, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Puts "context: " before the message; returns false. */
bool error_prefix(struct error *error, const char *context);

const char *error_kind_name(enum error_kind kind);

#endif
