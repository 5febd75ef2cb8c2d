/* SPDX-License-Identifier: Apache-2.0 */
/* What one answer of a name server says of a name. */

#include <stdlib.h>
#include <string.h>

#include "collectors/cidr.h"
#include "collectors/probe_dns.h"

static int compare(const void *a, const void *b)
{
    const char *const *left = a;
    const char *const *right = b;

    return strcmp(*left, *right);
}

static bool is_expected(const struct probe_settings *own, enum dns_type type, const char *value)
{
    const char *const *wanted = own->dns_expect;

    for (size_t i = 0; wanted != NULL && wanted[i] != NULL; i++) {
        if (type == DNS_CNAME ? dns_name_is(value, wanted[i]) : cidr_contains(wanted[i], value)) {
            return true;
        }
    }
    return wanted == NULL;
}

/* The values, sorted, because servers give them in any order. */
static const char *join(struct arena *arena, const char **values, size_t count)
{
    size_t bytes = 1;
    char *text;
    char *end;

    qsort(values, count, sizeof *values, compare);
    for (size_t i = 0; i < count; i++) {
        bytes += strlen(values[i]) + 1;
    }
    text = end = arena_alloc(arena, bytes);
    for (size_t i = 0; i < count; i++) {
        end = stpcpy(i == 0 ? end : stpcpy(end, " "), values[i]);
    }
    return text;
}

static const char *code_problem(struct arena *arena, const char *server, const char *name,
                                bool must_be_responsible, const struct dns_answer *answer)
{
    if (answer->code != DNS_NO_ERROR) {
        return arena_printf(arena, "%s answers %s for %s", server,
                            dns_code_name(arena, answer->code), name);
    }
    if (must_be_responsible && !answer->authoritative) {
        return arena_printf(arena, "%s is a name server of %s but not responsible for it (lame)",
                            server, name);
    }
    return NULL;
}

static void judge_values(const struct probe_settings *own, struct arena *arena, const char *server,
                         const char *name, enum dns_type type, const char **values, size_t count,
                         struct probe_record *record)
{
    if (count == 0) {
        record->problem = arena_printf(arena, "%s has no %s record of %s", server,
                                       type == DNS_A      ? "A"
                                       : type == DNS_AAAA ? "AAAA"
                                                          : "CNAME",
                                       name);
        return;
    }
    for (size_t i = 0; i < count && record->problem == NULL; i++) {
        if (!is_expected(own, type, values[i])) {
            record->problem = arena_printf(arena, "%s says %s for %s, which is not in dns_expect",
                                           server, values[i], name);
        }
    }
    record->values = join(arena, values, count);
}

/* What the answer has of one name: an alias, or values. */
static size_t take_records(const struct probe_settings *own, struct arena *arena,
                           const char *server, const char *name, enum dns_type type,
                           const struct dns_answer *answer, struct probe_record *record,
                           const char **values)
{
    size_t count = 0;

    record->alias = NULL;
    for (size_t i = 0; i < answer->record_count; i++) {
        const struct dns_record *found = &answer->records[i];
        bool is_alias = found->type == DNS_CNAME;

        if (!dns_name_is(found->owner, name) || (!is_alias && found->type != (unsigned)type)) {
            continue;
        }
        if (found->ttl_seconds > record->ttl_seconds) {
            record->ttl_seconds = found->ttl_seconds;
        }
        if (is_alias && probe_is_forbidden(own, found->target) && record->problem == NULL) {
            record->problem = arena_printf(arena, "%s leads %s to %s, one of the forbidden hosts",
                                           server, name, found->target);
        }
        if (is_alias && type != DNS_CNAME) {
            record->alias = found->target;
        } else {
            values[count++] = is_alias ? found->target : found->address;
        }
    }
    return count;
}

static bool knows_more(const struct dns_answer *answer, const char *name)
{
    for (size_t i = 0; i < answer->record_count; i++) {
        if (dns_name_is(answer->records[i].owner, name)) {
            return true;
        }
    }
    return false;
}

struct probe_record probe_record_read(const struct probe_settings *own, struct arena *arena,
                                      const char *server, const char *name, enum dns_type type,
                                      bool must_be_responsible, const struct dns_answer *answer)
{
    struct probe_record record = {
        .problem = code_problem(arena, server, name, must_be_responsible, answer),
        .values = "",
        .ttl_known = answer->authoritative,
    };
    const char **values = arena_alloc_array(arena, answer->record_count + 1, sizeof *values);
    size_t count;

    if (record.problem != NULL) {
        return record;
    }
    count = take_records(own, arena, server, name, type, answer, &record, values);
    for (int i = 0; i < PROBE_ALIASES_MAX && !must_be_responsible && record.problem == NULL &&
                    record.alias != NULL && knows_more(answer, record.alias);
         i++) {
        /* It is responsible for the name that it was asked for (RFC 1035, section 4.1.1). */
        record.ttl_known = false;
        name = record.alias;
        count = take_records(own, arena, server, name, type, answer, &record, values);
    }
    if (record.problem == NULL && record.alias == NULL) {
        judge_values(own, arena, server, name, type, values, count, &record);
    }
    return record;
}
