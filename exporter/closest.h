/* SPDX-License-Identifier: Apache-2.0 */
/* "Did you mean …?": the known word that is nearest to a misspelt one. */

#ifndef EXPORTER_CLOSEST_H
#define EXPORTER_CLOSEST_H

#include <stddef.h>

/* NULL when none is near. Where several are, the first. */
const char *closest_match(const char *word, const char *const *candidates, size_t count);

#endif
