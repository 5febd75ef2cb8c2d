/* SPDX-License-Identifier: Apache-2.0 */
/* From the text of one setting to its value. */

#ifndef EXPORTER_SETTING_PARSE_H
#define EXPORTER_SETTING_PARSE_H

#include "exporter/arena.h"
#include "exporter/error.h"
#include "exporter/setting.h"

/* Stores the value of `text` in `slot`, texts as they are, without a copy. Messages show `shown`
 * in place of `text` and end with what would be right. */
bool setting_parse(enum setting_type type, const char *text, const char *shown, void *slot,
                   struct error *error);

/* Replaces `${NAME}` by the environment and `$$` by a dollar. */
bool setting_expand(struct arena *arena, const char *text, char **ret_text, struct error *error);

#endif
