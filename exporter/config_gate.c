/* SPDX-License-Identifier: Apache-2.0 */
/* What the plan says of the gate: what a tier requires of it, and losses that a service accepts. */

#include <string.h>

#include "exporter/config_reader.h"
#include "exporter/rfc3339.h"

/* The checks that a tier may add to those that the gate always requires. */
static const char *const addable_names[] = {"rto", "drill", "runbook", "restore"};
static const enum check_kind addable_kinds[] = {CHECK_RTO, CHECK_DRILL, CHECK_RUNBOOK,
                                                CHECK_RESTORE};
#define ADDABLE_COUNT (sizeof addable_names / sizeof addable_names[0])

void config_read_gate_requires(const struct setting_loader *loader, struct yaml_value list,
                               struct tier *tier)
{
    size_t count;
    struct config_name *names = config_names(loader, "gate_requires", list, &count);

    for (size_t i = 0; i < count; i++) {
        size_t word = config_find_word(loader, "check", names[i], addable_names, ADDABLE_COUNT);

        if (word < ADDABLE_COUNT) {
            tier->gate_requires[addable_kinds[word]] = true;
        }
    }
}

static const struct setting accepted_rows[] = {
    {.key = "reason",
     .type = SETTING_TEXT,
     .offset = offsetof(struct accepted_loss, reason),
     .required = true,
     .help = "Why, and who decided it; shown wherever the gate is."},
    {.key = "until", .type = SETTING_NAME, .required = true, .help = "When it ends."},
};

void config_read_accepted_loss(const struct setting_loader *loader, struct yaml_value mapping,
                               struct service *service)
{
    struct setting_loader inner = *loader;
    struct accepted_loss accepted = {.reason = NULL};
    struct setting_section section = {accepted_rows, sizeof accepted_rows / sizeof accepted_rows[0],
                                      &accepted};
    struct yaml_value until = yaml_lookup(mapping, "until");
    const char *text;

    if (mapping.node == NULL) {
        return;
    }
    inner.owner = arena_printf(loader->arena, "\"accept_data_loss\" of %s", loader->owner);
    settings_load(&inner, mapping, &section, 1);
    text = until.node == NULL ? NULL : setting_name(&inner, "until", until);
    if (text == NULL) {
        return;
    }
    if (!rfc3339_parse(text, &accepted.until)) {
        yaml_report_value(loader->report, until,
                          "key \"until\" in %s: \"%s\" is not an instant; write for example "
                          "2026-11-22T06:00:00Z",
                          inner.owner, text);
        return;
    }
    service->accepted_loss = accepted;
}
