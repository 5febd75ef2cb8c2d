/* SPDX-License-Identifier: Apache-2.0 */
/* From what the two ends said to a recovery point, and to whether the replica may take over. */

#ifndef COLLECTORS_REDIS_EVIDENCE_H
#define COLLECTORS_REDIS_EVIDENCE_H

#include "collectors/redis_pair.h"
#include "exporter/evidence.h"
#include "exporter/history.h"

/* What the replica's data are to the primary's. */
enum redis_kinship {
    REDIS_KIN_UNKNOWN, /* One of them has not been seen. */
    REDIS_KIN_SAME,    /* One history: offsets can be compared. */
    REDIS_KIN_EARLIER, /* The replica stopped before the primary took over from another. */
    REDIS_KIN_STRANGER /* Offsets mean nothing. */
};

enum redis_kinship redis_kinship(const struct redis_pair *pair);

/* The ends that were reached play their roles and belong together. Otherwise ERROR_INCONSISTENT,
 * and nothing is proven. */
bool redis_check_pair(const struct redis_pair *pair, struct error *error);

/* Adds the primary's offset to the history, works out how far the replica is and when the primary
 * was last no further:
 *
 * - copy = slave_repl_offset of the replica, while it neither loads nor synchronizes and has the
 *   primary's master_replid (or its master_replid2, before second_repl_offset); when the replica
 *   cannot be asked, the offset that it acknowledged to the primary, while its state is online.
 * - recovery point = the newest instant at which the primary's master_repl_offset was not beyond
 *   copy. Seconds that Redis tells (lag, master_last_io_seconds_ago) prove nothing: what the
 *   primary still holds back for a slow line does not show in them.
 * - while nothing flows to the replica, time in which the primary was idle does not count.
 * - what was proven once stays true as long as copy does not go back.
 * - it is never later than the oldest instant at which the primary was seen beyond copy. */
void redis_prove(struct redis_pair *pair, struct history *history, struct evidence *evidence);

/* Everything that speaks against promoting the replica; 0 when it was not reached. */
unsigned redis_find_obstacles(const struct redis_pair *pair);

/* Why the replica must not take over, for evidence->unusable; NULL when nothing is known. */
const char *redis_explain_obstacles(struct arena *arena, const struct redis_pair *pair);

/* How many bytes of the primary's history the replica lacks; false where that has no meaning. */
bool redis_gap(const struct redis_pair *pair, uint64_t *ret_bytes);

/* Remembers how the primary lists the replica, while both are seen connected. */
void redis_remember_row(struct redis_pair *pair);

#endif
