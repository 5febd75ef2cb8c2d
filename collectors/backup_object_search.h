/* SPDX-License-Identifier: Apache-2.0 */
/* The objects of a bucket that may be the newest ones, page by page. */

#ifndef COLLECTORS_BACKUP_OBJECT_SEARCH_H
#define COLLECTORS_BACKUP_OBJECT_SEARCH_H

#include "collectors/s3_answer.h"

/* A page of a list; MAY be replaced in tests. */
typedef bool backup_object_list(void *context, const char *prefix, const char *start_after,
                                const char *continuation, int keys_max, struct arena *arena,
                                struct s3_page *ret_page, struct error *error);

/* Called with each object, in the order of keys within one part of the search. Returns whether it
 * is one that was looked for. */
typedef bool backup_object_take(void *context, const struct s3_object *object);

struct backup_object_search {
    const char *prefix;
    double now;              /* By the clock of those who make keys: the system's. */
    double expected_seconds; /* How old the newest one usually is at most; 0: not known. */
    double lookback_seconds; /* How far dates in keys are followed back. */
    backup_object_list *list;
    backup_object_take *take;
    void *context;
    /* Out. */
    bool is_partial; /* Not everything below the prefix was looked at. */
    size_t pages;
};

/* Without a date in the prefix all that begins with it. With one what was made in the latest time,
 * then in four times that, and so on, until one is found that was looked for. ERROR_INCONSISTENT
 * where that takes more than S3_PAGES_MAX pages: then it is not known what is the newest. */
bool backup_object_search_run(struct backup_object_search *search, struct error *error);

#endif
