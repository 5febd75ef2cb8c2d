/* SPDX-License-Identifier: Apache-2.0 */
/* Tells the log when the plan begins and ceases to accept more loss than an RPO allows. */

#include "exporter/loss_watch.h"

#include <string.h>

#include "exporter/clock.h"
#include "exporter/log.h"
#include "exporter/rfc3339.h"

struct accepted_loss_seen {
    const char *service;
    struct accepted_loss accepted;
};

static bool has(const struct loss_watch *watch, const struct accepted_loss_seen *one)
{
    for (size_t i = 0; i < watch->count; i++) {
        if (strcmp(watch->seen[i].service, one->service) == 0 &&
            strcmp(watch->seen[i].accepted.reason, one->accepted.reason) == 0 &&
            watch->seen[i].accepted.until == one->accepted.until) {
            return true;
        }
    }
    return false;
}

/* Copies what is in effect: the plan may be replaced as soon as the lock is released. */
static struct loss_watch look(struct board *board)
{
    double wall_now = clock_unix_seconds() + clock_step_seconds();
    const struct config *config = board_lock(board)->config;
    struct loss_watch watch = {.arena = arena_new()};

    watch.seen = arena_alloc_array(watch.arena, config->service_count + 1, sizeof *watch.seen);
    for (size_t i = 0; i < config->service_count; i++) {
        const struct service *service = &config->services[i];

        if (service->accepted_loss.reason != NULL && wall_now < service->accepted_loss.until) {
            watch.seen[watch.count++] = (struct accepted_loss_seen){
                .service = arena_strdup(watch.arena, service->name),
                .accepted = {.reason = arena_strdup(watch.arena, service->accepted_loss.reason),
                             .until = service->accepted_loss.until}};
        }
    }
    board_unlock(board);
    return watch;
}

static void tell(const struct loss_watch *now, const struct loss_watch *before, const char *message)
{
    for (size_t i = 0; i < now->count; i++) {
        char until[RFC3339_TEXT_BYTES];

        if (!has(before, &now->seen[i])) {
            rfc3339_format(until, now->seen[i].accepted.until);
            log_event(LOG_WARN, message, "service", now->seen[i].service, "reason",
                      now->seen[i].accepted.reason, "until", until, NULL);
        }
    }
}

void loss_watch_look(struct loss_watch *watch, struct board *board)
{
    struct loss_watch now = look(board);

    tell(watch, &now, "a loss beyond the RPO is no longer accepted");
    tell(&now, watch, "a loss beyond the RPO is accepted");
    loss_watch_release(watch);
    *watch = now;
}

void loss_watch_release(struct loss_watch *watch)
{
    arena_free(watch->arena);
}
