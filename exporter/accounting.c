/* SPDX-License-Identifier: Apache-2.0 */
/* Time accounting: how long each service met, missed or did not know its RPO. */

#include "exporter/accounting.h"

#include <stdlib.h>
#include <string.h>

#include "exporter/verdict.h"
#include "exporter/verdict_history.h"

/* Exactly none, then from the objectives of tier 0 to those of yearly backups. */
const double accounting_bounds[] = {0,   1,    5,     15,    30,    60,    300,
                                    900, 3600, 14400, 43200, 86400, 604800};
const size_t accounting_bound_count = sizeof accounting_bounds / sizeof accounting_bounds[0];

_Static_assert(sizeof accounting_bounds / sizeof accounting_bounds[0] <= ACCOUNTING_BOUNDS_MAX,
               "an account has room for every bound");

void accounting_init(struct accounting *accounting)
{
    *accounting = (struct accounting){0};
}

void accounting_release(struct accounting *accounting)
{
    for (size_t i = 0; i < accounting->count; i++) {
        free(accounting->accounts[i].service);
        verdict_history_free(accounting->accounts[i].history);
    }
    free(accounting->accounts);
}

static struct account *find(const struct accounting *accounting, const char *service,
                            enum disruption disruption)
{
    for (size_t i = 0; i < accounting->count; i++) {
        struct account *account = &accounting->accounts[i];

        if (account->disruption == disruption && strcmp(account->service, service) == 0) {
            return account;
        }
    }
    return NULL;
}

const struct account *accounting_find(const struct accounting *accounting, const char *service,
                                      enum disruption disruption)
{
    return find(accounting, service, disruption);
}

void accounting_replace_plan(struct accounting *accounting, const struct verdict *verdicts,
                             size_t count)
{
    struct accounting next = {.accounts = calloc(count + 1, sizeof *next.accounts), .count = count};

    if (next.accounts == NULL) {
        abort();
    }
    for (size_t i = 0; i < count; i++) {
        const char *service = verdicts[i].service->name;
        struct account *known = find(accounting, service, verdicts[i].disruption);

        if (known != NULL) {
            next.accounts[i] = *known;
            known->history = NULL; /* It moves. */
        } else {
            next.accounts[i].history = verdict_history_new();
        }
        next.accounts[i].disruption = verdicts[i].disruption;
        next.accounts[i].service = strdup(service);
        if (next.accounts[i].service == NULL) {
            abort();
        }
    }
    accounting_release(accounting);
    *accounting = next;
}

static size_t bucket_of(double exposure)
{
    size_t i = 0;

    while (i < accounting_bound_count && exposure > accounting_bounds[i]) {
        i++;
    }
    return i;
}

static void advance(struct account *account, const struct verdict *verdict, uint64_t seconds,
                    bool blind)
{
    const struct check *rpo = &verdict->checks[CHECK_RPO];

    if (blind || !rpo->present || rpo->state == CHECK_UNKNOWN) {
        account->unknown_seconds += seconds;
    } else if (rpo->state == CHECK_PASS) {
        account->met_seconds += seconds;
    } else {
        account->missed_seconds += seconds;
    }
    if (!blind && verdict->has_exposure) {
        account->exposure_seconds[bucket_of(verdict->exposure_seconds)] += seconds;
        account->exposure_sum += verdict->exposure_seconds * (double)seconds;
    }
}

static void note_changes(struct account *account, const struct verdict *verdict, double now)
{
    for (enum check_kind kind = 0; kind < CHECK_KIND_COUNT; kind++) {
        const struct check *check = &verdict->checks[kind];
        struct check_history *history = &account->checks[kind];

        if (!check->present) {
            history->known = false;
        } else if (!history->known || history->state != check->state) {
            *history = (struct check_history){.known = true, .state = check->state, .since = now};
        }
    }
}

void accounting_advance(struct accounting *accounting, const struct verdict *verdicts, size_t count,
                        uint64_t seconds, bool blind, double now)
{
    /* The accounts were made for these verdicts, in the same order. */
    for (size_t i = 0; i < count && i < accounting->count; i++) {
        advance(&accounting->accounts[i], &verdicts[i], seconds, blind);
        note_changes(&accounting->accounts[i], &verdicts[i], now);
        verdict_history_advance(accounting->accounts[i].history, &verdicts[i], seconds, blind, now);
    }
}
