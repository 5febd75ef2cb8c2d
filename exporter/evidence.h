/* SPDX-License-Identifier: Apache-2.0 */
/* What a collection proves about a dataset, in the same terms for every kind of system. */

#ifndef EXPORTER_EVIDENCE_H
#define EXPORTER_EVIDENCE_H

#include <stdbool.h>

/* The kinds of disaster. A path only counts for those that it survives. */
enum disruption {
    DISRUPTION_ZONE,
    DISRUPTION_REGION,
    DISRUPTION_CORRUPTION,
    DISRUPTION_RANSOMWARE,
    DISRUPTION_COUNT
};

#define SURVIVES(disruption) (1U << (disruption))

enum answer { ANSWER_UNKNOWN, ANSWER_NO, ANSWER_YES };

struct evidence {
    /* The newest instant to which the data could be brought back from this path: all that was
     * committed at the origin up to then is safe. In Unix seconds of this process' clock. */
    bool has_recovery_point;
    double recovery_point;

    /* How far the recovery point was behind the origin when both were looked at together; 0 when
     * the copy was proven to be complete. Without it the lag is now - recovery point. */
    bool has_lag;
    double lag_seconds;

    /* Whether a commit is acknowledged only after it is safe on this path. */
    enum answer zero_data_loss;
};

#endif
