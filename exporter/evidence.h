/* SPDX-License-Identifier: Apache-2.0 */
/* What a collection proves about a dataset, in the same terms for every kind of system. */

#ifndef EXPORTER_EVIDENCE_H
#define EXPORTER_EVIDENCE_H

#include <stdbool.h>
#include <stddef.h>

/* The kinds of disaster. A path only counts for those that it survives. */
enum disruption {
    DISRUPTION_ZONE,
    DISRUPTION_REGION,
    DISRUPTION_CORRUPTION,
    DISRUPTION_RANSOMWARE,
    DISRUPTION_COUNT
};

/* Whether the data itself is bad afterwards, so that a copy of the past has to be restored. */
bool disruption_needs_restore(enum disruption disruption);

#define SURVIVES(disruption) (1U << (disruption))

/* The conditions of readiness. */
enum check_kind {
    CHECK_RPO,
    CHECK_RTO,
    CHECK_CAPACITY,
    CHECK_DRILL,
    CHECK_RUNBOOK,
    CHECK_RESTORE,
    CHECK_ENDPOINT,
    CHECK_DEPENDENCY,
    CHECK_KIND_COUNT
};

#define FEEDS(check_kind) (1U << (check_kind))

enum answer { ANSWER_UNKNOWN, ANSWER_NO, ANSWER_YES };

enum drill_type {
    DRILL_TABLETOP,
    DRILL_COMPONENT,
    DRILL_RESTORE,
    DRILL_PARTIAL,
    DRILL_FULL,
    DRILL_TYPE_COUNT
};

enum drill_phase {
    DRILL_PHASE_DETECT,
    DRILL_PHASE_DECIDE,
    DRILL_PHASE_EXECUTE,
    DRILL_PHASE_VERIFY,
    DRILL_PHASE_CLEANUP, /* After the recovery, of which it is no part. */
    DRILL_PHASE_COUNT
};

/* Something that may not have been measured. */
struct reading {
    bool known;
    double value;
};

/* The newest results of one type of drill of one service. Instants are Unix seconds as somebody
 * wrote them down, by the system's clock (clock.h). */
struct drill_evidence {
    const char *service;
    enum drill_type type;
    struct reading last_attempt;
    enum answer last_result; /* Whether the last attempt succeeded. */
    struct reading last_success;
    struct reading recovery_seconds; /* Measured in the last success, as is what follows. */
    struct reading data_loss_seconds;
    struct reading data_bytes; /* That were brought back. */
    struct reading phases[DRILL_PHASE_COUNT];
};

/* When somebody last made sure that a runbook is right. */
struct runbook_evidence {
    const char *service; /* NULL: of every service that lists the source as evidence. */
    struct reading validated;
    const char *problem; /* Why it is no use however new it is; NULL: none. One line. */
};

/* Whether the DR region has room for what would move there. */
struct capacity_evidence {
    struct reading ratio; /* Of room to need: the smallest of all kinds of resources. */
    /* When the need was measured, by clock_unix_seconds(): in this collection, or, where the origin
     * did not answer, in the last one in which it did. */
    struct reading required_at;
    const char *limiting; /* Of which resource the ratio is; NULL: not told. */
    const char *problem;  /* Why there is no room whatever the ratio; NULL: none. One line. */
};

/* Whether what the users reach in the DR region is fit to take them over. */
struct endpoint_evidence {
    bool known;
    const char *problem; /* Why it is not; NULL: it is. One line. */
    /* Users are led there by a DNS record, and for how long at most resolvers keep its former
     * value: the longest TTL that a name server which is responsible for it gives. */
    bool has_dns_record;
    struct reading dns_ttl_seconds;
};

struct evidence {
    /* The newest instant to which the data could be brought back from this path: all that was
     * committed at the origin up to then is safe. By clock_unix_seconds(); an instant that
     * somebody else wrote down is converted with clock_step_seconds(). A collection that tells of
     * one in the future fails. */
    bool has_recovery_point;
    double recovery_point;

    /* How far the recovery point was behind the origin when both were looked at together; 0 when
     * the copy was proven to be complete. Without it the lag is now - recovery point. */
    bool has_lag;
    double lag_seconds;

    /* Whether a commit is acknowledged only after it is safe on this path. */
    enum answer zero_data_loss;

    /* Which ends of the path were really asked in this collection, whatever the other one did. A
     * recovery point that was learnt from the origin alone is worth nothing once that is lost. */
    bool origin_answered;
    bool copy_answered;

    /* Why the copy cannot take over although its data is there (a replica that must not be
     * promoted, that is loading, …); NULL: nothing speaks against it. One line. */
    const char *unusable;

    /* Why there is provably nothing to bring the data back from: the system answered, and has no
     * copy that counts (no backup has ever succeeded, all are too small, …). One line; NULL: not
     * known to be so. Never set together with a recovery point, or when nobody answered. */
    const char *nothing_to_restore;

    /* The oldest instant to which this path could bring the data back: how late a corruption may
     * be noticed. Dated as recovery_point is; unknown for a path that has only the present. */
    struct reading oldest_restorable;

    /* How much a restore from this path would bring back, in the terms of the tool. */
    struct reading data_bytes;

    struct capacity_evidence capacity;
    struct endpoint_evidence endpoint;

    /* Beside data: results that carry their own dates. Arrays and texts live in the collection's
     * arena. */
    const struct drill_evidence *drills;
    size_t drill_count;
    const struct runbook_evidence *runbooks;
    size_t runbook_count;
};

extern const char *const drill_type_names[DRILL_TYPE_COUNT];
extern const char *const drill_phase_names[DRILL_PHASE_COUNT];

bool drill_type_parse(const char *text, enum drill_type *ret_type);

#endif
