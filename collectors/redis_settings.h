/* SPDX-License-Identifier: Apache-2.0 */
/* The settings of the redis collector. */

#ifndef COLLECTORS_REDIS_SETTINGS_H
#define COLLECTORS_REDIS_SETTINGS_H

#include <stdbool.h>
#include <stdint.h>

#include "exporter/error.h"
#include "exporter/setting.h"

struct redis_settings {
    const char *primary;
    const char *replica;
    const char *sentinels;
    const char *master_name;
    const char *region_nodes;
    const char *user;
    const char *password_file;
    const char *replica_password_file;
    const char *sentinel_user;
    const char *sentinel_password_file;
    int64_t data_age_max_ms;
    bool tls;
    const char *ca_file;
    const char *cert_file;
    const char *key_file;
    const char *server_name;
};

#define REDIS_SETTING_COUNT 16

extern const struct setting redis_setting_table[REDIS_SETTING_COUNT];

/* What the table cannot say. */
bool redis_settings_check(const void *settings, unsigned survives, struct error *error);

#endif
