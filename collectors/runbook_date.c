/* SPDX-License-Identifier: Apache-2.0 */
/* Dates as people write them into a document: 2026-11-21 or an instant of RFC 3339. */

#include "collectors/runbook_date.h"

#include <ctype.h>
#include <math.h>
#include <string.h>

#include "exporter/rfc3339.h"

/* Is there a time behind the day? RFC 3339 allows a blank for the T. */
static bool has_time(const char *text, size_t length)
{
    return length > 0 && (*text == 'T' || *text == 't' ||
                          (*text == ' ' && length > 1 && isdigit((unsigned char)text[1])));
}

bool runbook_date_parse(const char *text, size_t length, struct runbook_date *ret_date)
{
    struct runbook_date date = {.whole_day = true};
    size_t taken = rfc3339_read_day(text, length, &date.seconds);

    if (taken > 0 && has_time(text + taken, length - taken)) {
        taken = rfc3339_read(text, length, &date.seconds);
        /* No runbook is judged by fractions of a second. */
        date.seconds = floor(date.seconds);
        date.whole_day = false;
    }
    if (taken == 0 || (taken < length && (isalnum((unsigned char)text[taken]) ||
                                          memchr("-+:/", text[taken], 4) != NULL))) {
        return false;
    }
    *ret_date = date;
    return true;
}
