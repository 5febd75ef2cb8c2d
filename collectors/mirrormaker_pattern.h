/* SPDX-License-Identifier: Apache-2.0 */
/* Lists of regular expressions that a name has to match as a whole, as MirrorMaker's do. */

#ifndef COLLECTORS_MIRRORMAKER_PATTERN_H
#define COLLECTORS_MIRRORMAKER_PATTERN_H

#include <stdbool.h>
#include <stddef.h>

#include "exporter/error.h"

/* Perl's syntax (PCRE2), which agrees with Java's in what people write for names of topics. */
struct mirrormaker_patterns;

/* `texts` ends with NULL. The message names the expression and what is wrong with it. */
bool mirrormaker_patterns_new(const char *const *texts, struct mirrormaker_patterns **ret_patterns,
                              struct error *error);
void mirrormaker_patterns_free(struct mirrormaker_patterns *patterns); /* NULL is fine. */

size_t mirrormaker_patterns_count(const struct mirrormaker_patterns *patterns);

/* Whether any expression matches; `if_undecided` when one needs more steps than is sensible. */
bool mirrormaker_patterns_match(const struct mirrormaker_patterns *patterns, const char *name,
                                bool if_undecided);

/* The same for the expression at `index`. */
bool mirrormaker_pattern_match(const struct mirrormaker_patterns *patterns, size_t index,
                               const char *name, bool if_undecided);

#endif
