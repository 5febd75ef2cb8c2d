/* SPDX-License-Identifier: Apache-2.0 */
/* Where two buckets of Google Cloud Storage are, whose address is the same for all regions. */

#include "collectors/s3_replication_places.h"

#include <string.h>
#include <strings.h>

#include "collectors/xml.h"
#include "exporter/cleanup.h"

struct place_reading {
    struct arena *arena;
    const char *place;
};

static bool take(void *context, const char *path, const char *text, struct error *error)
{
    struct place_reading *reading = context;
    const char *name = strrchr(path, '/');

    (void)error;
    /* The documentation does not tell what it is in, if it is in anything. */
    if (strcmp(name != NULL ? name + 1 : path, "LocationConstraint") == 0 && *text != '\0') {
        reading->place = arena_strdup(reading->arena, text);
    }
    return true;
}

bool s3_place_read(struct arena *arena, const char *text, size_t length, const char **ret_place,
                   struct error *error)
{
    struct place_reading reading = {.arena = arena};

    if (!xml_read(text, length, take, &reading, error)) {
        return false;
    }
    *ret_place = reading.place;
    return reading.place != NULL ||
           error_set(error, ERROR_PROTOCOL, "the answer does not tell where the bucket is");
}

static bool is_region(const char *place)
{
    /* US-CENTRAL1+US-WEST1 are two. */
    return strchr(place, '-') != NULL && strchr(place, '+') == NULL;
}

/* NULL: not known. */
static const char *part_of_world(const char *place)
{
    static const struct {
        const char *start;
        const char *part;
    } parts[] = {{"EU", "Europe"}, {"US", "States"}, {"NAM", "States"}, {"ASIA", "Asia"}};

    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        if (strncasecmp(place, parts[i].start, strlen(parts[i].start)) == 0) {
            return parts[i].part;
        }
    }
    /* Regions of no larger place that is known. */
    return is_region(place) ? "elsewhere" : NULL;
}

bool s3_places_are_apart(const char *one, const char *other)
{
    const char *part = part_of_world(one);
    const char *other_part = part_of_world(other);

    if (is_region(one) && is_region(other)) {
        return strcasecmp(one, other) != 0;
    }
    return part != NULL && other_part != NULL && strcmp(part, other_part) != 0;
}

/* --- Asking. --- */

static bool ask(struct s3_client *client, const char *end, const struct collection *collection,
                const char **ret_place, struct error *error)
{
    CLEANUP(http_answer_release) struct http_answer answer = {0};

    return (s3_get_about(client, "location", &collection->deadline, &answer, error) &&
            s3_place_read(collection->arena, answer.body, answer.length, ret_place, error)) ||
           error_prefix(error, end);
}

bool s3_places_collect(struct s3_replication_session *session, struct collection *collection,
                       struct error *error)
{
    struct s3_replication_memory *memory = collection->memory;
    const char *source;
    const char *destination;

    if ((collection->survives & SURVIVES(DISRUPTION_REGION)) == 0) {
        return true;
    }
    if (!ask(session->source, "source, location of the bucket", collection, &source, error) ||
        !ask(session->destination, "destination, location of the bucket", collection, &destination,
             error)) {
        collection->evidence->has_recovery_point = false;
        return false;
    }
    if (s3_places_are_apart(source, destination)) {
        return true;
    }
    collection->evidence->has_recovery_point = false;
    memory->has_recovery_point = false;
    return error_set(
        error, ERROR_INCONSISTENT,
        "the buckets are in %.40s and %.40s, and the loss of one region may take both; "
        "write \"survives: [zone]\", or copy to another region",
        source, destination);
}
