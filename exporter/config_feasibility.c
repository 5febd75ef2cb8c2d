/* SPDX-License-Identifier: Apache-2.0 */
/* Warnings about objectives that a plan cannot meet, with the arithmetic. */

#include "exporter/config_reader.h"
#include "exporter/duration.h"

struct text {
    char duration[DURATION_TEXT_BYTES];
};

static struct text shown(int64_t ms)
{
    struct text text;

    duration_format(text.duration, ms);
    return text;
}

/* With an RPO of 0 each second counts in which commits do not wait. */
#define ZERO_LOSS_INTERVAL_MS_MAX 5000

/* The strictest RPO of a dataset for a disruption, and which service asks for it. */
struct demand {
    const struct service *service; /* NULL: none states one. */
    int64_t rpo_ms;
};

static struct demand strictest_demand(const struct config *config, size_t dataset,
                                      enum disruption disruption)
{
    struct demand strictest = {NULL, 0};

    for (size_t i = 0; i < config->service_count; i++) {
        const struct service *service = &config->services[i];

        for (size_t j = 0; j < service->need_count; j++) {
            struct limit rpo = service_rpo(service, &service->needs[j], disruption);

            if (service->needs[j].dataset == dataset && rpo.stated &&
                (strictest.service == NULL || rpo.ms < strictest.rpo_ms)) {
                strictest = (struct demand){service, rpo.ms};
            }
        }
    }
    return strictest;
}

/* The source of the dataset that survives the disruption and is measured most often. */
static const struct source *quickest_source(const struct config *config,
                                            const struct dataset *dataset,
                                            enum disruption disruption)
{
    const struct source *quickest = NULL;

    for (size_t i = 0; i < dataset->source_count; i++) {
        const struct source *source = config->sources[dataset->sources[i]];

        if ((source->survives & SURVIVES(disruption)) != 0 &&
            (quickest == NULL || source->interval_ms < quickest->interval_ms)) {
            quickest = source;
        }
    }
    return quickest;
}

static bool can_prove_zero_loss(const struct config *config, const struct dataset *dataset,
                                enum disruption disruption)
{
    for (size_t i = 0; i < dataset->source_count; i++) {
        const struct source *source = config->sources[dataset->sources[i]];

        if ((source->survives & SURVIVES(disruption)) != 0 &&
            source->collector->proves_zero_data_loss) {
            return true;
        }
    }
    return false;
}

static void check_demand(struct config *config, const struct dataset *dataset,
                         enum disruption disruption, const struct demand *demand)
{
    const struct source *source = quickest_source(config, dataset, disruption);
    const char *where = disruption_name(disruption);
    const char *service = demand->service->name;
    struct text rpo = shown(demand->rpo_ms);

    if (source == NULL) {
        config_warn(config, arena_printf(config->arena,
                                         "service \"%s\": no source of dataset \"%s\" survives %s, "
                                         "so its exposure has no bound against an RPO of %s; add a "
                                         "source that survives it",
                                         service, dataset->name, where, rpo.duration));
    } else if (demand->rpo_ms == 0 && !can_prove_zero_loss(config, dataset, disruption)) {
        config_warn(config, arena_printf(config->arena,
                                         "service \"%s\": RPO 0s for %s, but no source of dataset "
                                         "\"%s\" that survives it can prove that no commit is "
                                         "lost (\"%s\" is of collector %s); add one that can, or "
                                         "accept another RPO: {name: %s, rpo: 5m}",
                                         service, where, dataset->name, source->name,
                                         source->collector->name, dataset->name));
    } else if (demand->rpo_ms == 0 && source->interval_ms > ZERO_LOSS_INTERVAL_MS_MAX) {
        config_warn(config,
                    arena_printf(config->arena,
                                 "source \"%s\": with interval %s the end of synchronous commits "
                                 "may go unnoticed for twice that, and service \"%s\" has an RPO "
                                 "of 0s for dataset \"%s\" (%s); write interval: 1s",
                                 source->name, shown(source->interval_ms).duration, service,
                                 dataset->name, where));
    } else if (demand->rpo_ms > 0 && source->interval_ms > demand->rpo_ms / 2) {
        config_warn(config, arena_printf(
                                config->arena,
                                "source \"%s\": interval %s is more than half of the RPO %s that "
                                "service \"%s\" has for dataset \"%s\" (%s); write interval: %s "
                                "or less",
                                source->name, shown(source->interval_ms).duration, rpo.duration,
                                service, dataset->name, where, shown(demand->rpo_ms / 2).duration));
    }
}

static void check_datasets(struct config *config)
{
    for (size_t i = 0; i < config->dataset_count; i++) {
        for (int j = 0; j < DISRUPTION_COUNT; j++) {
            struct demand demand = strictest_demand(config, i, (enum disruption)j);

            if (demand.service != NULL) {
                check_demand(config, &config->datasets[i], (enum disruption)j, &demand);
            }
        }
    }
}

/* A disruption that only `rto` brings into scope leaves the check of the data undecided. */
static void check_scope(struct config *config, const struct service *service)
{
    for (int i = 0; i < DISRUPTION_COUNT; i++) {
        const char *disruption = disruption_name((enum disruption)i);

        if (service->tier->in_scope[i] && !service->tier->rpo[i].stated &&
            service->need_count > 0) {
            config_warn(config,
                        arena_printf(config->arena,
                                     "service \"%s\": tier \"%s\" states an RTO but no RPO "
                                     "for %s, so the check rpo stays unknown; add rpo: "
                                     "{%s: …} to the tier",
                                     service->name, service->tier->name, disruption, disruption));
        }
    }
}

/* What a tier says of restores, against the disruptions after which something is restored. */
static void check_restores(struct config *config, const struct tier *tier)
{
    const char *disruption = NULL;

    for (int i = DISRUPTION_COUNT - 1; i >= 0; i--) {
        if (tier->in_scope[i] && disruption_needs_restore((enum disruption)i)) {
            disruption = disruption_name((enum disruption)i);
        }
    }
    if (disruption != NULL && !tier->drill_max_age[DRILL_RESTORE].stated) {
        config_warn(config,
                    arena_printf(config->arena,
                                 "tier \"%s\": %s is in scope, but a tested restore never expires; "
                                 "write drill_max_age: {restore: 90d}",
                                 tier->name, disruption));
    }
    if (disruption == NULL && tier->recovery_window.stated) {
        config_warn(config,
                    arena_printf(config->arena,
                                 "tier \"%s\": recovery_window %s is for corruption and "
                                 "ransomware, and neither is in scope; add one, for example rpo: "
                                 "{corruption: 1h}, or remove the key",
                                 tier->name, shown(tier->recovery_window.ms).duration));
    }
}

/* A check that is not made keeps no gate closed. */
static void check_gate(struct config *config, const struct tier *tier)
{
    bool made[CHECK_KIND_COUNT] = {[CHECK_RUNBOOK] = tier->runbook_max_age.stated};
    static const char *const wanted[CHECK_KIND_COUNT][2] = {
        [CHECK_RTO] = {"rto", "rto: 1h"},
        [CHECK_DRILL] = {"drill", "drill_max_age: {full: 365d}"},
        [CHECK_RUNBOOK] = {"runbook", "runbook_max_age: 90d"},
        [CHECK_RESTORE] = {"restore", "rpo: {corruption: 1h}"},
    };

    for (int i = 0; i < DISRUPTION_COUNT; i++) {
        made[CHECK_RTO] = made[CHECK_RTO] || tier->rto[i].stated;
        made[CHECK_RESTORE] = made[CHECK_RESTORE] ||
                              (tier->in_scope[i] && disruption_needs_restore((enum disruption)i));
    }
    for (int i = 0; i < DRILL_TYPE_COUNT; i++) {
        made[CHECK_DRILL] = made[CHECK_DRILL] || tier->drill_max_age[i].stated;
    }
    for (int i = 0; i < CHECK_KIND_COUNT; i++) {
        if (tier->gate_requires[i] && !made[i]) {
            config_warn(config,
                        arena_printf(config->arena,
                                     "tier \"%s\": gate_requires %s, but nothing in the tier asks "
                                     "for that check, so the gate opens without it; add for "
                                     "example %s",
                                     tier->name, wanted[i][0], wanted[i][1]));
        }
    }
}

/* A strategy is for the loss of a region: zones are survived by other means, and after corruption
 * something is restored whatever stands by. */
static void check_strategy(struct config *config, const struct tier *tier)
{
    const struct limit *rto = &tier->rto[DISRUPTION_REGION];
    const struct limit *rpo = &tier->rpo[DISRUPTION_REGION];
    int64_t bound_ms = strategy_rto_bound_ms(tier->strategy);

    if (tier->strategy == STRATEGY_NONE) {
        return;
    }
    if (rto->stated && rto->ms <= bound_ms) {
        config_warn(config, arena_printf(
                                config->arena,
                                "tier \"%s\": %s cannot meet the RTO %s for region, because %s; "
                                "choose a hotter strategy, or an RTO of more than %s",
                                tier->name, strategy_names[tier->strategy], shown(rto->ms).duration,
                                strategy_delay(tier->strategy), shown(bound_ms).duration));
    }
    if (rpo->stated && rpo->ms == 0 && tier->strategy != STRATEGY_HOT_STANDBY_SYNC) {
        config_warn(config,
                    arena_printf(config->arena,
                                 "tier \"%s\": %s cannot meet the RPO 0s for region, because what "
                                 "was not copied yet is lost; choose hot_standby_sync, or accept a "
                                 "loss, for example rpo: 30s",
                                 tier->name, strategy_names[tier->strategy]));
    }
}

/* Less than 0 if `a` is stricter than `b`: by what both state for a region, the time to recover
 * first, and else by their order in the file. */
static int compare_tiers(const struct tier *a, const struct tier *b)
{
    const struct limit *limits[2][2] = {
        {&a->rto[DISRUPTION_REGION], &b->rto[DISRUPTION_REGION]},
        {&a->rpo[DISRUPTION_REGION], &b->rpo[DISRUPTION_REGION]},
    };
    bool comparable = false;

    for (size_t i = 0; i < 2; i++) {
        if (limits[i][0]->stated && limits[i][1]->stated) {
            comparable = true;
            if (limits[i][0]->ms != limits[i][1]->ms) {
                return limits[i][0]->ms < limits[i][1]->ms ? -1 : 1;
            }
        }
    }
    return comparable || a == b ? 0 : a < b ? -1 : 1;
}

static char *describe_tier(struct arena *arena, const struct tier *tier)
{
    const struct limit *rto = &tier->rto[DISRUPTION_REGION];
    const struct limit *rpo = &tier->rpo[DISRUPTION_REGION];

    return arena_printf(arena, "tier \"%s\"%s%s%s%s", tier->name, rto->stated ? ", RTO " : "",
                        rto->stated ? shown(rto->ms).duration : "", rpo->stated ? ", RPO " : "",
                        rpo->stated ? shown(rpo->ms).duration : "");
}

/* What a dependency has no objective for leaves the check of it undecided. */
static void check_dependency_scope(struct config *config, const struct service *service,
                                   const struct service *other)
{
    for (int i = 0; i < DISRUPTION_COUNT; i++) {
        if (service->tier->in_scope[i] && !other->tier->in_scope[i]) {
            config_warn(config,
                        arena_printf(config->arena,
                                     "service \"%s\" depends on service \"%s\", whose tier \"%s\" "
                                     "has no objective for %s, so the check dependency stays "
                                     "unknown; add one to that tier",
                                     service->name, other->name, other->tier->name,
                                     disruption_name((enum disruption)i)));
        }
    }
}

static void check_dependencies(struct config *config, const struct service *service)
{
    for (size_t i = 0; i < service->depends_on_count; i++) {
        const struct service *other = &config->services[service->depends_on[i]];

        check_dependency_scope(config, service, other);

        if (compare_tiers(service->tier, other->tier) < 0) {
            config_warn(config,
                        arena_printf(config->arena,
                                     "service \"%s\" (%s) depends on service \"%s\" (%s), which "
                                     "may take longer to come back; give \"%s\" a stricter tier",
                                     service->name, describe_tier(config->arena, service->tier),
                                     other->name, describe_tier(config->arena, other->tier),
                                     other->name));
        }
    }
}

static void check_sources(struct config *config)
{
    for (size_t i = 0; i < config->source_count; i++) {
        const struct source *source = config->sources[i];

        if (source->timeout_ms > 2 * source->interval_ms) {
            config_warn(config, arena_printf(config->arena,
                                             "source \"%s\": timeout %s is more than twice its "
                                             "interval %s, so a source that hangs is noticed late; "
                                             "write timeout: %s or less",
                                             source->name, shown(source->timeout_ms).duration,
                                             shown(source->interval_ms).duration,
                                             shown(2 * source->interval_ms).duration));
        }
    }
}

void config_check_feasibility(struct config *config)
{
    for (size_t i = 0; i < config->service_count; i++) {
        check_scope(config, &config->services[i]);
        check_dependencies(config, &config->services[i]);
    }
    for (size_t i = 0; i < config->tier_count; i++) {
        check_restores(config, &config->tiers[i]);
        check_gate(config, &config->tiers[i]);
        check_strategy(config, &config->tiers[i]);
    }
    config_check_recovery(config);
    check_datasets(config);
    check_sources(config);
}
