/* SPDX-License-Identifier: Apache-2.0 */
/* Does a page say what it should? A regular expression that may be found anywhere in it. */

#ifndef COLLECTORS_PROBE_BODY_H
#define COLLECTORS_PROBE_BODY_H

#include <stddef.h>

#include "exporter/error.h"
#include "exporter/evidence.h"
#include "exporter/stop.h"

/* Is it a regular expression (of PCRE2)? */
bool probe_body_check(const char *pattern, struct error *error);

/* Of a checked pattern; UNKNOWN when looking further would cost too much, or take too long. */
enum answer probe_body_matches(const char *pattern, const char *text, size_t length,
                               const struct deadline *deadline);

#endif
