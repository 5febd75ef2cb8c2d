/* SPDX-License-Identifier: Apache-2.0 */
/* Which topics MirrorMaker has to copy, and what they are called at the target. */

#ifndef COLLECTORS_MIRRORMAKER_POLICY_H
#define COLLECTORS_MIRRORMAKER_POLICY_H

#include <stdbool.h>

#include "collectors/mirrormaker_pattern.h"
#include "collectors/mirrormaker_settings.h"
#include "exporter/arena.h"
#include "exporter/error.h"

struct mirrormaker_policy {
    bool identity;
    const char *source_alias;
    const char *target_alias;
    const char *separator;
    const char *internal_separator;
    const char *connector;
    struct mirrormaker_patterns *topics;
    struct mirrormaker_patterns *topics_exclude;
    struct mirrormaker_patterns *groups; /* NULL: none. */
    struct mirrormaker_patterns *groups_exclude;
    struct mirrormaker_patterns *connectors; /* NULL: all. */
};

/* The texts live as long as the settings. */
bool mirrormaker_policy_init(struct mirrormaker_policy *policy,
                             const struct mirrormaker_settings *settings, struct error *error);
void mirrormaker_policy_release(struct mirrormaker_policy *policy);

/* Whether the topic of the source must be in the DR region: the filters want it, and it is neither
 * internal, nor `heartbeats`, nor a copy that came from the target. As in
 * MirrorSourceConnector.shouldReplicateTopic (isCycle), ReplicationPolicy.isInternalTopic and
 * DefaultTopicFilter, but that MirrorMaker copies `heartbeats` always; they are nobody's data. */
bool mirrormaker_wants_topic(const struct mirrormaker_policy *policy, const char *topic);

/* The topic's name at the target (ReplicationPolicy.formatRemoteTopic). */
const char *mirrormaker_remote_topic(const struct mirrormaker_policy *policy, struct arena *arena,
                                     const char *topic);

/* Whether the topic of the target is the copy of one that must be there. */
bool mirrormaker_wants_remote_topic(const struct mirrormaker_policy *policy, const char *topic);

bool mirrormaker_wants_connector(const struct mirrormaker_policy *policy, const char *connector);
bool mirrormaker_wants_group(const struct mirrormaker_policy *policy, const char *group);

#endif
