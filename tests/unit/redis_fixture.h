/* SPDX-License-Identifier: Apache-2.0 */
/* Two ends of a Redis replication that say what a test wants them to. */

#ifndef TESTS_UNIT_REDIS_FIXTURE_H
#define TESTS_UNIT_REDIS_FIXTURE_H

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "collectors/redis_evidence.h"

#define NOW 1000000.0

#define ID_A "00880c716af577b25f93f3f2b3d8f0a2de54929b"
#define ID_B "57ecce05d4b5f63d627aea2241b94cd948c0572e"
#define NO_ID "0000000000000000000000000000000000000000"

/* As Redis 7.0 answers, without what is not looked at. */
#define PRIMARY                                                                                    \
    "# Server\r\nredis_version:7.0.15\r\nredis_mode:standalone\r\nrun_id:aaaa\r\n"                 \
    "tcp_port:6379\r\n# Persistence\r\nloading:0\r\nasync_loading:0\r\n"                           \
    "rdb_last_save_time:1700000000\r\nrdb_last_bgsave_status:ok\r\naof_enabled:0\r\n"              \
    "aof_last_write_status:ok\r\n# Stats\r\nsync_full:2\r\nsync_partial_err:1\r\n"                 \
    "# Replication\r\nrole:master\r\nconnected_slaves:1\r\n"                                       \
    "slave0:ip=10.0.0.7,port=6380,state=online,offset=1000,lag=0\r\n"                              \
    "master_replid:" ID_A "\r\nmaster_replid2:" NO_ID "\r\nmaster_repl_offset:1000\r\n"            \
    "second_repl_offset:-1\r\n"
#define REPLICA                                                                                    \
    "# Server\r\nredis_mode:standalone\r\nrun_id:bbbb\r\ntcp_port:6380\r\n# Persistence\r\n"       \
    "loading:0\r\nasync_loading:0\r\n# Replication\r\nrole:slave\r\nmaster_host:10.0.0.1\r\n"      \
    "master_port:6379\r\nmaster_link_status:up\r\nmaster_last_io_seconds_ago:3\r\n"                \
    "master_sync_in_progress:0\r\nslave_read_repl_offset:1000\r\nslave_repl_offset:1000\r\n"       \
    "slave_priority:100\r\nslave_read_only:1\r\nreplica_announced:1\r\nconnected_slaves:0\r\n"     \
    "master_replid:" ID_A "\r\nmaster_replid2:" NO_ID "\r\nmaster_repl_offset:1000\r\n"            \
    "second_repl_offset:-1\r\n"
#define LINK_UP "master_link_status:up\r\nmaster_last_io_seconds_ago:3\r\n"
#define LINK_DOWN                                                                                  \
    "master_link_status:down\r\nmaster_last_io_seconds_ago:-1\r\n"                                 \
    "master_link_down_since_seconds:7\r\n"

struct fixture {
    struct arena *arena;
    struct redis_memory memory;
    struct redis_pair pair;
    struct history *history;
    struct evidence evidence;
    struct error error;
};

static inline void set_up(struct fixture *fixture)
{
    *fixture = (struct fixture){.arena = arena_new(), .history = history_new()};
    fixture->pair = (struct redis_pair){.memory = &fixture->memory, .data_age_max_seconds = 300};
}

static inline void tear_down(struct fixture *fixture)
{
    history_free(fixture->history);
    arena_free(fixture->arena);
}

static inline void answer(struct fixture *fixture, struct redis_end *end, double at,
                          const char *info)
{
    struct error error;

    *end = (struct redis_end){.reached = true, .asked_at = at, .peer = "10.0.0.7"};
    if (!redis_facts_read(fixture->arena, info, &end->facts, &error)) {
        fail_msg("%s", error.message);
    }
}

static inline void both_answer(struct fixture *fixture, double at, const char *primary,
                               const char *replica)
{
    answer(fixture, &fixture->pair.primary, at, primary);
    answer(fixture, &fixture->pair.replica, at, replica);
}

/* One round as the collector does it. */
static inline bool prove(struct fixture *fixture)
{
    fixture->evidence = (struct evidence){0};
    fixture->error = (struct error){.kind = ERROR_NONE};
    if (!redis_check_pair(&fixture->pair, &fixture->error)) {
        return false;
    }
    redis_prove(&fixture->pair, fixture->history, &fixture->evidence);
    return true;
}

static inline void assert_near(double actual, double expected)
{
    if (!(fabs(actual - expected) < 0.001)) {
        fail_msg("%.6f is not %.6f", actual, expected);
    }
}

/* `info` with one text replaced by another of any length. */
static inline const char *with(struct fixture *fixture, const char *info, const char *old,
                               const char *new)
{
    const char *at = strstr(info, old);

    assert_non_null(at);
    return arena_printf(fixture->arena, "%.*s%s%s", (int)(at - info), info, new, at + strlen(old));
}

/* PRIMARY at another offset. */
static inline const char *primary_at(struct fixture *fixture, unsigned offset)
{
    return with(fixture, PRIMARY, "master_repl_offset:1000",
                arena_printf(fixture->arena, "master_repl_offset:%u", offset));
}

static inline const char *replica_at(struct fixture *fixture, unsigned offset)
{
    return with(fixture, REPLICA, "slave_repl_offset:1000",
                arena_printf(fixture->arena, "slave_repl_offset:%u", offset));
}

#endif
