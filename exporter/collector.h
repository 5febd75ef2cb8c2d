/* SPDX-License-Identifier: Apache-2.0 */
/* The interface that every collector implements. A collector knows one kind of system. */

#ifndef EXPORTER_COLLECTOR_H
#define EXPORTER_COLLECTOR_H

#include <stdbool.h>
#include <stddef.h>

#include "exporter/arena.h"
#include "exporter/error.h"
#include "exporter/evidence.h"
#include "exporter/history.h"
#include "exporter/metric.h"
#include "exporter/samples.h"
#include "exporter/setting.h"
#include "exporter/stop.h"

/* One round of measuring one source. Only valid during the call. */
struct collection {
    struct arena *arena; /* Lives as long as the snapshot; for what the evidence points to. */
    const void *settings;
    unsigned survives; /* The disruptions that the plan says the source survives. */
    int64_t interval_ms;
    struct samples *samples;   /* Out: values of the collector's metrics. */
    struct evidence *evidence; /* Out: what they prove. Starts out empty: nothing is known. */
    struct history *history;   /* Of this source; kept when a session ends. */
    void *memory;              /* `memory_size` bytes, kept likewise, zeroed at first. */
    struct deadline deadline;  /* Every blocking call returns by then. */
    /* Out: a failure of what was measured, not of the conversation, which goes on at the next beat
     * (one broker of many is down; a long first reading is not yet at its end). */
    bool keep_session;
};

struct collector {
    const char *name;
    const char *summary; /* One sentence for `dr_exporter settings`. */
    unsigned survives;   /* Default of the setting `survives`. */
    /* Can this kind of source ever prove that no acknowledged commit is lost (RPO 0)? */
    bool proves_zero_data_loss;
    /* Its evidence names the services itself: it needs neither a dataset nor to be listed. */
    bool names_services;
    /* Its evidence is never of a dataset. A source that feeds no check either, by feeds_of, is
     * there for its metrics only, and needs not to be listed. */
    bool proves_no_data;
    /* Bits FEEDS(check_kind): the checks that its evidence is for, beside rpo. A service that lists
     * such a source as evidence does not pass them while the source cannot be measured. */
    unsigned feeds;
    /* MAY be NULL. Where that depends on the settings: the bits of a source with these. One with
     * any proves nothing of a dataset. */
    unsigned (*feeds_of)(const void *settings);

    const struct metric *metrics;
    size_t metric_count;

    const struct setting *settings;
    size_t setting_count;
    size_t settings_size;

    size_t memory_size;
    /* MAY be NULL. Frees what the memory points to, not the memory itself. */
    void (*release_memory)(void *memory);

    /* MAY be NULL. What the table cannot say of the settings, for example that one of two keys is
     * needed; the message says what would be right. `survives` is what the source is said to
     * survive. Called when a configuration is loaded. */
    bool (*check)(const void *settings, unsigned survives, struct error *error);

    /* Starts a conversation; NULL with *error set on failure. Secrets are read here. */
    void *(*open)(const void *settings, const struct deadline *deadline, struct error *error);

    /* Measures once. On false the worker closes the session and opens a new one at the next beat,
     * so a collector contains no reconnect code, unless it sets collection->keep_session. Samples
     * and evidence that were added before the failure are published together with the error: they
     * are true, though not everything. A source whose latest collection failed never passes a
     * check. */
    bool (*collect)(void *session, struct collection *collection, struct error *error);

    void (*close)(void *session);
};

/* All collectors, for the configuration and the documentation; NULL ends the list. */
extern const struct collector *const collector_registry[];

#endif
