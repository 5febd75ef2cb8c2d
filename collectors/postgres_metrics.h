/* SPDX-License-Identifier: Apache-2.0 */
/* The metrics of the postgres collector, and how facts become samples. */

#ifndef COLLECTORS_POSTGRES_METRICS_H
#define COLLECTORS_POSTGRES_METRICS_H

#include "collectors/postgres_pair.h"
#include "exporter/history.h"
#include "exporter/metric.h"
#include "exporter/samples.h"

enum postgres_metric {
    POSTGRES_END_UP,
    POSTGRES_CLOCK_SKEW,
    POSTGRES_SERVER_VERSION,
    POSTGRES_IN_RECOVERY,
    POSTGRES_TIMELINE,
    POSTGRES_WAL_POSITION,
    POSTGRES_FLUSH_LAG_BYTES,
    POSTGRES_REPLAY_LAG_BYTES,
    POSTGRES_REPLAY_LAG_SECONDS,
    POSTGRES_REPLAY_PAUSED,
    POSTGRES_RECEIVER_STREAMING,
    POSTGRES_RECEIVER_MESSAGE_AGE,
    POSTGRES_SENDER_STREAMING,
    POSTGRES_SENDER_SYNCHRONOUS,
    POSTGRES_SENDER_LAG_BYTES,
    POSTGRES_SENDER_LAG_SECONDS,
    POSTGRES_SYNCHRONOUS_COMMIT_OVERRIDES,
    POSTGRES_SLOTS,
    POSTGRES_SLOT_ACTIVE,
    POSTGRES_SLOT_RETAINED_BYTES,
    POSTGRES_SLOT_WAL_STATUS,
    POSTGRES_ARCHIVED,
    POSTGRES_ARCHIVE_FAILURES,
    POSTGRES_ARCHIVE_LAST_SUCCESS,
    POSTGRES_ARCHIVE_LAST_FAILURE,
    POSTGRES_AURORA_RPO_LAG,
    POSTGRES_AURORA_DURABILITY_LAG,
    POSTGRES_AURORA_CALCULATION_AGE,
    POSTGRES_METRIC_COUNT
};

extern const struct metric postgres_metric_table[POSTGRES_METRIC_COUNT];

/* Which ends were reached; for every configured end, whatever happened. */
void postgres_add_reached(struct samples *samples, const struct postgres_pair *pair);

/* Everything else that the reached ends said. `sender` may be NULL. */
void postgres_add_samples(struct samples *samples, const struct postgres_pair *pair,
                          const struct history *history, const struct postgres_sender *sender);

#endif
