/* SPDX-License-Identifier: Apache-2.0 */
/* The map of a Redis Cluster: its nodes, who is a primary, and who copies whom. */

#ifndef COLLECTORS_REDIS_NODES_H
#define COLLECTORS_REDIS_NODES_H

#include <stdbool.h>
#include <stddef.h>

#include "exporter/arena.h"
#include "exporter/error.h"

struct redis_node {
    const char *id;
    const char *address; /* host:port, [v6]:port */
    bool primary;
    bool has_slots;
    bool may_fail_over;     /* cluster-replica-no-failover is not set. */
    const char *primary_id; /* Of a replica; "" else. */
    bool in_region;         /* Set by whoever knows the regions. */
};

struct redis_nodes {
    struct redis_node *nodes;
    size_t count;
};

/* Reads the answer to CLUSTER NODES. Nodes without an address are left out. */
bool redis_nodes_read(struct arena *arena, const char *text, struct redis_nodes *ret_nodes,
                      struct error *error);

/* A copy that lives in `arena`. */
void redis_nodes_copy(struct arena *arena, const struct redis_nodes *nodes,
                      struct redis_nodes *ret_copy);

/* Whether CLUSTER INFO says that the cluster works and every slot is served, as far as the asked
 * node knows; ERROR_INCONSISTENT otherwise: one that is cut off from the others has an old map. */
bool redis_nodes_check_state(const char *text, struct error *error);

#endif
