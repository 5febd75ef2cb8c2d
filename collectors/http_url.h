/* SPDX-License-Identifier: Apache-2.0 */
/* URLs that settings hold, and words that go into headers. */

#ifndef COLLECTORS_HTTP_URL_H
#define COLLECTORS_HTTP_URL_H

#include <stdbool.h>

#include "exporter/error.h"

/* Is it an http:// or https:// URL with a host and without credentials? The message says what
 * would be right. */
bool http_url_check(const char *url, struct error *error);

/* The URL without its query, which may hold what is not for everybody; from malloc. */
char *http_url_public(const char *url);

/* Can it stand in a header, as a token does? Not if it is empty or has a blank, a line end or what
 * is not ASCII. */
bool http_word_check(const char *text);

#endif
