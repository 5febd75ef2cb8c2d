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

static pcre2_code *compile(const char *pattern, struct error *error)
{
    const uint32_t options = PCRE2_UTF | PCRE2_MATCH_INVALID_UTF | PCRE2_NEVER_BACKSLASH_C;
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

enum answer probe_body_matches(const char *pattern, const char *text, size_t length)
{
    struct error error;
    CLEANUP(free_code) pcre2_code *code = compile(pattern, &error);
    pcre2_match_context *limits = checked(pcre2_match_context_create(NULL));
    pcre2_match_data *data = checked(pcre2_match_data_create(1, NULL));
    int result = PCRE2_ERROR_INTERNAL;

    (void)pcre2_set_match_limit(limits, PROBE_MATCH_STEPS_MAX);
    (void)pcre2_set_depth_limit(limits, PROBE_MATCH_DEPTH_MAX);
    if (code != NULL) {
        result = pcre2_match(code, (PCRE2_SPTR)text, length, 0, 0, data, limits);
    }
    pcre2_match_data_free(data);
    pcre2_match_context_free(limits);
    return result >= 0 ? ANSWER_YES : result == PCRE2_ERROR_NOMATCH ? ANSWER_NO : ANSWER_UNKNOWN;
}
