/* SPDX-License-Identifier: Apache-2.0 */
/* The small parts of the pages: escaping, states, instants, links, the bar of the exposure. */

#include <math.h>
#include <string.h>
#include <time.h>

#include "exporter/clock.h"
#include "exporter/duration.h"
#include "exporter/label.h"
#include "exporter/status_page_parts.h"

/* The mark of the objective on a bar, in percent of its length: what is beyond is too much. */
#define OBJECTIVE_PERCENT 62.5

/* A state in word, shape and class (which the style colours), so that no reader depends on one. */
static const struct {
    const char *class;
    const char *word;
} looks[CHECK_STATE_COUNT] = {
    [CHECK_PASS] = {"pass", "Ready"},
    [CHECK_UNKNOWN] = {"unknown", "Unknown"},
    [CHECK_FAIL] = {"fail", "Not ready"},
};

/* The shapes: a disc, a diamond and an octagon, each with its sign cut out. */
static const char shapes[] =
    "<svg class=\"shapes\" aria-hidden=\"true\"><symbol id=\"pass\" viewBox=\"0 0 16 16\">"
    "<circle cx=\"8\" cy=\"8\" r=\"7\"/><path class=\"sign\" d=\"M4.6 8.3l2.4 2.4 4.4-5\"/>"
    "</symbol><symbol id=\"unknown\" viewBox=\"0 0 16 16\"><path d=\"M8 .2L15.8 8 8 15.8.2 8z\"/>"
    "<path class=\"sign\" d=\"M6.1 6.3A1.9 1.9 0 1 1 8.7 8C8.2 8.3 8 8.6 8 9.3M8 11.4v.6\"/>"
    "</symbol><symbol id=\"fail\" viewBox=\"0 0 16 16\">"
    "<path d=\"M5.1 1h5.8L15 5.1v5.8L10.9 15H5.1L1 10.9V5.1z\"/>"
    "<path class=\"sign\" d=\"M5.3 5.3l5.4 5.4M10.7 5.3l-5.4 5.4\"/></symbol></svg>\n";

void html_add(struct page *page, const char *html)
{
    buffer_add_text(&page->text, html);
}

static const char *entity_of(char c)
{
    switch (c) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\'':
        return "&#39;";
    default:
        return NULL;
    }
}

void html_text(struct page *page, const char *text)
{
    while (*text != '\0') {
        size_t plain = 0;
        const char *entity = NULL;
        size_t length = 1;

        while ((unsigned char)text[plain] >= ' ' && (unsigned char)text[plain] < 0x7F &&
               (entity = entity_of(text[plain])) == NULL) {
            plain++;
        }
        buffer_add(&page->text, text, plain);
        text += plain;
        if (*text == '\0') {
            return;
        }
        if (entity != NULL) {
            html_add(page, entity);
        } else if ((unsigned char)*text < ' ' || *text == 0x7F) {
            html_add(page, " "); /* Control characters are no HTML. */
        } else if ((length = label_character_length(text)) > 0) {
            buffer_add(&page->text, text, length);
        } else {
            html_add(page, "\xEF\xBF\xBD"); /* U+FFFD */
            length = 1;
        }
        text += length;
    }
}

/* https://www.rfc-editor.org/rfc/rfc3986#section-2.3 */
void html_query(struct page *page, const char *text)
{
    static const char plain[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";

    while (*text != '\0') {
        size_t length = strspn(text, plain);

        buffer_add(&page->text, text, length);
        text += length;
        if (*text != '\0') {
            buffer_printf(&page->text, "%%%02X", (unsigned)(unsigned char)*text++);
        }
    }
}

void html_duration(struct page *page, double seconds)
{
    char text[DURATION_TEXT_BYTES];

    duration_describe(text, seconds);
    html_add(page, text);
}

#define INSTANT_TEXT_BYTES 32

/* "2026-11-21 14:03:12 UTC" */
static void format_instant(char text[INSTANT_TEXT_BYTES], double instant)
{
    time_t seconds = (time_t)(instant + clock_step_seconds());
    struct tm parts;

    (void)gmtime_r(&seconds, &parts);
    (void)strftime(text, INSTANT_TEXT_BYTES, "%Y-%m-%d %H:%M:%S UTC", &parts);
}

void html_instant(struct page *page, double instant)
{
    char text[INSTANT_TEXT_BYTES];

    format_instant(text, instant);
    html_add(page, text);
}

void html_ago(struct page *page, double instant)
{
    double seconds = page->now - instant;

    if (seconds < 1) {
        html_add(page, "just now");
        return;
    }
    html_duration(page, floor(seconds));
    html_add(page, " ago");
}

void html_since(struct page *page, size_t verdict, enum check_kind kind)
{
    const struct accounting *accounting = page->view->accounting;
    const struct check_history *history;
    char since[INSTANT_TEXT_BYTES];

    /* The accounts were made for these verdicts, in the same order. */
    if (accounting == NULL || verdict >= accounting->count) {
        return;
    }
    history = &accounting->accounts[verdict].checks[kind];
    if (!history->known || history->state != page->verdicts[verdict].checks[kind].state) {
        return;
    }
    html_add(page, "<span class=\"since\">for ");
    html_duration(page, floor(fmax(page->now - history->since, 0)));
    html_add(page, ", since ");
    format_instant(since, history->since);
    /* The day is needed only if it was another one. */
    html_add(page, page->now - history->since < 86400 ? since + strlen("2026-11-21 ") : since);
    html_add(page, "</span>");
}

const char *html_state_class(enum check_state state)
{
    return looks[state].class;
}

const char *html_state_word(enum check_state state)
{
    return looks[state].word;
}

void html_state(struct page *page, enum check_state state, const char *word)
{
    html_add(page, "<span class=\"state\"><svg class=\"shape\" aria-hidden=\"true\"><use href=\"#");
    html_add(page, looks[state].class);
    html_add(page, "\"/></svg>");
    html_add(page, word);
    html_add(page, "</span>");
}

void html_disruption(struct page *page, enum disruption disruption)
{
    static const char *const names[DISRUPTION_COUNT] = {
        [DISRUPTION_ZONE] = "Zone",
        [DISRUPTION_REGION] = "Region",
        [DISRUPTION_CORRUPTION] = "Corruption",
        [DISRUPTION_RANSOMWARE] = "Ransomware",
    };

    html_add(page, names[disruption]);
}

enum check_state html_source_state(const struct page *page, const struct board_entry *entry,
                                   const char **ret_word)
{
    const struct evidence *evidence;

    if (!entry_is_up(entry, page->monotonic_ms)) {
        *ret_word = entry->snapshot == NULL ? "Waiting" : "Down";
        return entry->snapshot == NULL ? CHECK_UNKNOWN : CHECK_FAIL;
    }
    evidence = &entry->snapshot->evidence;
    if (evidence->nothing_to_restore != NULL) {
        *ret_word = "Nothing to restore";
        return CHECK_FAIL;
    }
    if (evidence->unusable != NULL || evidence->capacity.problem != NULL ||
        (evidence->endpoint.known && evidence->endpoint.problem != NULL)) {
        *ret_word = "Not fit";
        return CHECK_FAIL;
    }
    for (size_t i = 0; i < evidence->runbook_count; i++) {
        if (evidence->runbooks[i].problem != NULL) {
            *ret_word = "Not fit";
            return CHECK_FAIL;
        }
    }
    *ret_word = "Up";
    return CHECK_PASS;
}

static void add_link(struct page *page, const char *page_name, const char *name)
{
    html_add(page, "<a class=\"name\" href=\"");
    html_add(page, page_name);
    html_add(page, "?name=");
    html_query(page, name);
    html_add(page, "\">");
    html_text(page, name);
    html_add(page, "</a>");
}

void html_service_link(struct page *page, const char *name)
{
    add_link(page, "service", name);
}

void html_source_link(struct page *page, const char *name)
{
    add_link(page, "source", name);
}

static void add_bar(struct page *page, const struct verdict *verdict)
{
    double objective = (double)verdict->rpo.ms / 1000;
    double share = 0;

    html_add(page, "<span class=\"bar ");
    html_add(page, looks[verdict->checks[CHECK_RPO].state].class);
    if (!verdict->has_exposure) {
        html_add(page, " blank\" aria-hidden=\"true\"></span>");
        return;
    }
    if (verdict->exposure_seconds > 0) {
        share = objective > 0 ? verdict->exposure_seconds / objective * OBJECTIVE_PERCENT : 100;
    }
    html_add(page, "\" aria-hidden=\"true\"><i style=\"width:");
    buffer_printf(&page->text, "%.0f",
                  fmin(verdict->exposure_seconds > 0 ? fmax(share, 2) : 0, 100));
    html_add(page, "%\"></i></span>");
}

void html_exposure(struct page *page, const struct verdict *verdict)
{
    char rpo[DURATION_TEXT_BYTES];

    if (!verdict->checks[CHECK_RPO].present) {
        return;
    }
    html_add(page, "<span class=\"risk\"><span class=\"hidden\">Data at risk: </span><b>");
    if (!verdict->has_exposure) {
        html_add(page, "not known");
    } else if (isinf(verdict->exposure_seconds)) {
        html_add(page, "everything");
    } else {
        html_duration(page, verdict->exposure_seconds);
    }
    html_add(page, "</b>");
    if (verdict->rpo.stated) {
        duration_format(rpo, verdict->rpo.ms);
        html_add(page, " <span class=\"allowed\">of ");
        html_add(page, rpo);
        html_add(page, "</span>");
    }
    html_add(page, "</span>");
    if (verdict->rpo.stated) {
        add_bar(page, verdict);
    }
}

/* Where one is, as of when, and whether the page renews itself: an old page is worth nothing. */
static void add_status_line(struct page *page)
{
    const char *observer = page->view->config->observer;
    const char *name = page->query->name;

    html_add(page, "<p class=\"asof\"><span>");
    if (*observer != '\0') {
        html_add(page, "seen from <b>");
        html_text(page, observer);
        html_add(page, "</b></span> <span>");
    }
    html_add(page, "as of <b>");
    html_instant(page, page->now);
    html_add(page, "</b></span> ");
    if (page->missing) {
        html_add(page, "</p>\n");
        return;
    }
    html_add(page, page->query->paused ? "<span class=\"paused\">paused: this is how it was then"
                                       : "<span>renewed every " STATUS_PAGE_REFRESH_SECONDS " s");
    html_add(page, "</span> <a href=\"?");
    if (name != NULL) {
        html_add(page, "name=");
        html_query(page, name);
        html_add(page, page->query->paused ? "" : "&amp;");
    }
    html_add(page, page->query->paused ? "\">go on</a></p>\n" : "refresh=off\">pause</a></p>\n");
}

void html_begin(struct page *page, const char *title)
{
    html_add(page, "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
                   "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">"
                   "<meta name=\"color-scheme\" content=\"light dark\"><title>");
    html_text(page, title);
    html_add(page, "</title><style>\n");
    for (size_t i = 0; status_page_style[i] != NULL; i++) {
        html_add(page, status_page_style[i]);
    }
    html_add(page, "</style></head><body>\n");
    html_add(page, shapes);
    html_add(page, "<header><p class=\"product\">");
    html_add(page, page->query->kind == STATUS_PAGE_BOARD
                       ? "Disaster recovery readiness"
                       : "<a href=\"./\">Disaster recovery readiness</a>");
    html_add(page, "</p>");
    add_status_line(page);
    html_add(page, "</header>\n<main>\n");
    if (!page->status->last_reload_successful) {
        html_add(page, "<p class=\"notice\"><b>The configuration file was refused</b> when it was "
                       "last loaded; the former one is in use. <code>dr_exporter "
                       "check-config</code> says why.</p>\n");
    }
}

void html_end(struct page *page)
{
    html_add(page, "</main>\n<footer><p>dr_exporter " VERSION " <a href=\"./");
    html_text(page, page->telemetry_path + 1);
    html_add(page, "\">metrics</a> <a href=\"./api/v1/readiness\">readiness as JSON</a></p>"
                   "</footer></body></html>\n");
}
