/* SPDX-License-Identifier: Apache-2.0 */
/* URLs that settings hold, and words that go into headers. */

#include "collectors/http_url.h"

#include <stdlib.h>
#include <string.h>

#include <curl/curl.h>

#include "exporter/cleanup.h"

static void free_url(CURLU **url)
{
    curl_url_cleanup(*url);
}

static void free_part(char **part)
{
    curl_free(*part);
}

static bool has_part(CURLU *url, CURLUPart part)
{
    CLEANUP(free_part) char *text = NULL;

    return curl_url_get(url, part, &text, 0) == CURLUE_OK;
}

bool http_url_check(const char *url, struct error *error)
{
    CLEANUP(free_url) CURLU *parsed = curl_url();
    CLEANUP(free_part) char *scheme = NULL;

    if (parsed == NULL) {
        abort();
    }
    if (curl_url_set(parsed, CURLUPART_URL, url, CURLU_NON_SUPPORT_SCHEME) != CURLUE_OK ||
        curl_url_get(parsed, CURLUPART_SCHEME, &scheme, 0) != CURLUE_OK ||
        (strcmp(scheme, "http") != 0 && strcmp(scheme, "https") != 0)) {
        return error_set(error, ERROR_INTERNAL,
                         "not a URL; write for example https://wiki.example.com/checkout.md");
    }
    if (has_part(parsed, CURLUPART_USER) || has_part(parsed, CURLUPART_PASSWORD)) {
        return error_set(error, ERROR_INTERNAL,
                         "contains a user or password, which others could read; remove it");
    }
    return true;
}

char *http_url_public(const char *url)
{
    char *text = strndup(url, strcspn(url, "?#"));

    if (text == NULL) {
        abort();
    }
    return text;
}

bool http_word_check(const char *text)
{
    for (const char *c = text; *c != '\0'; c++) {
        if (*c <= ' ' || *c > '~') {
            return false;
        }
    }
    return *text != '\0';
}
