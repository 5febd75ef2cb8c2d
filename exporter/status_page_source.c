/* SPDX-License-Identifier: Apache-2.0 */
/* The page of one source: whether it answers, what it proves, when, and for whom. Its settings are
 * not shown, because some are secret. */

#include <math.h>

#include "exporter/clock.h"
#include "exporter/duration.h"
#include "exporter/status_page_parts.h"

static void begin_row(struct page *page, const char *name)
{
    html_add(page, "<dt>");
    html_add(page, name);
    html_add(page, "</dt><dd>");
}

static void end_row(struct page *page)
{
    html_add(page, "</dd>");
}

static void add_instant_row(struct page *page, const char *name, double instant)
{
    begin_row(page, name);
    if (instant > 0) {
        html_ago(page, instant);
        html_add(page, " <small>");
        html_instant(page, instant);
        html_add(page, "</small>");
    } else {
        html_add(page, "never");
    }
    end_row(page);
}

/* The beat of a source is a fixed grid; a collection that was made has the next one within an
 * interval of its end. */
static void add_next(struct page *page, const struct board_entry *entry)
{
    const struct snapshot *snapshot = entry->snapshot;
    int64_t due_ms =
        (snapshot == NULL ? entry->started_monotonic_ms + entry->source->timeout_ms
                          : snapshot->finished_monotonic_ms + entry->source->interval_ms) -
        page->monotonic_ms;

    begin_row(page, "Next collection");
    if (due_ms > 0) {
        html_add(page, snapshot == NULL ? "the first one is under way" : "within ");
        if (snapshot != NULL) {
            html_duration(page, (double)due_ms / 1000);
        }
    } else {
        html_add(page, "under way, due ");
        html_duration(page, (double)-due_ms / 1000);
        html_add(page, " ago");
    }
    end_row(page);
}

static void add_timings(struct page *page, const struct board_entry *entry)
{
    const struct snapshot *snapshot = entry->snapshot;
    char interval[DURATION_TEXT_BYTES];
    char timeout[DURATION_TEXT_BYTES];

    duration_format(interval, entry->source->interval_ms);
    duration_format(timeout, entry->source->timeout_ms);
    html_add(page, "<section aria-labelledby=\"timings\"><h2 id=\"timings\">Collections</h2><dl>");
    add_instant_row(page, "Latest", snapshot == NULL ? 0 : snapshot->collected_at);
    add_instant_row(page, "Latest that succeeded", entry->last_success);
    if (snapshot != NULL) {
        begin_row(page, "It took");
        html_duration(page, snapshot->duration_seconds);
        buffer_printf(&page->text, " of %s that it may take", timeout);
        end_row(page);
    }
    add_next(page, entry);
    begin_row(page, "Beat");
    buffer_printf(&page->text, "every %s", interval);
    end_row(page);
    begin_row(page, "So far");
    buffer_printf(&page->text, "%llu", (unsigned long long)entry->collections);
    for (enum error_kind kind = 0; kind < ERROR_KIND_COUNT; kind++) {
        if (entry->failures[kind] > 0) {
            buffer_printf(&page->text, ", %llu failed: %s",
                          (unsigned long long)entry->failures[kind], error_kind_name(kind));
        }
    }
    end_row(page);
    html_add(page, "</dl></section>\n");
}

static void add_last_error(struct page *page, const struct board_entry *entry)
{
    begin_row(page, "Last error");
    if (entry->last_failure == 0) {
        html_add(page, "none since it was started");
    } else {
        html_ago(page, entry->last_failure);
        html_add(page, ": ");
        html_text(page, entry->last_error.message);
    }
    end_row(page);
}

static void add_data(struct page *page, const struct board_entry *entry)
{
    static const char *const answers[] = {
        [ANSWER_UNKNOWN] = "not known", [ANSWER_NO] = "not enforced", [ANSWER_YES] = "enforced"};
    double age;

    begin_row(page, "Protects");
    html_add(page, "<span class=\"name\">");
    html_text(page, entry->source->dataset);
    html_add(page, "</span>");
    end_row(page);
    begin_row(page, "Recovery point");
    if (entry_recovery_point_age(entry, page->now, page->monotonic_ms, &age)) {
        html_duration(page, age);
        html_add(page, " behind <small>");
        html_instant(page, entry->recovery_point);
        html_add(page, "</small>");
    } else {
        html_add(page, entry_has_nothing(entry, page->monotonic_ms) ? "none" : "not known");
    }
    end_row(page);
    begin_row(page, "Zero data loss");
    html_add(page, answers[entry_zero_data_loss(entry, page->monotonic_ms)]);
    end_row(page);
}

static void add_text_row(struct page *page, const char *name, const char *text)
{
    if (text != NULL) {
        begin_row(page, name);
        html_text(page, text);
        end_row(page);
    }
}

/* What a source that is up proves; kinds that it says nothing of are left out. */
static void add_evidence(struct page *page, const struct evidence *evidence)
{
    const struct capacity_evidence *capacity = &evidence->capacity;

    add_text_row(page, "Nothing to restore", evidence->nothing_to_restore);
    add_text_row(page, "Not fit", evidence->unusable);
    add_text_row(page, "Not fit", capacity->problem);
    if (evidence->oldest_restorable.known) {
        add_instant_row(page, "Restorable back to", evidence->oldest_restorable.value);
    }
    if (capacity->ratio.known) {
        begin_row(page, "Room, of what is needed");
        buffer_printf(&page->text, "%.0f %%", floor(capacity->ratio.value * 100));
        if (capacity->limiting != NULL) {
            html_add(page, ", limited by ");
            html_text(page, capacity->limiting);
        }
        end_row(page);
    }
    if (evidence->endpoint.known) {
        add_text_row(page, "Endpoint",
                     evidence->endpoint.problem == NULL ? "is fit" : evidence->endpoint.problem);
    }
    for (size_t i = 0; i < evidence->runbook_count; i++) {
        add_text_row(page, "Runbook", evidence->runbooks[i].problem);
        if (evidence->runbooks[i].validated.known && evidence->runbooks[i].service == NULL) {
            add_instant_row(page, "Runbook validated",
                            evidence->runbooks[i].validated.value - clock_step_seconds());
        }
    }
    if (evidence->drill_count > 0) {
        begin_row(page, "Results of drills");
        buffer_printf(&page->text, "%zu", evidence->drill_count);
        end_row(page);
    }
}

static void add_users(struct page *page, const struct board_entry *entry)
{
    const struct config *config = page->view->config;
    size_t index = 0;

    while (page->view->entries[index] != entry) {
        index++;
    }
    html_add(page, "<section aria-labelledby=\"users\"><h2 id=\"users\">Services that rely on it"
                   "</h2><ul class=\"neighbours\">\n");
    for (size_t i = 0; i < config->service_count; i++) {
        const struct service_standing *standing = &page->services[i];

        if (service_uses_source(standing->service, config, index)) {
            html_add(page, "<li class=\"");
            html_add(page, html_state_class(standing->state));
            html_add(page, "\">");
            html_state(page, standing->state, html_state_word(standing->state));
            html_add(page, " ");
            html_service_link(page, standing->service->name);
            html_add(page, "</li>\n");
        }
    }
    html_add(page, "</ul></section>\n");
}

void status_page_source(struct page *page, const struct board_entry *entry)
{
    const char *problem = entry_problem(entry, page->monotonic_ms);
    const char *word;
    enum check_state state = html_source_state(page, entry, &word);

    html_begin(page, arena_printf(page->arena, "%s: %s", entry->source->name, word));
    html_add(page, "<div class=\"summary ");
    html_add(page, html_state_class(state));
    html_add(page, "\"><h1>");
    html_state(page, state, "");
    html_add(page, "<span class=\"name\">");
    html_text(page, entry->source->name);
    html_add(page, "</span> <small>");
    html_add(page, word);
    html_add(page, "</small></h1>");
    if (*problem != '\0') {
        html_add(page, "<p class=\"problem\">");
        html_text(page, problem);
        html_add(page, "</p>");
    }
    html_add(page, "<dl><dt>Collector</dt><dd>");
    html_add(page, entry->source->collector->name);
    html_add(page, "</dd>");
    if (entry->source->dataset != NULL) {
        add_data(page, entry);
    }
    if (entry_is_up(entry, page->monotonic_ms)) {
        add_evidence(page, &entry->snapshot->evidence);
    }
    add_last_error(page, entry);
    html_add(page, "</dl></div>\n");
    add_timings(page, entry);
    add_users(page, entry);
}
