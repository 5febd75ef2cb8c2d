/* SPDX-License-Identifier: Apache-2.0 */
/* Results of drills and validations of runbooks, dropped as .prom files into a directory. */

#ifndef COLLECTORS_TEXTFILE_H
#define COLLECTORS_TEXTFILE_H

#include "exporter/collector.h"

extern const struct collector textfile_collector;

#endif
