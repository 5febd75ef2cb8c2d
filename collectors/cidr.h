/* SPDX-License-Identifier: Apache-2.0 */
/* Blocks of IP addresses, as in `192.0.2.0/24` and `2001:db8::/32`. */

#ifndef COLLECTORS_CIDR_H
#define COLLECTORS_CIDR_H

#include <stdbool.h>

#include "exporter/error.h"

/* Is it a block, or one address? Bits behind the prefix must be 0, or it would not be what is
 * meant. The message says what would be right. */
bool cidr_check(const char *block, struct error *error);

/* Whether a numeric address is in a block that passed the check. */
bool cidr_contains(const char *block, const char *address);

#endif
