/* SPDX-License-Identifier: Apache-2.0 */
/* From what the two ends said to a recovery point, without trusting any clock but our own. */

#ifndef COLLECTORS_POSTGRES_EVIDENCE_H
#define COLLECTORS_POSTGRES_EVIDENCE_H

#include "collectors/postgres_pair.h"
#include "exporter/evidence.h"
#include "exporter/history.h"

/* The ends that were reached play their roles, belong together, and let us see enough. Otherwise
 * ERROR_INCONSISTENT or ERROR_PERMISSION, and nothing is proven. */
bool postgres_check_pair(const struct postgres_pair *pair, struct error *error);

/* Adds the primary's position to the history, works out how far the standby is and when the
 * primary was last no further:
 *
 * - copy = what the standby has on disk, max(pg_last_wal_receive_lsn, pg_last_wal_replay_lsn)
 *   (after a restart the former may lie behind the latter); when the standby cannot be asked, what
 *   its sender on the primary says it has flushed.
 * - recovery point = the newest instant at which the primary's pg_current_wal_lsn was not beyond
 *   copy, from the history; or, if that is newer, the commit time of the newest replayed commit,
 *   moved from the primary's clock to ours; or, when the primary cannot be asked, the time of the
 *   receiver's last message if the standby has everything that the message announced.
 * - while nothing flows to the standby (no receiver, though primary_conninfo is set; no sender),
 *   time in which the primary was idle does not count: the copy is complete by luck, and the
 *   recovery point stays where it was when the link was cut.
 * - what was proven once stays true as long as copy does not go back.
 * - it is never later than the oldest instant at which the primary was seen beyond copy. */
void postgres_prove(struct postgres_pair *pair, struct history *history,
                    const struct postgres_sender *sender, struct evidence *evidence);

/* Aurora Global Database: from the row of the secondary region in aurora_global_db_status().
 * Rows of -1 (the primary region) and stale ones are not evidence. */
bool postgres_prove_aurora(const struct postgres_pair *pair, struct evidence *evidence,
                           struct error *error);

/* The epoch of the positions in the history. */
uint64_t postgres_epoch(const struct postgres_memory *memory);

#endif
