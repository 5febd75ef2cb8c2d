/* SPDX-License-Identifier: Apache-2.0 */
/* The command `once`: collect every source once and print the exposition. */

#ifndef EXPORTER_ONCE_H
#define EXPORTER_ONCE_H

#include "exporter/options.h"

/* The exit status: 0 if every collection succeeded. */
int once(const struct options *options);

#endif
