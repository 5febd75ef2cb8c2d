/* SPDX-License-Identifier: Apache-2.0 */
/* The command `serve`: measure, judge and answer until a signal ends it. */

#ifndef EXPORTER_SERVE_H
#define EXPORTER_SERVE_H

#include "exporter/options.h"

/* The exit status. */
int serve(const struct options *options);

#endif
