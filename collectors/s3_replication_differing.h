/* SPDX-License-Identifier: Apache-2.0 */
/* Since when objects of a sampled prefix that differ can have been missing, as far as comparisons
 * of both ends tell.
 *
 * One that did not differ in the latest comparison was not missing before that began. One that did
 * is missing at most since what was known of it then. So where too many differ to ask for each,
 * those that were never asked for still have an instant that is not too late, also when they are
 * written again and again. */

#ifndef COLLECTORS_S3_REPLICATION_DIFFERING_H
#define COLLECTORS_S3_REPLICATION_DIFFERING_H

#include <stdint.h>

#include "collectors/s3_answer.h"

struct s3_suspect {
    const struct s3_object *object;
    /* What the source had of it by then was at the destination; by clock_unix_seconds(). Negative
     * infinite: not known. */
    double since;
};

/* What the latest comparison left. Zeroed at first: there was none. */
struct s3_differing {
    bool is_known;
    double compared_at;            /* By clock_unix_seconds(): when it began. */
    struct s3_differing_key *keys; /* In the order of their hashes. */
    size_t count;
};

void s3_differing_release(struct s3_differing *differing);

/* The objects with what is known of them, those that are missing longest (for the same instant, the
 * oldest) first; `ret_suspects` has room for all. */
void s3_differing_suspect(const struct s3_differing *differing,
                          const struct s3_object *const *objects, size_t count,
                          struct s3_suspect *ret_suspects);

/* Remembers what is known of them by a comparison that began `now`. */
void s3_differing_replace(struct s3_differing *differing, const struct s3_suspect *suspects,
                          size_t count, double now);

#endif
