/* SPDX-License-Identifier: Apache-2.0 */
/* Reads what one Redis or Valkey server says about itself in INFO.
 *
 * https://redis.io/docs/latest/commands/info/; lines `key:value`, unknown ones are ignored: each
 * version adds some. */

#include "collectors/redis_facts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* What an INFO is searched in. */
struct info {
    struct arena *arena;
    const char *text;
};

/* The value of `key` up to the end of its line; NULL when there is none. */
static const char *find_value(const struct info *info, const char *key)
{
    size_t length = strlen(key);

    for (const char *line = info->text; line != NULL; line = strchr(line, '\n')) {
        line += *line == '\n' ? 1 : 0;
        if (strncmp(line, key, length) == 0 && line[length] == ':') {
            const char *value = line + length + 1;

            return arena_strndup(info->arena, value, strcspn(value, "\r\n"));
        }
    }
    return NULL;
}

/* "" when missing. */
static const char *read_text(const struct info *info, const char *key)
{
    const char *value = find_value(info, key);

    return value == NULL ? "" : value;
}

static bool is_true(const struct info *info, const char *key)
{
    return strcmp(read_text(info, key), "1") == 0;
}

/* Redis counts with 64 bits; a negative number stands for "not known". */
static bool parse_count(const char *text, uint64_t *ret_value)
{
    char *end;
    unsigned long long value;

    errno = 0;
    value = strtoull(text, &end, 10);
    if (*text < '0' || *text > '9' || *end != '\0' || errno != 0 || value > INT64_MAX) {
        return false;
    }
    *ret_value = value;
    return true;
}

static struct redis_offset read_offset(const struct info *info, const char *key)
{
    struct redis_offset offset = {0};

    offset.known = parse_count(read_text(info, key), &offset.bytes);
    return offset;
}

static struct reading read_number(const struct info *info, const char *key)
{
    uint64_t value = 0;
    bool known = parse_count(read_text(info, key), &value);

    return (struct reading){.known = known, .value = (double)value};
}

static struct reading read_status(const struct info *info, const char *key)
{
    const char *value = find_value(info, key);

    return (struct reading){.known = value != NULL,
                            .value = value != NULL && strcmp(value, "ok") == 0 ? 1 : 0};
}

/* The value of `key=` in `a=1,b=2`; "" when missing. */
static const char *find_part(const struct info *info, const char *row, const char *key)
{
    size_t length = strlen(key);

    for (const char *part = row; part != NULL; part = strchr(part, ',')) {
        part += *part == ',' ? 1 : 0;
        if (strncmp(part, key, length) == 0 && part[length] == '=') {
            return arena_strndup(info->arena, part + length + 1, strcspn(part + length + 1, ","));
        }
    }
    return "";
}

static struct redis_row read_row(const struct info *info, const char *text)
{
    struct redis_row row = {.ip = find_part(info, text, "ip"),
                            .port = find_part(info, text, "port"),
                            .online = strcmp(find_part(info, text, "state"), "online") == 0};

    /* 0 until the first acknowledgement. */
    row.acknowledged.known =
        row.online && parse_count(find_part(info, text, "offset"), &row.acknowledged.bytes) &&
        row.acknowledged.bytes > 0;
    return row;
}

static void read_rows(const struct info *info, struct redis_facts *facts)
{
    facts->rows = arena_alloc_array(info->arena, REDIS_REPLICAS_MAX, sizeof *facts->rows);
    for (unsigned i = 0; i < REDIS_REPLICAS_MAX; i++) {
        const char *text = find_value(info, arena_printf(info->arena, "slave%u", i));

        if (text == NULL) {
            break;
        }
        facts->rows[facts->row_count++] = read_row(info, text);
    }
}

static bool is_positive(const struct info *info, const char *key)
{
    struct reading number = read_number(info, key);

    return number.known && number.value > 0;
}

static void read_replica(const struct info *info, struct redis_facts *facts)
{
    const char *announced = read_text(info, "replica_announced");

    facts->origin_host = read_text(info, "master_host");
    facts->origin_port = read_text(info, "master_port");
    facts->link_up = strcmp(read_text(info, "master_link_status"), "up") == 0;
    facts->link_idle = read_number(info, "master_last_io_seconds_ago");
    facts->link_down = read_number(info, "master_link_down_since_seconds");
    facts->syncing = is_true(info, "master_sync_in_progress");
    facts->applied = read_offset(info, "slave_repl_offset");
    facts->priority = read_number(info, "slave_priority");
    /* Came with Redis 6.2; before, all replicas were. */
    facts->announced = strcmp(announced, "0") != 0;
    facts->diverged = strcmp(read_text(info, "slave_read_only"), "0") == 0 ||
                      is_positive(info, "unexpected_error_replies") ||
                      is_positive(info, "evicted_keys");
}

static void read_primary(const struct info *info, struct redis_facts *facts)
{
    facts->connected_replicas = read_number(info, "connected_slaves");
    facts->good_replicas = read_number(info, "min_slaves_good_slaves");
    facts->full_syncs = read_number(info, "sync_full");
    facts->refused_partial_syncs = read_number(info, "sync_partial_err");
    read_rows(info, facts);
}

static bool is_replid(const char *text)
{
    return strlen(text) == 40 && strspn(text, "0123456789abcdef") == 40;
}

/* Without these nothing can be concluded; an INFO that was cut off lacks some. */
static bool check_complete(const struct info *info, bool replica, struct error *error)
{
    static const char *const common[] = {"run_id", "loading", "master_replid",
                                         "master_repl_offset"};
    static const char *const own[] = {"master_link_status", "master_sync_in_progress",
                                      "slave_repl_offset", "slave_priority"};
    const char *missing = NULL;

    for (size_t i = 0; i < sizeof common / sizeof common[0] && missing == NULL; i++) {
        missing = find_value(info, common[i]) == NULL ? common[i] : NULL;
    }
    for (size_t i = 0; replica && i < sizeof own / sizeof own[0] && missing == NULL; i++) {
        missing = find_value(info, own[i]) == NULL ? own[i] : NULL;
    }
    if (missing == NULL && !is_replid(read_text(info, "master_replid"))) {
        missing = "master_replid of 40 digits";
    }
    return missing == NULL
               ? true
               : error_set(error, ERROR_PROTOCOL,
                           "INFO has no %s: it is incomplete, or of no Redis server", missing);
}

static bool read_role(const struct info *info, bool *ret_replica, struct error *error)
{
    const char *role = read_text(info, "role");

    if (strcmp(read_text(info, "redis_mode"), "sentinel") == 0) {
        return error_set(error, ERROR_INCONSISTENT,
                         "this is a Sentinel and holds no data; Sentinels go into \"sentinels\"");
    }
    if (strcmp(role, "master") != 0 && strcmp(role, "slave") != 0) {
        return error_set(error, ERROR_PROTOCOL,
                         "INFO says nothing of a role: it is incomplete, or of no Redis server");
    }
    *ret_replica = strcmp(role, "slave") == 0;
    return true;
}

bool redis_facts_read(struct arena *arena, const char *info, struct redis_facts *ret_facts,
                      struct error *error)
{
    struct info source = {.arena = arena, .text = info};
    struct redis_facts facts = {0};

    if (!read_role(&source, &facts.replica, error) ||
        !check_complete(&source, facts.replica, error)) {
        return false;
    }
    facts.mode = read_text(&source, "redis_mode");
    facts.run_id = read_text(&source, "run_id");
    facts.port = read_text(&source, "tcp_port");
    facts.replid = read_text(&source, "master_replid");
    facts.replid2 = read_text(&source, "master_replid2");
    facts.offset = read_offset(&source, "master_repl_offset");
    facts.second_offset = read_offset(&source, "second_repl_offset");
    /* async_loading: the old data still is there, and will be replaced. */
    facts.loading =
        strcmp(read_text(&source, "loading"), "0") != 0 || is_true(&source, "async_loading");
    facts.last_save = read_number(&source, "rdb_last_save_time");
    facts.last_save_succeeded = read_status(&source, "rdb_last_bgsave_status");
    facts.aof_enabled = read_number(&source, "aof_enabled");
    facts.aof_write_succeeded = read_status(&source, "aof_last_write_status");
    facts.origin_host = facts.origin_port = "";
    if (facts.replica) {
        read_replica(&source, &facts);
    } else {
        read_primary(&source, &facts);
    }
    *ret_facts = facts;
    return true;
}
