/* SPDX-License-Identifier: Apache-2.0 */
/* What the DR cluster has left: its nodes, less what runs on them and will stay. */

#ifndef COLLECTORS_CAPACITY_SUPPLY_H
#define COLLECTORS_CAPACITY_SUPPLY_H

#include <stdbool.h>
#include <stddef.h>

#include "collectors/capacity_class.h"
#include "collectors/capacity_demand.h"
#include "collectors/capacity_fit.h"
#include "collectors/kubernetes_list.h"

enum capacity_node_state {
    CAPACITY_NODE_USABLE,
    CAPACITY_NODE_NOT_READY,
    CAPACITY_NODE_CORDONED,   /* Or being removed. */
    CAPACITY_NODE_UNSUITABLE, /* No pod that is needed may run there, or fits there. */
    CAPACITY_NODE_STATE_COUNT
};

/* Pods of the DR cluster. */
enum capacity_pod_state {
    CAPACITY_POD_USED,      /* They stay, and what they request is used. */
    CAPACITY_POD_STANDBY,   /* Of workloads that are needed, as far as they are. */
    CAPACITY_POD_EVICTABLE, /* They have to give way. */
    CAPACITY_POD_WAITING,   /* Not scheduled; they will take room as soon as there is some. */
    CAPACITY_POD_STATE_COUNT
};

/* Of a class, by resource: the pod that requests most of it fits on some node. */
struct capacity_fits {
    bool of[CAPACITY_RESOURCES_MAX];
};

struct capacity_supply {
    struct capacity_demand *demand; /* Not owned. */
    /* From the list of pods, which has to be read first. */
    struct name_table nodes;
    struct capacity_amounts *used;   /* By index in `nodes`. */
    struct capacity_amounts *credit; /* By index of the workload: what standbys may still be. */
    struct capacity_classes waiting;
    size_t pods[CAPACITY_POD_STATE_COUNT];
    /* From the list of nodes. */
    struct capacity_amounts *takes;      /* By index in `waiting`: what they have not taken yet. */
    struct capacity_groups groups;       /* Of nodes that are there now. */
    struct capacity_amounts allocatable; /* Of all nodes, whatever their state. */
    size_t node_states[CAPACITY_NODE_STATE_COUNT];
    struct name_table seen;             /* Names of the nodes: none counts twice. */
    struct capacity_fits *largest_fits; /* By class. */
};

void capacity_supply_init(struct capacity_supply *supply, struct capacity_demand *demand);
void capacity_supply_release(struct capacity_supply *supply);

/* For lists of all pods, and then of the nodes, of the DR cluster. */
struct kubernetes_visitor capacity_supply_pods(struct capacity_supply *supply);
struct kubernetes_visitor capacity_supply_nodes(struct capacity_supply *supply);

/* Takes from what is free at a place what waiting pods that may run there still have to take. */
void capacity_supply_wait(const struct capacity_supply *supply, struct capacity_amounts *takes,
                          const struct capacity_place *place, struct capacity_amounts *free);

/* Of a node with so much room: takes the classes out of the mask of which not even the smallest pod
 * fits, and notes by class whose largest does. */
void capacity_supply_look(const struct capacity_supply *supply, const struct capacity_amounts *room,
                          struct capacity_mask *mask, struct capacity_fits *largest_fits);

/* The pod that fits on no node although there may be room for it in sum: its workload, and the
 * resource of which it requests most; NULL: all fit. `others` is what fits on nodes that could be
 * made, MAY be NULL. */
const char *capacity_supply_misfit(const struct capacity_supply *supply,
                                   const struct capacity_fits *others, size_t *ret_resource);

#endif
