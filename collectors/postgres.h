/* SPDX-License-Identifier: Apache-2.0 */
/* PostgreSQL streaming replication and Aurora Global Database, asked at both ends. */

#ifndef COLLECTORS_POSTGRES_H
#define COLLECTORS_POSTGRES_H

#include "exporter/collector.h"

extern const struct collector postgres_collector;

#endif
