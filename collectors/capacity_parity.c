/* SPDX-License-Identifier: Apache-2.0 */
/* Is what runs in the primary's cluster deployed in the DR cluster too, with the same images? */

#include "collectors/capacity_parity.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collectors/capacity_pod.h"
#include "exporter/hash.h"

#define IMAGE_NAME_BYTES 256

void capacity_parity_release(struct capacity_parity *parity)
{
    name_table_release(&parity->names);
    free(parity->items);
    parity->items = NULL;
}

/* With its end, so that texts one behind the other are told apart. */
static uint64_t hash_text(uint64_t hash, const char *text)
{
    return hash_add(hash, text, strlen(text) + 1);
}

/* Of "registry:5000/shop/web:1.2@sha256:…" "web" and "sha256:…"; a tag beside a digest is for
 * people. */
static uint64_t hash_image(uint64_t hash, const char *image)
{
    const char *slash = strrchr(image, '/');
    const char *name = slash == NULL ? image : slash + 1;
    size_t length = strcspn(name, ":@");
    const char *digest = strchr(name, '@');
    char text[IMAGE_NAME_BYTES];

    (void)snprintf(text, sizeof text, "%.*s", (int)length, name);
    hash = hash_text(hash, text);
    if (digest != NULL) {
        return hash_text(hash, digest);
    }
    return hash_text(hash, name[length] == ':' ? name + length : ":latest");
}

/* In whatever order they come. */
static uint64_t hash_images(const cJSON *containers)
{
    const cJSON *container;
    uint64_t sum = 0;

    cJSON_ArrayForEach(container, containers)
    {
        uint64_t hash = hash_text(HASH_EMPTY, kubernetes_text(container, "name"));

        sum += hash_image(hash, kubernetes_text(container, "image"));
    }
    return sum;
}

static uint64_t images_of(const cJSON *json)
{
    return hash_images(kubernetes_member(json, "spec.template.spec.containers")) +
           hash_images(kubernetes_member(json, "spec.template.spec.initContainers"));
}

static void name_object(const struct kubernetes_object *object, char *name)
{
    (void)snprintf(name, CAPACITY_WORKLOAD_BYTES, "%.253s/%.63s/%.253s",
                   kubernetes_text(object->json, "metadata.namespace"), object->kind,
                   kubernetes_text(object->json, "metadata.name"));
}

static bool counts(const struct capacity_demand *demand, const cJSON *json, const char *name)
{
    const cJSON *replicas = kubernetes_member(json, "spec.replicas");

    return capacity_settings_include(demand->settings,
                                     kubernetes_text(json, "metadata.namespace")) &&
           !(cJSON_IsNumber(replicas) && replicas->valuedouble <= 0) &&
           (demand->settings->selector == NULL ||
            name_table_find(&demand->workloads, name) != NAME_TABLE_NONE);
}

static bool visit_primary(void *context, const struct kubernetes_object *object,
                          struct error *error)
{
    struct capacity_parity *parity = context;
    size_t count = parity->names.count;
    char name[CAPACITY_WORKLOAD_BYTES];
    size_t index;

    name_object(object, name);
    if (!counts(parity->demand, object->json, name)) {
        return true;
    }
    if (count == CAPACITY_WORKLOADS_MAX) {
        return error_set(error, ERROR_INCONSISTENT,
                         "more than %d Deployments and StatefulSets; set \"parity: false\" or make "
                         "several sources with \"namespaces\" each",
                         CAPACITY_WORKLOADS_MAX);
    }
    index = name_table_add(&parity->names, name);
    /* A power of two is full. */
    if (index == count && (count & (count - 1)) == 0) {
        parity->items =
            reallocarray(parity->items, count == 0 ? 1 : 2 * count, sizeof *parity->items);
        if (parity->items == NULL) {
            abort();
        }
    }
    parity->items[index] =
        (struct capacity_parity_item){.images = images_of(object->json), .state = CAPACITY_MISSING};
    return true;
}

/* Those that were visited come again. One that was removed in the meantime is taken as still there
 * until the next collection. */
static void restart(void *context)
{
    (void)context;
}

struct kubernetes_visitor capacity_parity_primary(struct capacity_parity *parity)
{
    return (struct kubernetes_visitor){parity, restart, visit_primary};
}

static bool visit_recovery(void *context, const struct kubernetes_object *object,
                           struct error *error)
{
    struct capacity_parity *parity = context;
    char name[CAPACITY_WORKLOAD_BYTES];
    size_t index;

    (void)error;
    name_object(object, name);
    index = name_table_find(&parity->names, name);
    if (index != NAME_TABLE_NONE) {
        parity->items[index].state = images_of(object->json) == parity->items[index].images
                                         ? CAPACITY_SAME
                                         : CAPACITY_MISMATCHED;
    }
    return true;
}

struct kubernetes_visitor capacity_parity_recovery(struct capacity_parity *parity)
{
    return (struct kubernetes_visitor){parity, restart, visit_recovery};
}

size_t capacity_parity_count(const struct capacity_parity *parity, enum capacity_parity_state state)
{
    size_t count = 0;

    for (size_t i = 0; i < parity->names.count; i++) {
        count += parity->items[i].state == state ? 1 : 0;
    }
    return count;
}
