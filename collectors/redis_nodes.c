/* SPDX-License-Identifier: Apache-2.0 */
/* The map of a Redis Cluster: its nodes, who is a primary, and who copies whom.
 *
 * https://redis.io/docs/latest/commands/cluster-nodes/ */

#include "collectors/redis_nodes.h"

#include <stdlib.h>
#include <string.h>

#include "collectors/socket_stream.h"

/* <id> <ip:port@cport,hostname> <flags> <primary> <ping> <pong> <epoch> <link> <slots…> */
enum { FIELD_ID, FIELD_ADDRESS, FIELD_FLAGS, FIELD_PRIMARY, FIELD_SLOTS = 8, FIELD_COUNT };

static size_t split_line(struct arena *arena, const char *line, size_t length,
                         const char *fields[FIELD_COUNT])
{
    const char *end = line + length;
    size_t count = 0;

    while (count < FIELD_COUNT && line < end) {
        size_t width = strcspn(line, " \r\n");

        fields[count++] = arena_strndup(arena, line, width);
        line += width + 1;
    }
    return count;
}

static bool has_flag(const char *flags, const char *flag)
{
    size_t length = strlen(flag);

    for (const char *part = flags; part != NULL; part = strchr(part, ',')) {
        part += *part == ',' ? 1 : 0;
        if (strncmp(part, flag, length) == 0 && (part[length] == ',' || part[length] == '\0')) {
            return true;
        }
    }
    return false;
}

/* Redis writes IPv6 addresses without brackets. NULL when there is no address. */
static const char *read_address(struct arena *arena, const char *text)
{
    const char *whole = arena_strndup(arena, text, strcspn(text, "@,"));
    const char *colon = strrchr(whole, ':');
    struct error ignored;
    const char *address = whole;

    if (colon == NULL) {
        return NULL;
    }
    if (*whole != '[' && strchr(whole, ':') != colon) {
        address = arena_printf(arena, "[%.*s]%s", (int)(colon - whole), whole, colon);
    }
    return socket_address_check(address, &ignored) ? address : NULL;
}

bool redis_nodes_read(struct arena *arena, const char *text, struct redis_nodes *ret_nodes,
                      struct error *error)
{
    struct redis_nodes nodes = {.nodes =
                                    arena_alloc_array(arena, REDIS_NODES_MAX, sizeof *nodes.nodes)};

    for (size_t length; *text != '\0'; text += length + (text[length] == '\n' ? 1 : 0)) {
        const char *fields[FIELD_COUNT];
        struct redis_node *node = &nodes.nodes[nodes.count];
        size_t count;

        length = strcspn(text, "\n");
        count = split_line(arena, text, length, fields);
        if (count < FIELD_SLOTS) {
            return error_set(error, ERROR_PROTOCOL, "CLUSTER NODES: a line is incomplete");
        }
        if (nodes.count == REDIS_NODES_MAX) {
            return error_set(error, ERROR_PROTOCOL, "CLUSTER NODES: more than %d nodes",
                             REDIS_NODES_MAX);
        }
        *node = (struct redis_node){
            .id = fields[FIELD_ID],
            .address = read_address(arena, fields[FIELD_ADDRESS]),
            .primary = has_flag(fields[FIELD_FLAGS], "master"),
            .has_slots = count == FIELD_COUNT && *fields[FIELD_SLOTS] != '\0',
            .may_fail_over = !has_flag(fields[FIELD_FLAGS], "nofailover"),
            .primary_id = strcmp(fields[FIELD_PRIMARY], "-") == 0 ? "" : fields[FIELD_PRIMARY],
        };
        if (node->address == NULL && node->has_slots) {
            return error_set(error, ERROR_PROTOCOL,
                             "CLUSTER NODES: a primary with slots has an address that cannot be "
                             "read, so its shard cannot be judged");
        }
        nodes.count += node->address != NULL ? 1 : 0;
    }
    *ret_nodes = nodes;
    return true;
}

void redis_nodes_copy(struct arena *arena, const struct redis_nodes *nodes,
                      struct redis_nodes *ret_copy)
{
    struct redis_node *copies = arena_alloc_array(arena, nodes->count, sizeof *copies);

    for (size_t i = 0; i < nodes->count; i++) {
        copies[i] = nodes->nodes[i];
        copies[i].id = arena_strdup(arena, copies[i].id);
        copies[i].address = arena_strdup(arena, copies[i].address);
        copies[i].primary_id = arena_strdup(arena, copies[i].primary_id);
    }
    *ret_copy = (struct redis_nodes){.nodes = copies, .count = nodes->count};
}

bool redis_nodes_check_state(const char *text, struct error *error)
{
    if (strstr(text, "cluster_state:ok") == NULL) {
        return error_set(error, ERROR_INCONSISTENT,
                         "CLUSTER INFO: cluster_state is not ok: the node is cut off, or slots "
                         "are not served");
    }
    if (strstr(text, "cluster_slots_ok:16384") == NULL) {
        return error_set(error, ERROR_INCONSISTENT,
                         "CLUSTER INFO: not all of the 16384 slots are served");
    }
    return true;
}
