/* SPDX-License-Identifier: Apache-2.0 */
/* The collector `mirrormaker`: Kafka topics that MirrorMaker 2 copies. */

#ifndef COLLECTORS_MIRRORMAKER_H
#define COLLECTORS_MIRRORMAKER_H

#include "exporter/collector.h"

extern const struct collector mirrormaker_collector;

#endif
