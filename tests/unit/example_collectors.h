/* SPDX-License-Identifier: Apache-2.0 */
/* Collectors for tests of the configuration, which take the place of the real ones: the linker
 * takes no registry from the library when the test has one. */

#ifndef TESTS_UNIT_EXAMPLE_COLLECTORS_H
#define TESTS_UNIT_EXAMPLE_COLLECTORS_H

#include <stddef.h>

#include "exporter/collector.h"

struct replica_settings {
    const char *dsn;
    const char *other_dsn;
    const char *password_file;
    const char *label;
    int64_t budget_ms;
    int64_t bytes_max;
    int64_t slots;
    double ratio;
    bool strict;
    const char *const *patterns;
    const struct setting_pair *properties;
};

static const struct setting replica_rows[] = {
    {"dsn", SETTING_DSN, offsetof(struct replica_settings, dsn), NULL, true, "Where it is."},
    {"other_dsn", SETTING_DSN, offsetof(struct replica_settings, other_dsn), NULL, false,
     "Where the other is."},
    {"password_file", SETTING_FILE, offsetof(struct replica_settings, password_file), NULL, false,
     "Its password."},
    {"label", SETTING_TEXT, offsetof(struct replica_settings, label), "none", false,
     "Free text, a | b."},
    {"budget", SETTING_DURATION, offsetof(struct replica_settings, budget_ms), "2s", false,
     "Time."},
    {"bytes_max", SETTING_SIZE, offsetof(struct replica_settings, bytes_max), "1MiB", false,
     "Size."},
    {"slots", SETTING_INTEGER, offsetof(struct replica_settings, slots), "3", false, "Count."},
    {"ratio", SETTING_RATIO, offsetof(struct replica_settings, ratio), "0.5", false, "Share."},
    {"strict", SETTING_BOOLEAN, offsetof(struct replica_settings, strict), "true", false,
     "Rigour."},
    {"patterns", SETTING_TEXTS, offsetof(struct replica_settings, patterns), NULL, false,
     "What of it."},
    {"properties", SETTING_PAIRS, offsetof(struct replica_settings, properties), NULL, false,
     "Of the client."},
};

static bool check_replica(const void *settings, unsigned survives, struct error *error)
{
    const struct replica_settings *replica = settings;

    if (replica->slots > 100) {
        return error_set(error, ERROR_INTERNAL, "slots are more than 100; write at most 100");
    }
    if (!replica->strict && (survives & SURVIVES(DISRUPTION_RANSOMWARE)) != 0) {
        return error_set(error, ERROR_INTERNAL,
                         "only a strict one survives ransomware; write strict: true");
    }
    return true;
}

static const struct collector replica_collector = {
    .name = "replica",
    .summary = "A synchronous copy.",
    .survives = SURVIVES(DISRUPTION_ZONE) | SURVIVES(DISRUPTION_REGION),
    .proves_zero_data_loss = true,
    .settings = replica_rows,
    .setting_count = sizeof replica_rows / sizeof replica_rows[0],
    .settings_size = sizeof(struct replica_settings),
    .check = check_replica,
};

static const struct collector backup_collector = {
    .name = "backup",
    .summary = "An older copy.",
    .feeds = FEEDS(CHECK_RESTORE),
    .survives = SURVIVES(DISRUPTION_REGION) | SURVIVES(DISRUPTION_CORRUPTION),
};

const struct collector *const collector_registry[] = {&replica_collector, &backup_collector, NULL};

#endif
