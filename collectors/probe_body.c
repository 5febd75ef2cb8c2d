/* SPDX-License-Identifier: Apache-2.0 */
/* Does a page say what it should? A regular expression that may be found anywhere in it. */

#include "collectors/probe_body.h"

#include <stdlib.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "exporter/bounds.h"
#include "exporter/cleanup.h"

static void free_code(pcre2_code **code)
{
    pcre2_code_free(*code);
}

static void *checked(void *memory)
{
    if (memory == NULL) {
        abort();
    }
    return memory;
}

/* One search under way. */
struct search {
    const struct deadline *deadline;
    unsigned steps;
};

/* The library counts its steps anew wherever in the text a match may begin, and a repetition that
 * runs through the whole text is one step: without this `\s+ok` takes hours for a page of blanks.
 * Called before every item of the pattern. */
static int look_at_clock(pcre2_callout_block *block, void *context)
{
    struct search *search = context;

    (void)block;
    if (++search->steps % PROBE_MATCH_STEPS_UNWATCHED != 0) {
        return 0;
    }
    return stop_wait_until(search->deadline->stop, 0) ||
                   deadline_remaining_ms(search->deadline) == 0
               ? PCRE2_ERROR_MATCHLIMIT
               : 0;
}

static pcre2_code *compile(const char *pattern, struct error *error)
{
    const uint32_t options =
        PCRE2_UTF | PCRE2_MATCH_INVALID_UTF | PCRE2_NEVER_BACKSLASH_C | PCRE2_AUTO_CALLOUT;
    int number;
    PCRE2_SIZE at;
    pcre2_code *code =
        pcre2_compile((PCRE2_SPTR)pattern, PCRE2_ZERO_TERMINATED, options, &number, &at, NULL);

    if (code == NULL) {
        PCRE2_UCHAR message[128];

        (void)pcre2_get_error_message(number, message, sizeof message);
        (void)error_set(error, ERROR_INTERNAL,
                        "\"%s\" is not a regular expression (%s at character %zu); correct it",
                        pattern, (const char *)message, (size_t)at + 1);
    }
    return code;
}

bool probe_body_check(const char *pattern, struct error *error)
{
    CLEANUP(free_code) pcre2_code *code = compile(pattern, error);

    return code != NULL;
}

enum answer probe_body_matches(const char *pattern, const char *text, size_t length,
                               const struct deadline *deadline)
{
    struct search search = {.deadline = deadline};
    struct error error;
    CLEANUP(free_code) pcre2_code *code = compile(pattern, &error);
    pcre2_match_context *limits = checked(pcre2_match_context_create(NULL));
    pcre2_match_data *data = checked(pcre2_match_data_create(1, NULL));
    int result = PCRE2_ERROR_INTERNAL;

    (void)pcre2_set_match_limit(limits, PROBE_MATCH_STEPS_MAX);
    (void)pcre2_set_depth_limit(limits, PROBE_MATCH_DEPTH_MAX);
    (void)pcre2_set_callout(limits, look_at_clock, &search);
    if (code != NULL) {
        result = pcre2_match(code, (PCRE2_SPTR)text, length, 0, 0, data, limits);
    }
    pcre2_match_data_free(data);
    pcre2_match_context_free(limits);
    return result >= 0 ? ANSWER_YES : result == PCRE2_ERROR_NOMATCH ? ANSWER_NO : ANSWER_UNKNOWN;
}
