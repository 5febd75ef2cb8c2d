/* SPDX-License-Identifier: Apache-2.0 */
/* The way of a service's data, drawn: dataset, source, recovery point; and its other evidence. */

#include "exporter/duration.h"
#include "exporter/status_page_parts.h"

static void add_source_step(struct page *page, const struct board_entry *entry)
{
    const char *word;
    enum check_state state = html_source_state(page, entry, &word);
    const char *problem = entry_problem(entry, page->monotonic_ms);

    html_add(page, "<div class=\"step ");
    html_add(page, html_state_class(state));
    html_add(page, "\">");
    html_source_link(page, entry->source->name);
    html_add(page, " <small>");
    html_add(page, entry->source->collector->name);
    html_add(page, "</small>");
    html_state(page, state, word);
    if (*problem != '\0') {
        html_add(page, "<span class=\"problem\">");
        html_text(page, problem);
        html_add(page, "</span>");
    }
    html_add(page, "</div>");
}

static void add_survives(struct page *page, const struct source *source)
{
    const char *separator = "<small>counts for ";

    for (enum disruption d = 0; d < DISRUPTION_COUNT; d++) {
        if ((source->survives & SURVIVES(d)) != 0) {
            html_add(page, separator);
            html_add(page, disruption_name(d));
            separator = ", ";
        }
    }
    html_add(page, *separator == '<' ? "<small>counts for nothing</small>" : "</small>");
}

static void add_recovery_point(struct page *page, const struct board_entry *entry)
{
    bool up = entry_is_up(entry, page->monotonic_ms);
    const struct evidence *evidence = up ? &entry->snapshot->evidence : NULL;
    double age;

    html_add(page, "<div class=\"step\">");
    if (evidence != NULL && evidence->nothing_to_restore != NULL) {
        html_add(page, "<b>Nothing to restore</b><span class=\"problem\">");
        html_text(page, evidence->nothing_to_restore);
        html_add(page, "</span>");
    } else if (entry_recovery_point_age(entry, page->now, page->monotonic_ms, &age)) {
        html_add(page, "<b>");
        html_duration(page, age);
        html_add(page, up ? " behind</b>" : " behind, and growing</b>");
        html_add(page, "<small>recovery point ");
        html_instant(page, entry->recovery_point);
        html_add(page, "</small>");
    } else {
        html_add(page, "<b>Recovery point not known</b>");
    }
    if (evidence != NULL && evidence->unusable != NULL) {
        html_add(page, "<span class=\"problem\">");
        html_text(page, evidence->unusable);
        html_add(page, "</span>");
    }
    if (entry_zero_data_loss(entry, page->monotonic_ms) == ANSWER_YES) {
        html_add(page, "<small>no commit can be lost</small>");
    }
    add_survives(page, entry->source);
    html_add(page, "</div>");
}

static void add_need(struct page *page, const struct need *need)
{
    const struct dataset *dataset = &page->view->config->datasets[need->dataset];
    char text[DURATION_TEXT_BYTES];

    html_add(page, "<li class=\"path\"><div class=\"step origin\"><b class=\"name\">");
    html_text(page, dataset->name);
    html_add(page, "</b>");
    if (need->rpo.stated) {
        duration_format(text, need->rpo.ms);
        buffer_printf(&page->text, "<small>RPO of its own: %s</small>", text);
    }
    html_add(page, "</div><ul>");
    for (size_t i = 0; i < dataset->source_count; i++) {
        const struct board_entry *entry = page->view->entries[dataset->sources[i]];

        html_add(page, "<li>");
        add_source_step(page, entry);
        add_recovery_point(page, entry);
        html_add(page, "</li>");
    }
    html_add(page, "</ul></li>\n");
}

void status_page_paths(struct page *page, const struct service *service)
{
    if (service->need_count > 0) {
        html_add(page, "<section aria-labelledby=\"paths\"><h2 id=\"paths\">The way of its data"
                       "</h2><ul class=\"paths\">\n");
        for (size_t i = 0; i < service->need_count; i++) {
            add_need(page, &service->needs[i]);
        }
        html_add(page, "</ul></section>\n");
    }
    if (service->evidence_count > 0) {
        html_add(page, "<section aria-labelledby=\"evidence\"><h2 id=\"evidence\">Other evidence"
                       "</h2><ul class=\"evidence\">\n");
        for (size_t i = 0; i < service->evidence_count; i++) {
            const struct board_entry *entry = page->view->entries[service->evidence[i]];

            html_add(page, "<li>");
            add_source_step(page, entry);
            html_add(page, "<small>last seen ");
            if (entry->last_success > 0) {
                html_ago(page, entry->last_success);
            } else {
                html_add(page, "never");
            }
            html_add(page, "</small></li>\n");
        }
        html_add(page, "</ul></section>\n");
    }
}
