/* SPDX-License-Identifier: Apache-2.0 */
/* Reloading the configuration: always done by the main thread, asked for by SIGHUP or HTTP. */

#include "exporter/reload.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "exporter/clock.h"
#include "exporter/log.h"

/* How long the HTTP thread, which answers nobody else meanwhile, waits for a reload. */
#define WAIT_SECONDS 5

void reload_init(struct reload *reload, const char *path, struct crew *crew,
                 struct exporter_status *status)
{
    *reload = (struct reload){
        .path = path, .crew = crew, .status = status, .main_thread = pthread_self()};
    if (pthread_mutex_init(&reload->lock, NULL) != 0 ||
        pthread_cond_init(&reload->changed, NULL) != 0) {
        abort();
    }
}

void reload_release(struct reload *reload)
{
    (void)pthread_cond_destroy(&reload->changed);
    (void)pthread_mutex_destroy(&reload->lock);
    free(reload->problem);
}

void reload_log_warnings(const struct config *config)
{
    for (size_t i = 0; i < config->warning_count; i++) {
        log_event(LOG_WARN, "the plan cannot be met", "warning", config->warnings[i], NULL);
    }
}

/* NULL if the new configuration is in force. */
static char *load_and_adopt(struct reload *reload)
{
    struct error error;
    char *report = NULL;
    struct config *config = config_load(reload->path, &report);

    if (config == NULL) {
        return report;
    }
    reload_log_warnings(config);
    if (!crew_adopt(reload->crew, config, &error)) {
        return strdup(error.message);
    }
    return NULL;
}

void reload_perform(struct reload *reload)
{
    char *problem;

    (void)pthread_mutex_lock(&reload->lock);
    reload->begun++;
    (void)pthread_mutex_unlock(&reload->lock);
    problem = load_and_adopt(reload);
    reload->status->last_reload_successful = problem == NULL;
    if (problem == NULL) {
        reload->status->last_reload_success = clock_unix_seconds();
        log_event(LOG_INFO, "configuration reloaded", "file", reload->path, NULL);
    } else {
        log_event(LOG_ERROR, "configuration not reloaded, the former one stays in force", "file",
                  reload->path, "error", problem, NULL);
    }
    (void)pthread_mutex_lock(&reload->lock);
    free(reload->problem);
    reload->problem = problem;
    reload->done++;
    (void)pthread_cond_broadcast(&reload->changed);
    (void)pthread_mutex_unlock(&reload->lock);
}

static struct timespec seconds_from_now(time_t seconds)
{
    struct timespec until;

    (void)clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += seconds;
    return until;
}

bool reload_request(void *context, char **ret_report)
{
    struct reload *reload = context;
    struct timespec until = seconds_from_now(WAIT_SECONDS);
    const char *problem = "it is still going on; see the log, or /metrics";
    bool succeeded = false;
    bool waiting = true;
    uint64_t wanted;

    (void)pthread_mutex_lock(&reload->lock);
    /* One that is going on may have read the file before it was changed. */
    wanted = reload->begun + 1;
    if (!reload->cancelled) {
        (void)pthread_kill(reload->main_thread, SIGHUP);
    }
    while (waiting && !reload->cancelled && reload->done < wanted) {
        waiting =
            pthread_cond_clockwait(&reload->changed, &reload->lock, CLOCK_MONOTONIC, &until) == 0;
    }
    if (reload->done >= wanted) {
        problem = reload->problem;
        succeeded = problem == NULL;
    } else if (reload->cancelled) {
        problem = "the exporter is stopping";
    }
    if (!succeeded) {
        *ret_report = strdup(problem);
    }
    (void)pthread_mutex_unlock(&reload->lock);
    return succeeded;
}

void reload_cancel(struct reload *reload)
{
    (void)pthread_mutex_lock(&reload->lock);
    reload->cancelled = true;
    (void)pthread_cond_broadcast(&reload->changed);
    (void)pthread_mutex_unlock(&reload->lock);
}
