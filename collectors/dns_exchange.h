/* SPDX-License-Identifier: Apache-2.0 */
/* One question to one name server: over UDP, and over TCP where the answer is too long for that. */

#ifndef COLLECTORS_DNS_EXCHANGE_H
#define COLLECTORS_DNS_EXCHANGE_H

#include <stdbool.h>

#include "collectors/dns_message.h"
#include "exporter/stop.h"

struct dns_question {
    const char *name; /* That passed dns_name_check(). */
    enum dns_type type;
    bool recursion_desired;
};

/* Asks the server with this numeric address, three times at most within the deadline. What comes
 * from another address, or with another id or question, is not its answer and is not looked at, as
 * RFC 5452 has it. ERROR_INTERNAL: this side cannot ask (no route, no socket); any other kind: the
 * server does not answer, or not in a way that can be read. Any response code is an answer. */
bool dns_ask(const char *address, unsigned port, const struct dns_question *question,
             const struct deadline *deadline, struct arena *arena, struct dns_answer *ret_answer,
             struct error *error);

#endif
