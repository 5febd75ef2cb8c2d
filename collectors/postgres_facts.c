/* SPDX-License-Identifier: Apache-2.0 */
/* Reads what one end of a PostgreSQL pair says about itself. */

#include "collectors/postgres_facts.h"

#include <cjson/cJSON.h>
#include <stdlib.h>
#include <string.h>

#include "exporter/cleanup.h"

/* Up to eight hexadecimal digits; returns what follows them, or NULL. */
static const char *read_hexadecimal(const char *text, uint64_t *ret_value)
{
    uint64_t value = 0;
    const char *c = text;

    for (; c - text < 8; c++) {
        if (*c >= '0' && *c <= '9') {
            value = value * 16 + (uint64_t)(*c - '0');
        } else if (*c >= 'A' && *c <= 'F') {
            value = value * 16 + (uint64_t)(*c - 'A') + 10;
        } else {
            break;
        }
    }
    *ret_value = value;
    return c == text ? NULL : c;
}

bool postgres_lsn_parse(const char *text, struct postgres_lsn *ret_lsn)
{
    uint64_t high;
    uint64_t low;
    const char *rest = read_hexadecimal(text, &high);

    if (rest == NULL || *rest != '/') {
        return false;
    }
    rest = read_hexadecimal(rest + 1, &low);
    if (rest == NULL || *rest != '\0') {
        return false;
    }
    *ret_lsn = (struct postgres_lsn){.known = true, .bytes = high << 32 | low};
    return true;
}

/* "" when the member is missing, NULL or of another kind. */
static const char *read_text(const cJSON *object, const char *key)
{
    const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, key));

    return text == NULL ? "" : text;
}

static struct postgres_number read_number(const cJSON *object, const char *key)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, key);

    return (struct postgres_number){.known = cJSON_IsNumber(item),
                                    .value = cJSON_IsNumber(item) ? item->valuedouble : 0};
}

static int64_t read_integer(const cJSON *object, const char *key)
{
    struct postgres_number number = read_number(object, key);

    /* Nothing that is counted here comes near 2^53. */
    return number.known && number.value >= 0 && number.value < 9e15 ? (int64_t)number.value : 0;
}

static bool read_boolean(const cJSON *object, const char *key)
{
    return cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(object, key)) != 0;
}

/* NULL stays unknown; a text that is no LSN does too. */
static struct postgres_lsn read_lsn(const cJSON *object, const char *key)
{
    struct postgres_lsn lsn = {0};

    (void)postgres_lsn_parse(read_text(object, key), &lsn);
    return lsn;
}

static bool read_unsigned(const char *text, uint64_t *ret_value)
{
    char *end;
    unsigned long long value = strtoull(text, &end, 10);

    if (*text < '0' || *text > '9' || *end != '\0') {
        return false;
    }
    *ret_value = value;
    return true;
}

/* `x0000000A` from the name of a WAL file, or a decimal number. */
static uint32_t read_timeline(const cJSON *object)
{
    const char *text = read_text(object, "timeline");
    uint64_t value = 0;

    if (*text == 'x') {
        (void)read_hexadecimal(text + 1, &value);
    } else {
        (void)read_unsigned(text, &value);
    }
    return (uint32_t)value;
}

/* Whether a keyword and an equals sign begin here. */
static bool begins_option(const char *text)
{
    size_t length = strspn(text, "abcdefghijklmnopqrstuvwxyz_");

    return length > 0 && text[length] == '=';
}

/* The name that somebody gave this standby. The view has the receiver's connection string with its
 * secrets masked, as `keyword=value keyword=value` without any quotes, and with keywords that our
 * libpq may not know yet. What libpq falls back to (cluster_name, or walreceiver) is no name: every
 * standby of an estate may have the same. */
static const char *find_application_name(cJSON *receiver)
{
    static const char keyword[] = "application_name=";
    const char *conninfo = read_text(receiver, "conninfo");
    const char *at = strstr(conninfo, keyword);
    CLEANUP(free_text) char *name = NULL;
    size_t length = 0;

    while (at != NULL && at != conninfo && at[-1] != ' ') {
        at = strstr(at + 1, keyword);
    }
    if (at == NULL) {
        return "";
    }
    at += strlen(keyword);
    while (at[length] != '\0' && !(at[length] == ' ' && begins_option(at + length + 1))) {
        length++;
    }
    name = strndup(at, length);
    if (name == NULL) {
        abort();
    }
    /* The document keeps the copy alive as long as the facts. */
    (void)cJSON_AddStringToObject(receiver, "application_name", name);
    return read_text(receiver, "application_name");
}

static void read_receiver(cJSON *object, struct postgres_facts *facts)
{
    struct postgres_receiver *receiver = &facts->receiver;

    if (!cJSON_IsObject(object)) {
        return;
    }
    *receiver = (struct postgres_receiver){
        .present = true,
        .streaming = strcmp(read_text(object, "status"), "streaming") == 0,
        .timeline = (uint32_t)read_integer(object, "timeline"),
        .latest_end = read_lsn(object, "latest_end"),
        .receipt_age = read_number(object, "receipt_age"),
        .send_age = read_number(object, "send_age"),
        .slot = read_text(object, "slot"),
        .application_name = find_application_name(object),
    };
    if (receiver->timeline != 0) {
        facts->timeline = receiver->timeline;
    }
}

static struct postgres_sender read_sender(const cJSON *object)
{
    return (struct postgres_sender){
        .pid = read_integer(object, "pid"),
        .application_name = read_text(object, "application_name"),
        .client_address = read_text(object, "client_address"),
        .backend_start = read_text(object, "backend_start"),
        .streaming = strcmp(read_text(object, "state"), "streaming") == 0,
        .sync_state = read_text(object, "sync_state"),
        .sent = read_lsn(object, "sent"),
        .written = read_lsn(object, "written"),
        .flushed = read_lsn(object, "flushed"),
        .replayed = read_lsn(object, "replayed"),
        .write_lag = read_number(object, "write_lag"),
        .flush_lag = read_number(object, "flush_lag"),
        .replay_lag = read_number(object, "replay_lag"),
    };
}

static struct postgres_slot read_slot(const cJSON *object)
{
    return (struct postgres_slot){
        .name = read_text(object, "name"),
        .active = read_boolean(object, "active"),
        .active_pid = read_integer(object, "active_pid"),
        .wal_status = read_text(object, "wal_status"),
        .restart = read_lsn(object, "restart"),
    };
}

static struct postgres_region read_region(const cJSON *object)
{
    return (struct postgres_region){
        .name = read_text(object, "name"),
        .durability_lag_ms = read_number(object, "durability_lag_ms"),
        .rpo_lag_ms = read_number(object, "rpo_lag_ms"),
        .calculated_age = read_number(object, "calculated_age"),
    };
}

/* NULL, which has no members, for what is no array. */
static const cJSON *find_array(const cJSON *root, const char *key)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(root, key);

    return cJSON_IsArray(item) ? item : NULL;
}

/* Zeroed memory for the members of an array; NULL when there are none. */
static void *allocate_for(const cJSON *array, size_t size, size_t *ret_count)
{
    int count = cJSON_GetArraySize(array);
    void *memory = count > 0 ? calloc((size_t)count, size) : NULL;

    if (count > 0 && memory == NULL) {
        abort();
    }
    *ret_count = (size_t)count;
    return memory;
}

static void read_arrays(const cJSON *root, struct postgres_facts *facts)
{
    const cJSON *senders = find_array(root, "senders");
    const cJSON *slots = find_array(root, "slots");
    const cJSON *regions = find_array(root, "regions");
    const cJSON *item;
    size_t i;

    facts->senders = allocate_for(senders, sizeof *facts->senders, &facts->sender_count);
    i = 0;
    cJSON_ArrayForEach(item, senders)
    {
        facts->senders[i++] = read_sender(item);
    }
    facts->slots = allocate_for(slots, sizeof *facts->slots, &facts->slot_count);
    i = 0;
    cJSON_ArrayForEach(item, slots)
    {
        facts->slots[i++] = read_slot(item);
    }
    facts->regions = allocate_for(regions, sizeof *facts->regions, &facts->region_count);
    i = 0;
    cJSON_ArrayForEach(item, regions)
    {
        facts->regions[i++] = read_region(item);
    }
}

static void read_members(cJSON *root, struct postgres_facts *facts)
{
    const cJSON *synchronous = cJSON_GetObjectItemCaseSensitive(root, "synchronous");
    const cJSON *archiver = cJSON_GetObjectItemCaseSensitive(root, "archiver");
    uint64_t version = 0;

    (void)read_unsigned(read_text(root, "version"), &version);
    facts->version = (int64_t)version;
    facts->aurora = cJSON_HasObjectItem(root, "regions") != 0;
    facts->in_recovery = read_boolean(root, "in_recovery");
    facts->may_monitor = read_boolean(root, "may_monitor");
    (void)read_unsigned(read_text(root, "system_identifier"), &facts->system_identifier);
    facts->timeline = read_timeline(root);
    facts->current = read_lsn(root, "current");
    facts->received = read_lsn(root, "received");
    facts->replayed = read_lsn(root, "replayed");
    facts->replayed_commit = read_number(root, "replayed_commit");
    facts->replay_paused = read_boolean(root, "replay_paused");
    facts->address = read_text(root, "address");
    facts->streams = read_boolean(root, "streams");
    read_receiver(cJSON_GetObjectItemCaseSensitive(root, "receiver"), facts);
    facts->synchronous_commit = read_text(synchronous, "commit");
    facts->synchronous_commit_source = read_text(synchronous, "source");
    facts->synchronous_standby_names = read_text(synchronous, "standby_names");
    facts->weak_overrides = read_integer(synchronous, "weak_overrides");
    facts->slot_total = read_integer(root, "slot_total");
    facts->archiver = (struct postgres_archiver){
        .enabled = read_boolean(archiver, "enabled"),
        .archived = read_number(archiver, "archived"),
        .failed = read_number(archiver, "failed"),
        .last_archived = read_number(archiver, "last_archived"),
        .last_failed = read_number(archiver, "last_failed"),
    };
}

bool postgres_facts_read(const char *json, struct postgres_facts *ret_facts, struct error *error)
{
    struct postgres_facts facts = {0};
    struct postgres_number now;
    cJSON *root = cJSON_Parse(json);

    facts.document = root;
    if (!cJSON_IsObject(root)) {
        postgres_facts_release(&facts);
        return error_set(error, ERROR_PROTOCOL, "the answer is not the JSON that was asked for");
    }
    read_members(root, &facts);
    read_arrays(root, &facts);
    now = read_number(root, "now");
    facts.server_now = now.value;
    if (!now.known || facts.version == 0 ||
        (!facts.aurora && (facts.system_identifier == 0 || facts.timeline == 0))) {
        postgres_facts_release(&facts);
        return error_set(error, ERROR_PROTOCOL, "the answer lacks what every PostgreSQL knows");
    }
    *ret_facts = facts;
    return true;
}

void postgres_facts_release(struct postgres_facts *facts)
{
    cJSON_Delete(facts->document);
    free(facts->senders);
    free(facts->slots);
    free(facts->regions);
    *facts = (struct postgres_facts){0};
}
