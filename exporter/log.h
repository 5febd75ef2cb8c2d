/* SPDX-License-Identifier: Apache-2.0 */
/* One line an event on standard error, in logfmt or JSON. Thread-safe. */

#ifndef EXPORTER_LOG_H
#define EXPORTER_LOG_H

#include <stdbool.h>

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR };
enum log_format { LOG_LOGFMT, LOG_JSON };

void log_configure(enum log_level level, enum log_format format);
bool log_level_parse(const char *text, enum log_level *ret_level);
bool log_format_parse(const char *text, enum log_format *ret_format);

/* log_event(LOG_WARN, "source failed", "source", name, "reason", reason, NULL): pairs of key and
 * value, all text, ended by NULL. Values are quoted and escaped as needed. */
void log_event(enum log_level level, const char *message, ...) __attribute__((sentinel));

#endif
