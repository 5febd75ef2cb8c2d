/* SPDX-License-Identifier: Apache-2.0 */
/* Backups: the age of what can really be restored. */

#ifndef COLLECTORS_BACKUP_H
#define COLLECTORS_BACKUP_H

#include "exporter/collector.h"

extern const struct collector backup_collector;

#endif
