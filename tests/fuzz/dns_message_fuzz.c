/* SPDX-License-Identifier: Apache-2.0 */
/* Whatever a name server sends, it is read within its bounds, and names stay names. */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "collectors/probe_dns.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_name(const char *name)
{
    if (name != NULL && strlen(name) > 253) {
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const forbidden[] = {"*.us-east-1.*", NULL};
    static const char *const expected[] = {"192.0.2.0/24", NULL};
    const struct probe_settings settings = {.forbidden_hosts = forbidden, .dns_expect = expected};
    struct arena *arena = arena_new();
    struct dns_answer answer;
    struct error error;

    if (dns_answer_read(arena, data, size, &answer, &error)) {
        const char *name = answer.name != NULL ? answer.name : "west.example.com";
        struct probe_record record;

        check_name(answer.name);
        for (size_t i = 0; i < answer.record_count; i++) {
            check_name(answer.records[i].owner);
            check_name(answer.records[i].target);
        }
        record = probe_record_read(&settings, arena, "ns1", name, DNS_A, size % 2 == 0, &answer);
        /* Nothing is fine that says nothing. */
        if (record.problem == NULL && record.alias == NULL && *record.values == '\0') {
            abort();
        }
    }
    arena_free(arena);
    return 0;
}
