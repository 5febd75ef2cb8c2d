/* SPDX-License-Identifier: Apache-2.0 */
/* Evidence that a Prometheus, Thanos or Mimir already has. */

#ifndef COLLECTORS_PROMQL_H
#define COLLECTORS_PROMQL_H

#include "exporter/collector.h"

extern const struct collector promql_collector;

#endif
