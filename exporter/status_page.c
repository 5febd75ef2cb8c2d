/* SPDX-License-Identifier: Apache-2.0 */
/* The board as a page for people: what is not ready comes first, with its reasons. */

#include "exporter/status_page.h"

#include <math.h>
#include <stdatomic.h>
#include <time.h>

#include "exporter/arena.h"
#include "exporter/buffer.h"
#include "exporter/clock.h"
#include "exporter/duration.h"
#include "exporter/status_page_style.h"
#include "exporter/verdict.h"

struct page {
    struct buffer text;
    const struct board_view *view;
    double now;
    int64_t monotonic_ms;
};

/* A state in word, shape and class (which the style colours), so that no reader depends on one. */
static const struct {
    const char *class;
    const char *shape;
    const char *word;
} looks[CHECK_STATE_COUNT] = {
    [CHECK_PASS] = {"pass", "&#x2714;", "Ready"},
    [CHECK_UNKNOWN] = {"unknown", "?", "Unknown: not ready"},
    [CHECK_FAIL] = {"fail", "&#x2716;", "Not ready"},
};

static void add_html(struct page *page, const char *html)
{
    buffer_add_text(&page->text, html);
}

/* Text that others wrote. */
static void add_text(struct page *page, const char *text)
{
    for (const char *c = text; *c != '\0'; c++) {
        switch (*c) {
        case '&':
            add_html(page, "&amp;");
            break;
        case '<':
            add_html(page, "&lt;");
            break;
        case '>':
            add_html(page, "&gt;");
            break;
        case '"':
            add_html(page, "&quot;");
            break;
        case '\'':
            add_html(page, "&#39;");
            break;
        default:
            buffer_add(&page->text, c, 1);
        }
    }
}

static void add_duration(struct page *page, double seconds)
{
    char text[DURATION_TEXT_BYTES];

    duration_describe(text, seconds);
    add_text(page, text);
}

/* `instant` is of our own clock. */
static void add_instant(struct page *page, double instant)
{
    time_t seconds = (time_t)(instant + clock_step_seconds());
    struct tm parts;
    char text[32];

    (void)gmtime_r(&seconds, &parts);
    (void)strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S UTC", &parts);
    add_text(page, text);
}

static void add_exposure(struct page *page, const struct verdict *verdict)
{
    char rpo[DURATION_TEXT_BYTES];

    add_html(page, "<dt>Data at risk</dt><dd>");
    if (!verdict->has_exposure) {
        add_html(page, "unknown");
    } else if (isinf(verdict->exposure_seconds)) {
        add_html(page, "everything: no path survives");
    } else {
        add_duration(page, verdict->exposure_seconds);
    }
    if (verdict->rpo.stated) {
        duration_format(rpo, verdict->rpo.ms);
        add_html(page, "; allowed: ");
        add_text(page, rpo);
    }
    add_html(page, "</dd>");
    if (verdict->weakest_dataset != NULL) {
        add_html(page, "<dt>Weakest link</dt><dd>");
        add_text(page, verdict->weakest_dataset);
        add_html(page, verdict->weakest_source == NULL ? ", no source" : " through ");
        add_text(page, verdict->weakest_source == NULL ? "" : verdict->weakest_source);
        add_html(page, "</dd>");
    }
}

static void add_blockers(struct page *page, const struct verdict *verdict)
{
    add_html(page, "<ul>");
    for (enum check_kind kind = 0; kind < CHECK_KIND_COUNT; kind++) {
        const struct check *check = &verdict->checks[kind];

        if (check->present && check->state != CHECK_PASS) {
            add_html(page, "<li><b>");
            add_text(page, check_kind_name(kind));
            add_html(page, " ");
            add_text(page, check_state_name(check->state));
            add_html(page, "</b>: ");
            add_text(page, check->reason);
            add_html(page, "</li>");
        }
    }
    add_html(page, "</ul>");
}

static void add_verdict(struct page *page, const struct verdict *verdict)
{
    add_html(page, "<article class=\"");
    add_html(page, looks[verdict->state].class);
    add_html(page, "\"><h3>");
    add_text(page, verdict->service->name);
    add_html(page, " <small>");
    add_text(page, disruption_name(verdict->disruption));
    add_html(page, ", tier ");
    add_text(page, verdict->service->tier->name);
    add_html(page, "</small></h3><p class=\"state\"><span aria-hidden=\"true\">");
    add_html(page, looks[verdict->state].shape);
    add_html(page, "</span> ");
    add_html(page, looks[verdict->state].word);
    add_html(page, "</p><dl>");
    if (verdict->checks[CHECK_RPO].present) {
        add_exposure(page, verdict);
    }
    add_html(page, "</dl>");
    if (verdict->state != CHECK_PASS) {
        add_blockers(page, verdict);
    }
    add_html(page, "</article>\n");
}

static void add_verdicts(struct page *page, const struct verdict *verdicts, size_t count)
{
    static const enum check_state order[] = {CHECK_FAIL, CHECK_UNKNOWN, CHECK_PASS};
    size_t ready = 0;

    for (size_t i = 0; i < count; i++) {
        ready += verdicts[i].state == CHECK_PASS;
    }
    buffer_printf(&page->text, "<h2>Services</h2><p>%zu of %zu ready.</p><div class=\"cards\">\n",
                  ready, count);
    for (size_t i = 0; i < sizeof order / sizeof order[0]; i++) {
        for (size_t j = 0; j < count; j++) {
            if (verdicts[j].state == order[i]) {
                add_verdict(page, &verdicts[j]);
            }
        }
    }
    add_html(page, "</div>\n");
}

static void add_source(struct page *page, const struct board_entry *entry)
{
    bool up = entry_is_up(entry, page->monotonic_ms);
    enum check_state state = up ? CHECK_PASS : entry->snapshot == NULL ? CHECK_UNKNOWN : CHECK_FAIL;
    double age;

    add_html(page, "<tr><th scope=\"row\">");
    add_text(page, entry->source->name);
    add_html(page, " <small>");
    add_text(page, entry->source->collector->name);
    add_html(page, "</small></th><td data-label=\"Dataset\">");
    add_text(page, entry->source->dataset == NULL ? "none" : entry->source->dataset);
    add_html(page, "</td><td data-label=\"State\" class=\"state ");
    add_html(page, looks[state].class);
    add_html(page, "\"><span aria-hidden=\"true\">");
    add_html(page, looks[state].shape);
    add_html(page, up ? "</span> up" : state == CHECK_UNKNOWN ? "</span> waiting" : "</span> down");
    add_html(page, "</td><td data-label=\"Recovery point age\">");
    if (entry_recovery_point_age(entry, page->now, page->monotonic_ms, &age)) {
        add_duration(page, age);
    } else {
        add_html(page, entry->source->dataset == NULL ? "none" : "unknown");
    }
    add_html(page, "</td><td data-label=\"Last success\">");
    if (entry->last_success > 0) {
        add_instant(page, entry->last_success);
    } else {
        add_html(page, "never");
    }
    add_html(page, "</td><td data-label=\"Problem\">");
    add_text(page, entry_problem(entry, page->monotonic_ms));
    add_html(page, "</td></tr>\n");
}

static void add_sources(struct page *page)
{
    add_html(page, "<h2>Sources</h2><table><thead><tr><th scope=\"col\">Source</th>"
                   "<th scope=\"col\">Dataset</th><th scope=\"col\">State</th>"
                   "<th scope=\"col\">Recovery point age</th><th scope=\"col\">Last success</th>"
                   "<th scope=\"col\">Problem</th></tr></thead><tbody>\n");
    for (size_t i = 0; i < page->view->entry_count; i++) {
        add_source(page, page->view->entries[i]);
    }
    add_html(page, "</tbody></table>\n");
}

static void add_configuration(struct page *page, const struct exporter_status *status)
{
    const struct config *config = page->view->config;

    if (!status->last_reload_successful) {
        add_html(page, "<p class=\"notice\"><b>The configuration file was refused</b> when it was "
                       "last loaded; the former one is in use. <code>dr_exporter "
                       "check-config</code> says why.</p>\n");
    }
    if (config->warning_count > 0) {
        buffer_printf(&page->text, "<details><summary>Warnings about the plan: %zu</summary><ul>",
                      config->warning_count);
        for (size_t i = 0; i < config->warning_count; i++) {
            add_html(page, "<li>");
            add_text(page, config->warnings[i]);
            add_html(page, "</li>");
        }
        add_html(page, "</ul></details>\n");
    }
}

static void add_head(struct page *page, const char *telemetry_path)
{
    const char *observer = page->view->config->observer;

    add_html(page, "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
                   "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">"
                   "<meta http-equiv=\"refresh\" content=\"15\">"
                   "<title>Disaster recovery readiness</title><style>\n");
    add_html(page, status_page_style);
    add_html(page, "</style></head><body>\n<h1>Disaster recovery readiness</h1><p>As of ");
    add_instant(page, page->now);
    if (observer[0] != '\0') {
        add_html(page, ", seen from ");
        add_text(page, observer);
    }
    add_html(page, ". <a href=\"");
    add_text(page, telemetry_path);
    add_html(page, "\">Metrics</a></p>\n");
}

void status_page_render(struct board *board, const struct exporter_status *status,
                        const char *telemetry_path, char **ret_text, size_t *ret_length)
{
    static _Atomic size_t expected_bytes = 16L * 1024;
    struct arena *arena = arena_new();
    struct page page = {.now = clock_unix_seconds(), .monotonic_ms = clock_monotonic_ms()};
    struct verdict *verdicts;
    size_t count;

    buffer_init(&page.text, expected_bytes);
    page.view = board_lock(board);
    verdicts = verdicts_evaluate(arena, page.view, page.now, page.monotonic_ms, &count);
    add_head(&page, telemetry_path);
    add_configuration(&page, status);
    add_verdicts(&page, verdicts, count);
    add_sources(&page);
    board_unlock(board);
    add_html(&page, "<footer><p>dr_exporter " VERSION ". The page renews itself every 15 "
                    "seconds.</p></footer></body></html>\n");
    arena_free(arena);
    expected_bytes = page.text.length + page.text.length / 8;
    *ret_text = buffer_detach(&page.text, ret_length);
}
