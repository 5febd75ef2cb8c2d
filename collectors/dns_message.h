/* SPDX-License-Identifier: Apache-2.0 */
/* Questions and answers of the Domain Name System as bytes (RFC 1035, section 4). */

#ifndef COLLECTORS_DNS_MESSAGE_H
#define COLLECTORS_DNS_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "exporter/arena.h"
#include "exporter/error.h"

/* Header, a name of 255 bytes, type and class. */
#define DNS_QUESTION_BYTES_MAX (12 + 255 + 4)

/* The types that are asked for; others are skipped in answers. */
enum dns_type { DNS_A = 1, DNS_NS = 2, DNS_CNAME = 5, DNS_AAAA = 28 };

/* Response codes (RFC 1035, section 4.1.1) that are told apart. */
enum dns_code { DNS_NO_ERROR = 0, DNS_SERVER_FAILURE = 2, DNS_NAME_UNKNOWN = 3, DNS_REFUSED = 5 };

struct dns_record {
    const char *owner; /* Names are lower case, without the dot at the end; "" is the root. */
    unsigned type;
    uint32_t ttl_seconds; /* 0 where the highest bit is set (RFC 2181, section 8). */
    const char *target;   /* Of NS and CNAME. */
    const char *address;  /* Of A and AAAA, numeric. */
};

struct dns_answer {
    uint16_t id;
    bool authoritative;
    bool truncated; /* The records are not all, and are not read. */
    unsigned code;
    const char *name; /* Of the question that it repeats, and its type; NULL: it repeats none. */
    unsigned type;
    struct dns_record *records; /* Of the answer section, class IN and types above only. */
    size_t record_count;
};

/* Is it a name that can be asked for? At most 253 bytes in labels of 1 to 63 letters, digits,
 * hyphens and underscores; a dot at the end is fine. */
bool dns_name_check(const char *name, struct error *error);

/* Is a name of an answer the one that somebody wrote, in whatever case and with or without a dot at
 * its end? */
bool dns_name_is(const char *answered, const char *written);

/* The query for a checked name; its length. */
size_t dns_question_write(unsigned char bytes[DNS_QUESTION_BYTES_MAX], uint16_t id,
                          bool recursion_desired, const char *name, enum dns_type type);

/* Reads a response with at most one question; ERROR_PROTOCOL for what is none. Bytes in names that
 * are neither letters, digits, hyphens nor underscores are written as `?`, so such a name equals no
 * checked one. Everything lives in `arena`. */
bool dns_answer_read(struct arena *arena, const unsigned char *bytes, size_t length,
                     struct dns_answer *ret_answer, struct error *error);

/* "NXDOMAIN" and the like; "code 17" for others, in the arena. */
const char *dns_code_name(struct arena *arena, unsigned code);

#endif
