/* SPDX-License-Identifier: Apache-2.0 */
/* Runbooks: documents that say when they were last validated. */

#ifndef COLLECTORS_RUNBOOK_H
#define COLLECTORS_RUNBOOK_H

#include "exporter/collector.h"

extern const struct collector runbook_collector;

#endif
