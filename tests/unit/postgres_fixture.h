/* SPDX-License-Identifier: Apache-2.0 */
/* Two ends of a replication that say what a test wants them to. */

#ifndef TESTS_UNIT_POSTGRES_FIXTURE_H
#define TESTS_UNIT_POSTGRES_FIXTURE_H

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "collectors/postgres_evidence.h"
#include "collectors/postgres_synchronous.h"
#include "exporter/arena.h"

#define NOW 1000000.0

/* As PostgreSQL 15 answers, without what a test does not look at. */
#define PRIMARY                                                                                    \
    "{\"version\":\"150020\",\"now\":1000000.0,\"in_recovery\":false,\"may_monitor\":true,"        \
    "\"system_identifier\":\"7710454461314873639\",\"timeline\":\"x00000001\","                    \
    "\"current\":\"0/3000100\",\"senders\":[{\"pid\":7,\"application_name\":\"west\","             \
    "\"backend_start\":\"s7\",\"state\":\"streaming\",\"sync_state\":\"sync\","                    \
    "\"flushed\":\"0/3000100\"}],\"slots\":[{\"name\":\"west\",\"active\":true,"                   \
    "\"active_pid\":7,\"wal_status\":\"reserved\",\"restart\":\"0/3000000\"}],\"slot_total\":1,"   \
    "\"synchronous\":{\"commit\":\"on\",\"source\":\"default\",\"standby_names\":\"west\","        \
    "\"weak_overrides\":0}}"
#define REPLICA                                                                                    \
    "{\"version\":\"150020\",\"now\":1000000.0,\"in_recovery\":true,\"may_monitor\":true,"         \
    "\"system_identifier\":\"7710454461314873639\",\"timeline\":\"1\","                            \
    "\"received\":\"0/3000100\",\"replayed\":\"0/3000100\",\"replayed_commit\":999999.5,"          \
    "\"replay_paused\":false,\"streams\":true,\"receiver\":{\"status\":\"streaming\","             \
    "\"timeline\":1,"                                                                              \
    "\"latest_end\":\"0/3000100\",\"receipt_age\":2.5,\"send_age\":2.5,\"slot\":\"west\","         \
    "\"conninfo\":\"host=h application_name=west fallback_application_name=x\"}}"

struct fixture {
    struct postgres_settings settings;
    struct postgres_memory memory;
    struct postgres_pair pair;
    struct history *history;
    struct evidence evidence;
    struct error error;
};

static inline void set_up(struct fixture *fixture)
{
    *fixture = (struct fixture){.history = history_new()};
    fixture->pair.settings = &fixture->settings;
    fixture->pair.memory = &fixture->memory;
    fixture->pair.primary.configured = true;
    fixture->pair.replica.configured = true;
}

static inline void forget(struct postgres_end *end)
{
    postgres_facts_release(&end->facts);
    end->reached = false;
}

static inline void tear_down(struct fixture *fixture)
{
    forget(&fixture->pair.primary);
    forget(&fixture->pair.replica);
    history_free(fixture->history);
}

static inline void answer(struct postgres_end *end, double at, const char *json)
{
    struct error error;

    postgres_facts_release(&end->facts);
    end->reached = true;
    end->asked_at = at;
    end->answered_at = at;
    if (!postgres_facts_read(json, &end->facts, &error)) {
        fail_msg("%s", error.message);
    }
}

/* One round as the collector does it. */
static inline bool prove(struct fixture *fixture)
{
    const struct postgres_sender *sender;
    bool ambiguous;

    fixture->evidence = (struct evidence){0};
    fixture->error = (struct error){.kind = ERROR_NONE};
    if (!postgres_check_pair(&fixture->pair, &fixture->error)) {
        return false;
    }
    sender = postgres_find_sender(&fixture->pair, &ambiguous);
    postgres_prove(&fixture->pair, fixture->history, sender, &fixture->evidence);
    fixture->evidence.zero_data_loss = postgres_zero_data_loss(&fixture->pair, sender, ambiguous);
    return true;
}

static inline void assert_near(double actual, double expected)
{
    if (!(fabs(actual - expected) < 0.001)) {
        fail_msg("%.6f is not %.6f", actual, expected);
    }
}

/* `json` with one text replaced by another of any length; lives until the program ends. */
static inline const char *with(const char *json, const char *old, const char *new)
{
    static struct arena *arena;
    const char *at = strstr(json, old);

    if (arena == NULL) {
        arena = arena_new();
    }
    assert_non_null(at);
    return arena_printf(arena, "%.*s%s%s", (int)(at - json), json, new, at + strlen(old));
}

#endif
