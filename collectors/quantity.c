/* SPDX-License-Identifier: Apache-2.0 */
/* Kubernetes quantities ("1500m", "64Gi", "1e3"), without floating point. */

#include "collectors/quantity.h"

#include <stddef.h>
#include <string.h>

/* 17 digits, shifted by 60 bits and multiplied by ten once more, fit into 128 bits. */
#define DIGITS_MAX 17
/* Beyond it every number is either 0 or too large. */
#define EXPONENT_MAX 1000

__extension__ typedef unsigned __int128 wide;

static const struct suffix {
    const char *text;
    int exponent; /* Of ten. */
    int shift;    /* Power of two. */
} suffixes[] = {
    {"", 0, 0},    {"n", -9, 0},  {"u", -6, 0},  {"m", -3, 0},  {"k", 3, 0},   {"M", 6, 0},
    {"G", 9, 0},   {"T", 12, 0},  {"P", 15, 0},  {"E", 18, 0},  {"Ki", 0, 10}, {"Mi", 0, 20},
    {"Gi", 0, 30}, {"Ti", 0, 40}, {"Pi", 0, 50}, {"Ei", 0, 60},
};

/* A number as it is read: digits * 10^exponent, a little more if `rest`. */
struct decimal {
    uint64_t digits;
    int count; /* Of digits that are kept, without leading zeros. */
    int exponent;
    bool rest;
};

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static void add_digit(struct decimal *decimal, char digit, bool fraction)
{
    if (decimal->count < DIGITS_MAX) {
        decimal->digits = decimal->digits * 10 + (uint64_t)(digit - '0');
        decimal->count += decimal->digits > 0 ? 1 : 0;
        decimal->exponent -= fraction && decimal->exponent > -EXPONENT_MAX ? 1 : 0;
        return;
    }
    decimal->rest = decimal->rest || digit != '0';
    decimal->exponent += !fraction && decimal->exponent < EXPONENT_MAX ? 1 : 0;
}

/* Digits with at most one point among them; NULL without a digit. */
static const char *read_number(const char *text, struct decimal *decimal)
{
    bool fraction = false;
    bool any = false;

    for (;; text++) {
        if (is_digit(*text)) {
            add_digit(decimal, *text, fraction);
            any = true;
        } else if (*text == '.' && !fraction) {
            fraction = true;
        } else {
            return any ? text : NULL;
        }
    }
}

/* "e3", "E-3": false when it is not an exponent. */
static bool read_exponent(const char *text, int *ret_exponent)
{
    int exponent = 0;
    bool negative;

    if (*text != 'e' && *text != 'E') {
        return false;
    }
    text++;
    negative = *text == '-';
    text += *text == '-' || *text == '+' ? 1 : 0;
    if (!is_digit(*text)) {
        return false;
    }
    for (; is_digit(*text); text++) {
        exponent = exponent < EXPONENT_MAX ? exponent * 10 + (*text - '0') : EXPONENT_MAX;
    }
    *ret_exponent = negative ? -exponent : exponent;
    return *text == '\0';
}

static bool read_suffix(const char *text, int *ret_exponent, int *ret_shift)
{
    *ret_shift = 0;
    if (read_exponent(text, ret_exponent)) {
        return true;
    }
    for (size_t i = 0; i < sizeof suffixes / sizeof suffixes[0]; i++) {
        if (strcmp(text, suffixes[i].text) == 0) {
            *ret_exponent = suffixes[i].exponent;
            *ret_shift = suffixes[i].shift;
            return true;
        }
    }
    return false;
}

static int64_t round_up(const struct decimal *decimal, int shift)
{
    wide amount = (wide)decimal->digits << shift;
    int exponent = decimal->exponent;
    bool rest = decimal->rest;

    /* A digit that was dropped makes the last one that is kept larger. */
    if (rest) {
        amount += (wide)1 << shift;
        rest = false;
    }
    for (; exponent > 0 && amount != 0 && amount <= INT64_MAX; exponent--) {
        amount *= 10;
    }
    for (; exponent < 0 && amount != 0; exponent++) {
        rest = rest || amount % 10 != 0;
        amount /= 10;
    }
    amount += rest ? 1 : 0;
    return amount > INT64_MAX ? INT64_MAX : (int64_t)amount;
}

bool quantity_parse(const char *text, enum quantity_unit unit, int64_t *ret_amount)
{
    struct decimal decimal = {0};
    bool negative = *text == '-';
    int exponent;
    int shift;

    text += *text == '-' || *text == '+' ? 1 : 0;
    text = read_number(text, &decimal);
    if (text == NULL || !read_suffix(text, &exponent, &shift)) {
        return false;
    }
    if (negative && decimal.digits > 0) {
        return false;
    }
    decimal.exponent += exponent + (unit == QUANTITY_THOUSANDTHS ? 3 : 0);
    *ret_amount = round_up(&decimal, shift);
    return true;
}

int64_t quantity_add(int64_t a, int64_t b)
{
    return a > INT64_MAX - b ? INT64_MAX : a + b;
}

int64_t quantity_subtract(int64_t a, int64_t b)
{
    return a > b ? a - b : 0;
}
