/* SPDX-License-Identifier: Apache-2.0 */
/* Whatever a server answers, reading and judging it neither crashes nor leaks. */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "collectors/postgres_evidence.h"
#include "collectors/postgres_synchronous.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct postgres_settings settings = {0};
    struct postgres_memory memory = {0};
    struct postgres_pair pair = {.settings = &settings, .memory = &memory};
    struct history *history = history_new();
    struct evidence evidence = {0};
    struct error error;
    char *json = strndup((const char *)data, size);

    pair.primary.configured = true;
    pair.replica.configured = true;
    pair.primary.reached = postgres_facts_read(json, &pair.primary.facts, &error);
    pair.replica.reached = postgres_facts_read(json, &pair.replica.facts, &error);
    pair.replica.facts.in_recovery = true;
    if (pair.primary.reached && postgres_check_pair(&pair, &error)) {
        bool ambiguous;
        const struct postgres_sender *sender = postgres_find_sender(&pair, &ambiguous);

        postgres_prove(&pair, history, sender, &evidence);
        (void)postgres_zero_data_loss(&pair, sender, ambiguous);
    }
    (void)postgres_prove_aurora(&pair, &evidence, &error);
    postgres_facts_release(&pair.primary.facts);
    postgres_facts_release(&pair.replica.facts);
    history_free(history);
    free(json);
    return 0;
}
