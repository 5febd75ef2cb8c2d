/* SPDX-License-Identifier: Apache-2.0 */
/* The list of all collectors. */

#include "collectors/postgres.h"

const struct collector *const collector_registry[] = {
    &postgres_collector,
    NULL,
};
