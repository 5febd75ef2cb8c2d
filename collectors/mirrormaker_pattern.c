/* SPDX-License-Identifier: Apache-2.0 */
/* Lists of regular expressions that a name has to match as a whole, as MirrorMaker's do. */

#include "collectors/mirrormaker_pattern.h"

#include <stdlib.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "exporter/bounds.h"

struct mirrormaker_patterns {
    size_t count;
    pcre2_match_context *limits;
    pcre2_match_data *data;
    pcre2_code *codes[];
};

static void *checked(void *memory)
{
    if (memory == NULL) {
        abort();
    }
    return memory;
}

static pcre2_code *compile(const char *text, struct error *error)
{
    const uint32_t options = PCRE2_ANCHORED | PCRE2_ENDANCHORED | PCRE2_UTF |
                             PCRE2_MATCH_INVALID_UTF | PCRE2_NEVER_BACKSLASH_C;
    int number;
    PCRE2_SIZE at;
    pcre2_code *code =
        pcre2_compile((PCRE2_SPTR)text, PCRE2_ZERO_TERMINATED, options, &number, &at, NULL);

    if (code == NULL) {
        PCRE2_UCHAR message[128];

        (void)pcre2_get_error_message(number, message, sizeof message);
        (void)error_set(error, ERROR_INTERNAL,
                        "\"%s\" is not a regular expression (%s at character %zu); correct it",
                        text, (const char *)message, (size_t)at + 1);
    }
    return code;
}

bool mirrormaker_patterns_new(const char *const *texts, struct mirrormaker_patterns **ret_patterns,
                              struct error *error)
{
    struct mirrormaker_patterns *patterns;
    size_t count = 0;

    while (texts[count] != NULL) {
        count++;
    }
    patterns = checked(calloc(1, sizeof *patterns + count * sizeof(pcre2_code *)));
    patterns->limits = checked(pcre2_match_context_create(NULL));
    patterns->data = checked(pcre2_match_data_create(1, NULL));
    (void)pcre2_set_match_limit(patterns->limits, PATTERN_MATCH_STEPS_MAX);
    (void)pcre2_set_depth_limit(patterns->limits, PATTERN_MATCH_DEPTH_MAX);
    for (; patterns->count < count; patterns->count++) {
        pcre2_code *code = compile(texts[patterns->count], error);

        if (code == NULL) {
            mirrormaker_patterns_free(patterns);
            return false;
        }
        patterns->codes[patterns->count] = code;
    }
    *ret_patterns = patterns;
    return true;
}

void mirrormaker_patterns_free(struct mirrormaker_patterns *patterns)
{
    if (patterns == NULL) {
        return;
    }
    for (size_t i = 0; i < patterns->count; i++) {
        pcre2_code_free(patterns->codes[i]);
    }
    pcre2_match_data_free(patterns->data);
    pcre2_match_context_free(patterns->limits);
    free(patterns);
}

size_t mirrormaker_patterns_count(const struct mirrormaker_patterns *patterns)
{
    return patterns->count;
}

bool mirrormaker_pattern_match(const struct mirrormaker_patterns *patterns, size_t index,
                               const char *name, bool if_undecided)
{
    int result = pcre2_match(patterns->codes[index], (PCRE2_SPTR)name, PCRE2_ZERO_TERMINATED, 0, 0,
                             patterns->data, patterns->limits);

    return result >= 0 || (result != PCRE2_ERROR_NOMATCH && if_undecided);
}

bool mirrormaker_patterns_match(const struct mirrormaker_patterns *patterns, const char *name,
                                bool if_undecided)
{
    for (size_t i = 0; i < patterns->count; i++) {
        if (mirrormaker_pattern_match(patterns, i, name, if_undecided)) {
            return true;
        }
    }
    return false;
}
