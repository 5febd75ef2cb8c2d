/* SPDX-License-Identifier: Apache-2.0 */
/* Questions and answers of the Domain Name System as bytes (RFC 1035, section 4). */

#include "collectors/dns_message.h"

#include <arpa/inet.h>
#include <string.h>
#include <strings.h>

#include "exporter/bounds.h"

#define HEADER_BYTES 12
#define NAME_BYTES_MAX 253
#define LABEL_BYTES_MAX 63
#define CLASS_IN 1

/* Bits of the header's second word. */
#define FLAG_RESPONSE 0x8000U
#define FLAG_AUTHORITATIVE 0x0400U
#define FLAG_TRUNCATED 0x0200U
#define FLAG_RECURSION_DESIRED 0x0100U
#define MASK_OPERATION 0x7800U
#define MASK_CODE 0x000fU

/* A message while it is read. */
struct reader {
    struct arena *arena;
    const unsigned char *bytes;
    size_t length;
    size_t position;
};

static bool is_name_byte(unsigned char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
           (byte >= '0' && byte <= '9') || byte == '-' || byte == '_';
}

bool dns_name_check(const char *name, struct error *error)
{
    size_t length = strlen(name);
    size_t label = 0;
    bool fits;

    if (length > 0 && name[length - 1] == '.') {
        length--;
    }
    fits = length > 0 && length <= NAME_BYTES_MAX;
    for (size_t i = 0; fits && i <= length; i++) {
        if (i == length || name[i] == '.') {
            fits = label > 0;
            label = 0;
        } else {
            fits = is_name_byte((unsigned char)name[i]) && ++label <= LABEL_BYTES_MAX;
        }
    }
    return fits ? true
                : error_set(error, ERROR_INTERNAL,
                            "\"%s\" is no name of the DNS; write for example checkout.example.com",
                            name);
}

bool dns_name_is(const char *answered, const char *written)
{
    size_t length = strlen(written);

    if (length > 0 && written[length - 1] == '.') {
        length--;
    }
    return strlen(answered) == length && strncasecmp(answered, written, length) == 0;
}

static size_t put16(unsigned char *bytes, size_t at, unsigned value)
{
    bytes[at] = (unsigned char)(value >> 8);
    bytes[at + 1] = (unsigned char)value;
    return at + 2;
}

size_t dns_question_write(unsigned char bytes[DNS_QUESTION_BYTES_MAX], uint16_t id,
                          bool recursion_desired, const char *name, enum dns_type type)
{
    size_t at = HEADER_BYTES;

    memset(bytes, 0, HEADER_BYTES);
    (void)put16(bytes, 0, id);
    (void)put16(bytes, 2, recursion_desired ? FLAG_RECURSION_DESIRED : 0);
    (void)put16(bytes, 4, 1);
    while (*name != '\0') {
        size_t length = strcspn(name, ".");

        bytes[at++] = (unsigned char)length;
        memcpy(bytes + at, name, length);
        at += length;
        name += length;
        name += *name == '.';
    }
    bytes[at++] = 0;
    at = put16(bytes, at, (unsigned)type);
    return put16(bytes, at, CLASS_IN);
}

static bool cut_short(struct error *error)
{
    return error_set(error, ERROR_PROTOCOL, "the answer is no message of the DNS");
}

static bool read16(struct reader *reader, unsigned *ret_value)
{
    if (reader->length - reader->position < 2) {
        return false;
    }
    *ret_value =
        (unsigned)reader->bytes[reader->position] << 8 | reader->bytes[reader->position + 1];
    reader->position += 2;
    return true;
}

static char shown(unsigned char byte)
{
    if (byte >= 'A' && byte <= 'Z') {
        return (char)(byte - 'A' + 'a');
    }
    return is_name_byte(byte) ? (char)byte : '?';
}

/* Appends the label at `at` to the text; false when it does not fit. */
static bool take_label(const struct reader *reader, size_t at, char text[NAME_BYTES_MAX + 1],
                       size_t *length)
{
    size_t count = reader->bytes[at];

    if (reader->length - at - 1 < count || *length + count + 1 > NAME_BYTES_MAX + 1) {
        return false;
    }
    if (*length > 0) {
        text[(*length)++] = '.';
    }
    for (size_t i = 0; i < count; i++) {
        if (*length == NAME_BYTES_MAX) {
            return false;
        }
        text[(*length)++] = shown(reader->bytes[at + 1 + i]);
    }
    return true;
}

/* Reads the name at reader->position and goes past it. Pointers (section 4.1.4) may only lead to
 * before what was read of this name so far, so they cannot form a loop. */
static bool read_name(struct reader *reader, const char **ret_name)
{
    char text[NAME_BYTES_MAX + 1];
    size_t length = 0;
    size_t at = reader->position;
    size_t start = at;
    bool jumped = false;

    while (at < reader->length && reader->bytes[at] != 0) {
        unsigned byte = reader->bytes[at];

        if (byte >= 0xc0) {
            size_t target;

            if (reader->length - at < 2) {
                return false;
            }
            target = (size_t)(byte & 0x3fU) << 8 | reader->bytes[at + 1];
            reader->position = jumped ? reader->position : at + 2;
            jumped = true;
            if (target >= start) {
                return false;
            }
            at = start = target;
        } else if (byte > LABEL_BYTES_MAX || !take_label(reader, at, text, &length)) {
            return false;
        } else {
            at += byte + 1;
        }
    }
    if (at >= reader->length) {
        return false;
    }
    reader->position = jumped ? reader->position : at + 1;
    *ret_name = arena_strndup(reader->arena, text, length);
    return true;
}

/* The data of a record of a type that is wanted; false when it is not what the type says. */
static bool read_data(struct reader *reader, size_t length, struct dns_record *record)
{
    char text[INET6_ADDRSTRLEN];
    const unsigned char *data = reader->bytes + reader->position;
    size_t end = reader->position + length;

    switch (record->type) {
    case DNS_A:
    case DNS_AAAA:
        if (length != (record->type == DNS_A ? 4 : 16)) {
            return false;
        }
        (void)inet_ntop(record->type == DNS_A ? AF_INET : AF_INET6, data, text, sizeof text);
        record->address = arena_strdup(reader->arena, text);
        return true;
    default:
        return read_name(reader, &record->target) && reader->position == end;
    }
}

static bool is_wanted(unsigned type)
{
    return type == DNS_A || type == DNS_AAAA || type == DNS_NS || type == DNS_CNAME;
}

/* One record; *ret_record is only set where its type is wanted. */
static bool read_record(struct reader *reader, struct dns_record *ret_record, bool *ret_wanted)
{
    struct dns_record record = {0};
    unsigned class;
    unsigned high;
    unsigned low;
    unsigned length;
    size_t data;

    if (!read_name(reader, &record.owner) || !read16(reader, &record.type) ||
        !read16(reader, &class) || !read16(reader, &high) || !read16(reader, &low) ||
        !read16(reader, &length) || reader->length - reader->position < length) {
        return false;
    }
    record.ttl_seconds = (high & 0x8000U) != 0 ? 0 : high << 16 | low;
    data = reader->position;
    *ret_wanted = class == CLASS_IN && is_wanted(record.type);
    if (*ret_wanted) {
        if (!read_data(reader, length, &record)) {
            return false;
        }
        *ret_record = record;
    }
    reader->position = data + length;
    return true;
}

static bool read_records(struct reader *reader, unsigned count, struct dns_answer *answer,
                         struct error *error)
{
    /* Each takes at least 11 bytes. */
    if (count > reader->length / 11) {
        return cut_short(error);
    }
    if (count > DNS_RECORDS_MAX) {
        return error_set(error, ERROR_PROTOCOL,
                         "the answer has %u records, more than the %d that are looked at", count,
                         DNS_RECORDS_MAX);
    }
    answer->records = arena_alloc_array(reader->arena, count + 1, sizeof *answer->records);
    for (unsigned i = 0; i < count; i++) {
        bool wanted;

        if (!read_record(reader, &answer->records[answer->record_count], &wanted)) {
            return cut_short(error);
        }
        answer->record_count += wanted;
    }
    return true;
}

bool dns_answer_read(struct arena *arena, const unsigned char *bytes, size_t length,
                     struct dns_answer *ret_answer, struct error *error)
{
    struct reader reader = {arena, bytes, length, 0};
    struct dns_answer answer = {0};
    unsigned words[HEADER_BYTES / 2];
    unsigned class = CLASS_IN;

    for (size_t i = 0; i < HEADER_BYTES / 2; i++) {
        if (!read16(&reader, &words[i])) {
            return cut_short(error);
        }
    }
    if ((words[1] & FLAG_RESPONSE) == 0 || (words[1] & MASK_OPERATION) != 0 || words[2] > 1) {
        return cut_short(error);
    }
    if (words[2] == 1 && (!read_name(&reader, &answer.name) || !read16(&reader, &answer.type) ||
                          !read16(&reader, &class) || class != CLASS_IN)) {
        return cut_short(error);
    }
    answer.id = (uint16_t)words[0];
    answer.authoritative = (words[1] & FLAG_AUTHORITATIVE) != 0;
    answer.truncated = (words[1] & FLAG_TRUNCATED) != 0;
    answer.code = words[1] & MASK_CODE;
    if (!answer.truncated && !read_records(&reader, words[3], &answer, error)) {
        return false;
    }
    *ret_answer = answer;
    return true;
}

const char *dns_code_name(struct arena *arena, unsigned code)
{
    switch (code) {
    case DNS_NO_ERROR:
        return "NOERROR";
    case DNS_SERVER_FAILURE:
        return "SERVFAIL";
    case DNS_NAME_UNKNOWN:
        return "NXDOMAIN";
    case DNS_REFUSED:
        return "REFUSED";
    default:
        return arena_printf(arena, "code %u", code);
    }
}
