/* SPDX-License-Identifier: Apache-2.0 */
/* Does a commit on the primary wait for this standby? */

#ifndef COLLECTORS_POSTGRES_SYNCHRONOUS_H
#define COLLECTORS_POSTGRES_SYNCHRONOUS_H

#include "collectors/postgres_pair.h"
#include "exporter/evidence.h"

enum postgres_method { POSTGRES_ASYNCHRONOUS, POSTGRES_FIRST, POSTGRES_ANY };

/* synchronous_standby_names: how standbys are chosen and how many a commit waits for.
 * https://www.postgresql.org/docs/current/runtime-config-replication.html
 * False for a text that PostgreSQL would refuse. */
bool postgres_standby_names_parse(const char *text, enum postgres_method *ret_method,
                                  int64_t *ret_count);

/* The sender of this pair's standby among those of the primary. NULL when there is none, or when
 * it cannot be told for certain (then *ret_ambiguous is true). Remembers it.
 *
 * Nothing in PostgreSQL ties a receiver to its sender from end to end, so everything that can be
 * compared has to agree: the slot, the application_name that primary_conninfo gives (a default one
 * is no name), what is flushed, and the address, in whose place the setting standby_name may stand
 * where addresses are translated on the way. */
const struct postgres_sender *postgres_find_sender(struct postgres_pair *pair, bool *ret_ambiguous);

/* ANSWER_YES only while a commit really waits until it is flushed on this standby. */
enum answer postgres_zero_data_loss(const struct postgres_pair *pair,
                                    const struct postgres_sender *sender, bool ambiguous);

#endif
