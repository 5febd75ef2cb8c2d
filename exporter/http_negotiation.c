/* SPDX-License-Identifier: Apache-2.0 */
/* What a client wants, from its Accept and Accept-Encoding headers. */

#include "exporter/http_negotiation.h"

#include <string.h>
#include <strings.h>

#define SPACES " \t"

/* A piece of a header, without the spaces around it. */
struct piece {
    const char *text;
    size_t length;
};

/* Cuts the piece before the next of `separators` off *rest. False at the end. */
static bool next_piece(const char **rest, const char *separators, const char *end,
                       struct piece *ret_piece)
{
    const char *start = *rest;
    const char *stop;

    if (start >= end) {
        return false;
    }
    stop = start;
    while (stop < end && strchr(separators, *stop) == NULL) {
        stop++;
    }
    *rest = stop < end ? stop + 1 : end;
    while (start < stop && strchr(SPACES, *start) != NULL) {
        start++;
    }
    while (stop > start && strchr(SPACES, stop[-1]) != NULL) {
        stop--;
    }
    *ret_piece = (struct piece){start, (size_t)(stop - start)};
    return true;
}

static bool piece_is(struct piece piece, const char *text)
{
    return piece.length == strlen(text) && strncasecmp(piece.text, text, piece.length) == 0;
}

/* A quality in thousandths: "0.5", "1", "1.000"; what is none counts as 0, not acceptable. */
static int parse_quality(struct piece piece)
{
    int quality;
    int unit = 100;

    if (piece.length == 0 || piece.length > 5 || (piece.text[0] != '0' && piece.text[0] != '1')) {
        return 0;
    }
    quality = (piece.text[0] - '0') * 1000;
    for (size_t i = 1; i < piece.length; i++) {
        char c = piece.text[i];

        if (i == 1 && c == '.') {
            continue;
        }
        if (i == 1 || c < '0' || c > '9') {
            return 0;
        }
        quality += (c - '0') * unit;
        unit /= 10;
    }
    return quality > 1000 ? 0 : quality;
}

/* One alternative of a header: `text/plain;version=0.0.4;q=0.3`. */
struct alternative {
    struct piece name;
    struct piece version; /* Length 0: none. */
    int quality;
};

static bool next_alternative(const char **rest, struct alternative *ret_alternative)
{
    const char *header_end = *rest + strlen(*rest);
    struct piece whole;
    struct piece parameter;
    const char *parameters;

    if (!next_piece(rest, ",", header_end, &whole)) {
        return false;
    }
    *ret_alternative = (struct alternative){.quality = 1000};
    parameters = whole.text;
    (void)next_piece(&parameters, ";", whole.text + whole.length, &ret_alternative->name);
    while (next_piece(&parameters, ";", whole.text + whole.length, &parameter)) {
        const char *value = memchr(parameter.text, '=', parameter.length);
        struct piece name = {parameter.text, 0};
        struct piece argument = {"", 0};

        if (value == NULL) {
            continue;
        }
        name.length = (size_t)(value - parameter.text);
        argument = (struct piece){value + 1, parameter.length - name.length - 1};
        if (argument.length >= 2 && *argument.text == '"') {
            argument = (struct piece){argument.text + 1, argument.length - 2};
        }
        if (piece_is(name, "q")) {
            ret_alternative->quality = parse_quality(argument);
        } else if (piece_is(name, "version")) {
            ret_alternative->version = argument;
        }
    }
    return true;
}

/* How well an alternative fits a format: 0 not at all, more the more exactly it names it. */
static int match_format(const struct alternative *alternative, enum exposition_format format)
{
    bool openmetrics = format == EXPOSITION_OPENMETRICS;

    if (piece_is(alternative->name, openmetrics ? "application/openmetrics-text" : "text/plain")) {
        if (alternative->version.length == 0) {
            return 3;
        }
        return piece_is(alternative->version, openmetrics ? "1.0.0" : "0.0.4") ? 4 : 0;
    }
    if (piece_is(alternative->name, openmetrics ? "application/*" : "text/*")) {
        return 2;
    }
    return piece_is(alternative->name, "*/*") ? 1 : 0;
}

/* RFC 9110: the most specific range that matches gives the quality. */
static int quality_of(const char *accept, enum exposition_format format)
{
    struct alternative alternative;
    int best_match = 0;
    int quality = 0;

    while (next_alternative(&accept, &alternative)) {
        int match = match_format(&alternative, format);

        if (match > best_match) {
            best_match = match;
            quality = alternative.quality;
        }
    }
    return quality;
}

enum exposition_format http_negotiate_format(const char *accept)
{
    if (accept == NULL ||
        quality_of(accept, EXPOSITION_OPENMETRICS) <= quality_of(accept, EXPOSITION_TEXT)) {
        return EXPOSITION_TEXT;
    }
    return EXPOSITION_OPENMETRICS;
}

bool http_accepts_gzip(const char *accept_encoding)
{
    struct alternative alternative;
    int gzip = -1;
    int identity = -1;
    int any = -1;

    if (accept_encoding == NULL) {
        return false;
    }
    while (next_alternative(&accept_encoding, &alternative)) {
        if (piece_is(alternative.name, "gzip") || piece_is(alternative.name, "x-gzip")) {
            gzip = alternative.quality;
        } else if (piece_is(alternative.name, "identity")) {
            identity = alternative.quality;
        } else if (piece_is(alternative.name, "*")) {
            any = alternative.quality;
        }
    }
    gzip = gzip >= 0 ? gzip : any;
    return gzip > 0 && gzip >= identity;
}
