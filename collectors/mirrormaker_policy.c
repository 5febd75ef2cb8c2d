/* SPDX-License-Identifier: Apache-2.0 */
/* Which topics MirrorMaker has to copy, and what they are called at the target. */

#include "collectors/mirrormaker_policy.h"

#include <string.h>

#define HEARTBEATS "heartbeats"

/* Compiles `texts`, or what MirrorMaker takes by default. */
static bool compile(const char *key, const char *const *texts, const char *const *default_texts,
                    struct mirrormaker_patterns **ret_patterns, struct error *error)
{
    if (texts == NULL && default_texts == NULL) {
        return true;
    }
    return mirrormaker_patterns_new(texts != NULL ? texts : default_texts, ret_patterns, error) ||
           error_prefix(error, key);
}

bool mirrormaker_policy_init(struct mirrormaker_policy *policy,
                             const struct mirrormaker_settings *settings, struct error *error)
{
    static const char *const all[] = {".*", NULL};
    static const char *const topics_exclude[] = {".*[\\-.]internal", ".*\\.replica", "__.*", NULL};
    static const char *const groups_exclude[] = {"console-consumer-.*", "connect-.*", "__.*", NULL};
    const char *const connectors[] = {settings->connector, NULL};

    *policy = (struct mirrormaker_policy){
        .identity = strcmp(settings->replication_policy, "identity") == 0,
        .source_alias = settings->source_alias,
        .target_alias = settings->target_alias,
        .separator = settings->separator,
        .internal_separator = settings->internal_separator != NULL ? settings->internal_separator
                                                                   : settings->separator,
        .connector = settings->connector,
    };
    if (compile("topics", settings->topics, all, &policy->topics, error) &&
        compile("topics_exclude", settings->topics_exclude, topics_exclude, &policy->topics_exclude,
                error) &&
        compile("groups", settings->groups, NULL, &policy->groups, error) &&
        compile("groups_exclude", settings->groups_exclude, groups_exclude, &policy->groups_exclude,
                error) &&
        compile("connector", settings->connector != NULL ? connectors : NULL, NULL,
                &policy->connectors, error)) {
        return true;
    }
    mirrormaker_policy_release(policy);
    return false;
}

void mirrormaker_policy_release(struct mirrormaker_policy *policy)
{
    mirrormaker_patterns_free(policy->topics);
    mirrormaker_patterns_free(policy->topics_exclude);
    mirrormaker_patterns_free(policy->groups);
    mirrormaker_patterns_free(policy->groups_exclude);
    mirrormaker_patterns_free(policy->connectors);
}

static bool starts_with(const char *text, const char *beginning)
{
    return strncmp(text, beginning, strlen(beginning)) == 0;
}

/* Whether the text ends with all of the parts, in that order. */
static bool ends_with(const char *text, const char *const *parts, size_t count)
{
    size_t left = strlen(text);

    while (count > 0) {
        size_t length = strlen(parts[--count]);

        if (length > left || strncmp(text + left - length, parts[count], length) != 0) {
            return false;
        }
        left -= length;
    }
    return true;
}

static bool is_internal(const struct mirrormaker_policy *policy, const char *topic)
{
    const char *separator = policy->internal_separator;

    return starts_with(topic, "__") || starts_with(topic, ".") ||
           ends_with(topic, (const char *[]){"-internal"}, 1) ||
           ends_with(topic, (const char *[]){".internal"}, 1) ||
           (starts_with(topic, "mm2") &&
            ends_with(topic, (const char *[]){separator, "internal"}, 2)) ||
           ends_with(topic, (const char *[]){separator, "checkpoints", separator, "internal"}, 4);
}

/* What follows the first separator; NULL if nothing does but further separators, which Java's
 * String.split drops. */
static const char *upstream_topic(const struct mirrormaker_policy *policy, const char *topic)
{
    size_t length = strlen(policy->separator);
    const char *upstream = strstr(topic, policy->separator);
    const char *rest;

    if (upstream == NULL) {
        return NULL;
    }
    upstream += length;
    rest = upstream;
    while (starts_with(rest, policy->separator)) {
        rest += length;
    }
    return *rest == '\0' ? NULL : upstream;
}

/* Whether it came from the target, perhaps by way of others. */
static bool is_cycle(const struct mirrormaker_policy *policy, const char *topic)
{
    size_t length = strlen(policy->target_alias);

    while (upstream_topic(policy, topic) != NULL) {
        /* The alias is all that is before the first separator. */
        if (strstr(topic, policy->separator) == topic + length &&
            starts_with(topic, policy->target_alias)) {
            return true;
        }
        topic = upstream_topic(policy, topic);
    }
    return false;
}

bool mirrormaker_wants_topic(const struct mirrormaker_policy *policy, const char *topic)
{
    return strcmp(topic, HEARTBEATS) != 0 && !is_internal(policy, topic) &&
           (policy->identity || !is_cycle(policy, topic)) &&
           mirrormaker_patterns_match(policy->topics, topic, true) &&
           !mirrormaker_patterns_match(policy->topics_exclude, topic, false);
}

const char *mirrormaker_remote_topic(const struct mirrormaker_policy *policy, struct arena *arena,
                                     const char *topic)
{
    return policy->identity
               ? topic
               : arena_printf(arena, "%s%s%s", policy->source_alias, policy->separator, topic);
}

bool mirrormaker_wants_remote_topic(const struct mirrormaker_policy *policy, const char *topic)
{
    if (!policy->identity) {
        size_t alias = strlen(policy->source_alias);

        if (!starts_with(topic, policy->source_alias) ||
            !starts_with(topic + alias, policy->separator)) {
            return false;
        }
        topic += alias + strlen(policy->separator);
    }
    return mirrormaker_wants_topic(policy, topic);
}

bool mirrormaker_wants_connector(const struct mirrormaker_policy *policy, const char *connector)
{
    return policy->connectors == NULL || strcmp(policy->connector, connector) == 0 ||
           mirrormaker_patterns_match(policy->connectors, connector, false);
}

bool mirrormaker_wants_group(const struct mirrormaker_policy *policy, const char *group)
{
    return policy->groups != NULL && mirrormaker_patterns_match(policy->groups, group, true) &&
           !mirrormaker_patterns_match(policy->groups_exclude, group, false);
}
