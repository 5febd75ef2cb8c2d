/* SPDX-License-Identifier: Apache-2.0 */
/* The order of services in which dependencies come first. */

#include "exporter/config_reader.h"

enum mark { NOT_SEEN, ON_PATH, PLACED };

/* A service on the path, and which of its dependencies comes next. */
struct step {
    size_t service;
    size_t next;
};

struct walk {
    struct step *path; /* From a service to what it depends on, and so on. */
    size_t length;
    enum mark *marks;
    size_t *order;
    size_t placed;
};

static void report_cycle(struct config_reader *reader, const struct walk *walk, size_t first)
{
    const struct config *config = reader->config;
    const struct step *last = &walk->path[walk->length - 1];
    const char *cycle = "";
    size_t begin = 0;

    while (walk->path[begin].service != first) {
        begin++;
    }
    /* A long circle is shown by its end, where it closes. */
    if (walk->length - begin > 8) {
        cycle = "… -> ";
        begin = walk->length - 8;
    }
    for (size_t i = begin; i < walk->length; i++) {
        cycle = arena_printf(config->arena, "%s%s -> ", cycle,
                             config->services[walk->path[i].service].name);
    }
    yaml_report_value(&reader->report,
                      yaml_lookup(reader->service_places[last->service], "depends_on"),
                      "services depend on each other in a circle: %s%s; remove one dependency",
                      cycle, config->services[first].name);
}

static void walk_enter(struct walk *walk, size_t service)
{
    walk->path[walk->length++] = (struct step){service, 0};
    walk->marks[service] = ON_PATH;
}

/* A path of our own in place of recursion: its length is for the file to decide. */
static void place_service(struct config_reader *reader, struct walk *walk, size_t first)
{
    walk_enter(walk, first);
    while (walk->length > 0) {
        struct step *step = &walk->path[walk->length - 1];
        const struct service *service = &reader->config->services[step->service];

        if (step->next == service->depends_on_count) {
            walk->marks[step->service] = PLACED;
            walk->order[walk->placed++] = step->service;
            walk->length--;
            continue;
        }

        size_t dependency = service->depends_on[step->next++];

        if (walk->marks[dependency] == ON_PATH) {
            report_cycle(reader, walk, dependency);
        } else if (walk->marks[dependency] == NOT_SEEN) {
            walk_enter(walk, dependency);
        }
    }
}

void config_order_services(struct config_reader *reader)
{
    struct config *config = reader->config;
    size_t count = config->service_count;
    struct walk walk = {
        .path = arena_alloc_array(config->arena, count + 1, sizeof *walk.path),
        .marks = arena_alloc_array(config->arena, count + 1, sizeof *walk.marks),
        .order = arena_alloc_array(config->arena, count + 1, sizeof *walk.order),
    };

    for (size_t i = 0; i < count; i++) {
        if (walk.marks[i] == NOT_SEEN) {
            place_service(reader, &walk, i);
        }
    }
    config->service_order = walk.order;
}
