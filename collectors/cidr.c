/* SPDX-License-Identifier: Apache-2.0 */
/* Blocks of IP addresses, as in `192.0.2.0/24` and `2001:db8::/32`. */

#include "collectors/cidr.h"

#include <arpa/inet.h>
#include <string.h>

#include "exporter/bounds.h"

#define DIGITS "0123456789"

struct block {
    int family;
    unsigned char bytes[16];
    unsigned prefix_bits;
};

static bool parse_prefix(const char *text, unsigned bits_max, unsigned *ret_bits)
{
    size_t length = strlen(text);
    unsigned bits = 0;

    if (length == 0 || length > 3 || strspn(text, DIGITS) != length) {
        return false;
    }
    for (; *text != '\0'; text++) {
        bits = bits * 10 + (unsigned)(*text - '0');
    }
    *ret_bits = bits;
    return bits <= bits_max;
}

static bool parse(const char *text, struct block *ret_block)
{
    char address[CIDR_TEXT_BYTES_MAX];
    size_t length = strcspn(text, "/");
    struct block block = {.family = strchr(text, ':') != NULL ? AF_INET6 : AF_INET};

    if (length >= sizeof address) {
        return false;
    }
    memcpy(address, text, length);
    address[length] = '\0';
    block.prefix_bits = block.family == AF_INET ? 32 : 128;
    if (inet_pton(block.family, address, block.bytes) != 1 ||
        (text[length] == '/' &&
         !parse_prefix(text + length + 1, block.prefix_bits, &block.prefix_bits))) {
        return false;
    }
    *ret_block = block;
    return true;
}

static unsigned bit_of(const struct block *block, unsigned i)
{
    return (unsigned)block->bytes[i / 8] >> (7 - i % 8) & 1U;
}

bool cidr_check(const char *text, struct error *error)
{
    struct block block;

    if (!parse(text, &block)) {
        return error_set(error, ERROR_INTERNAL,
                         "\"%s\" is no address; write for example 192.0.2.10, 192.0.2.0/24 or "
                         "2001:db8::/32",
                         text);
    }
    for (unsigned i = block.prefix_bits; i < (block.family == AF_INET ? 32 : 128); i++) {
        if (bit_of(&block, i) != 0) {
            return error_set(error, ERROR_INTERNAL,
                             "\"%s\" has bits behind its prefix; write the first address of the "
                             "block",
                             text);
        }
    }
    return true;
}

bool cidr_contains(const char *block, const char *address)
{
    struct block wanted;
    struct block given;

    if (!parse(block, &wanted) || !parse(address, &given) || wanted.family != given.family) {
        return false;
    }
    for (unsigned i = 0; i < wanted.prefix_bits; i++) {
        if (bit_of(&wanted, i) != bit_of(&given, i)) {
            return false;
        }
    }
    return true;
}
