/* SPDX-License-Identifier: Apache-2.0 */
/* Redis and Valkey replication, asked at both ends.
 *
 * Roles are what Sentinel or Cluster says they are: after a failover the copy that is measured is
 * the one at the other end. Without either, a replica that became a primary is an inconsistency.
 *
 * The least that the account needs on both ends (users came with Redis 6), and on Sentinels:
 *
 *     ACL SETUSER dr_monitor on >PASSWORD resetkeys resetchannels -@all +info +client|setname
 *     ACL SETUSER dr_monitor on >PASSWORD resetkeys resetchannels -@all +client|setname
 *         +sentinel|master +sentinel|replicas
 *
 * The nodes of a cluster also need +cluster|info +cluster|nodes. Without +client|setname the
 * connection has no name in CLIENT LIST, and everything else works. */

#ifndef COLLECTORS_REDIS_H
#define COLLECTORS_REDIS_H

#include "exporter/collector.h"

extern const struct collector redis_collector;

#endif
