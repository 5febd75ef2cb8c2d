/* SPDX-License-Identifier: Apache-2.0 */
/* Reloading the configuration: always done by the main thread, asked for by SIGHUP or HTTP. */

#ifndef EXPORTER_RELOAD_H
#define EXPORTER_RELOAD_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "exporter/crew.h"
#include "exporter/self_metrics.h"

struct reload {
    const char *path;
    struct crew *crew;
    struct exporter_status *status;
    pthread_t main_thread;

    pthread_mutex_t lock; /* Guards what follows. */
    pthread_cond_t changed;
    uint64_t begun; /* Reloads that began, */
    uint64_t done;  /* and ended. */
    char *problem;  /* Of the latest; NULL: it succeeded. */
    bool cancelled; /* The main thread is leaving and does none any more. */
};

/* Called by the main thread. */
void reload_init(struct reload *reload, const char *path, struct crew *crew,
                 struct exporter_status *status);
void reload_release(struct reload *reload);

/* Loads the file and puts it in force, or leaves everything as it is and logs why. */
void reload_perform(struct reload *reload);

/* For other threads: sends SIGHUP to the main thread and waits until a reload that began after
 * this call has ended, but not for ever. On false *ret_report says why not, to be freed by the
 * caller. */
bool reload_request(void *reload, char **ret_report);

/* No request waits any longer. */
void reload_cancel(struct reload *reload);

/* Logs the warnings of a configuration that is about to be used. */
void reload_log_warnings(const struct config *config);

#endif
