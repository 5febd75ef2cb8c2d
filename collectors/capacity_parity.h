/* SPDX-License-Identifier: Apache-2.0 */
/* Is what runs in the primary's cluster deployed in the DR cluster too, with the same images?
 * A Deployment that is scaled to nothing there is deployed. */

#ifndef COLLECTORS_CAPACITY_PARITY_H
#define COLLECTORS_CAPACITY_PARITY_H

#include <stddef.h>
#include <stdint.h>

#include "collectors/capacity_demand.h"
#include "collectors/kubernetes_list.h"
#include "collectors/name_table.h"

enum capacity_parity_state { CAPACITY_MISSING, CAPACITY_SAME, CAPACITY_MISMATCHED };

struct capacity_parity {
    const struct capacity_demand *demand;
    struct name_table names; /* "namespace/kind/name" of those of the primary. */
    struct capacity_parity_item {
        uint64_t images; /* Hash of the images of all containers. */
        enum capacity_parity_state state;
    } * items;
};

void capacity_parity_release(struct capacity_parity *parity);

/* For lists of Deployments and StatefulSets of the primary's cluster, and then of the DR cluster's.
 * Those that the primary has scaled to nothing do not count, nor, with settings->selector, those of
 * which no pod needs room. Images are the same when the last part of the name and the digest are
 * (the tag where there is no digest; "latest" where there is none either): registries differ
 * between regions. */
struct kubernetes_visitor capacity_parity_primary(struct capacity_parity *parity);
struct kubernetes_visitor capacity_parity_recovery(struct capacity_parity *parity);

size_t capacity_parity_count(const struct capacity_parity *parity,
                             enum capacity_parity_state state);

#endif
