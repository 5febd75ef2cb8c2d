/* SPDX-License-Identifier: Apache-2.0 */
/* The objects of a bucket that may be the newest ones, page by page. */

#include "collectors/backup_object_search.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "collectors/backup_object_dates.h"
#include "exporter/bounds.h"
#include "exporter/cleanup.h"

/* Whoever makes keys may do so by local time, up to 14 hours ahead, and by another clock. */
#define AHEAD_SECONDS (2 * 86400.0)
/* Finer steps would only mean more requests. */
#define SPAN_SECONDS_MIN 3600.0
#define SPAN_FACTOR 4.0

/* One part of a search: from a key on, up to another one. */
struct span {
    const char *prefix;
    char *from;   /* NULL: from the first one. */
    char *before; /* NULL: to the last one. */
};

/* A key that stands before `key` and behind nearly all others that do: lists begin behind what
 * they are given, and there may be an object of that very name. */
static char *just_before(const char *key)
{
    size_t length = strlen(key);
    char *text = calloc(length + 2, 1);

    if (text == NULL) {
        abort();
    }
    memcpy(text, key, length);
    if (length > 0) {
        text[length - 1]--;
        text[length] = '~';
    }
    return text;
}

static bool too_many(const struct backup_object_search *search, struct error *error)
{
    return error_set(error, ERROR_INCONSISTENT,
                     "there are more than %d objects to look at, so the newest is not known; %s",
                     S3_PAGES_MAX * 1000,
                     backup_dates_have(search->prefix)
                         ? "write more of the date into \"prefix\" (%H, %M), or tell the "
                           "\"schedule\""
                         : "write the date into \"prefix\" as keys have it, for example "
                           "db/%Y/%m/%d/");
}

/* False at the end of the span, or of the list. */
static bool take_page(struct backup_object_search *search, const struct span *span,
                      const struct s3_page *page, bool *ret_found)
{
    for (size_t i = 0; i < page->count; i++) {
        const struct s3_object *object = &page->objects[i];

        if (span->before != NULL && strcmp(object->key, span->before) >= 0) {
            return false;
        }
        if ((span->from == NULL || strcmp(object->key, span->from) >= 0) &&
            backup_dates_match(search->prefix, object->key)) {
            *ret_found = search->take(search->context, object) || *ret_found;
        }
    }
    return page->continuation != NULL;
}

static bool walk(struct backup_object_search *search, const struct span *span, bool *ret_found,
                 struct error *error)
{
    CLEANUP(free_text) char *start_after = span->from != NULL ? just_before(span->from) : NULL;
    CLEANUP(free_text) char *continuation = NULL;

    for (;;) {
        CLEANUP(free_arena) struct arena *arena = NULL;
        struct s3_page page;

        if (search->pages == S3_PAGES_MAX) {
            return too_many(search, error);
        }
        arena = arena_new();
        if (!search->list(search->context, span->prefix, start_after, continuation, 0, arena, &page,
                          error)) {
            return false;
        }
        search->pages++;
        if (!take_page(search, span, &page, ret_found)) {
            return true;
        }
        free(continuation);
        continuation = strdup(page.continuation);
        if (continuation == NULL) {
            abort();
        }
    }
}

/* Is there nothing at all? */
static bool check_empty(struct backup_object_search *search, const char *fixed, struct error *error)
{
    CLEANUP(free_arena) struct arena *arena = arena_new();
    struct s3_page page;

    if (!search->list(search->context, fixed, NULL, NULL, 1, arena, &page, error)) {
        return false;
    }
    search->pages++;
    search->is_partial = page.count > 0 || page.continuation != NULL;
    return true;
}

static bool walk_back(struct backup_object_search *search, const char *fixed, struct error *error)
{
    CLEANUP(free_text)
    char *before = backup_dates_format(search->prefix, search->now + AHEAD_SECONDS);
    double seconds = search->expected_seconds > 0 ? search->expected_seconds
                                                  : backup_dates_unit_seconds(search->prefix);
    bool found = false;

    search->is_partial = true;
    seconds = fmin(fmax(seconds, SPAN_SECONDS_MIN), search->lookback_seconds);
    for (;;) {
        CLEANUP(free_text) char *from = backup_dates_format(search->prefix, search->now - seconds);
        const struct span span = {fixed, from, before};

        if (strcmp(from, before) < 0 && !walk(search, &span, &found, error)) {
            return false;
        }
        if (found) {
            return true;
        }
        if (seconds >= search->lookback_seconds) {
            return check_empty(search, fixed, error);
        }
        free(before);
        before = from;
        from = NULL;
        seconds = fmin(seconds * SPAN_FACTOR, search->lookback_seconds);
    }
}

bool backup_object_search_run(struct backup_object_search *search, struct error *error)
{
    CLEANUP(free_text) char *fixed = backup_dates_fixed(search->prefix);
    bool found = false;

    search->pages = 0;
    search->is_partial = false;
    return backup_dates_have(search->prefix)
               ? walk_back(search, fixed, error)
               : walk(search, &(struct span){.prefix = fixed}, &found, error);
}
