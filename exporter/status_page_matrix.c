/* SPDX-License-Identifier: Apache-2.0 */
/* All services, a table a tier and a column a disruption, and all sources. On a phone the rows
 * become cards. Tables that are laid out otherwise are tables only by their roles. */

#include "exporter/clock.h"
#include "exporter/duration.h"
#include "exporter/status_page_parts.h"

static void add_limit(struct page *page, const char *name, const struct limit *limit)
{
    char text[DURATION_TEXT_BYTES];

    if (limit->stated) {
        duration_format(text, limit->ms);
        buffer_printf(&page->text, "<span>%s %s</span> ", name, text);
    }
}

static void add_heading(struct page *page, const struct tier *tier, size_t number)
{
    buffer_printf(&page->text, "<h3 id=\"tier%zu\">Tier ", number);
    html_text(page, tier->name);
    if (*tier->description != '\0') {
        html_add(page, " <small>");
        html_text(page, tier->description);
        html_add(page, "</small>");
    }
    buffer_printf(&page->text,
                  "</h3>\n<table role=\"table\" aria-labelledby=\"tier%zu\" class=\"matrix\">"
                  "<thead role=\"rowgroup\"><tr role=\"row\">"
                  "<th role=\"columnheader\" scope=\"col\">Service</th>",
                  number);
    for (enum disruption d = 0; d < DISRUPTION_COUNT; d++) {
        if (tier->in_scope[d]) {
            html_add(page, "<th role=\"columnheader\" scope=\"col\">");
            html_disruption(page, d);
            html_add(page, " <small>");
            add_limit(page, "RTO", &tier->rto[d]);
            add_limit(page, "RPO", &tier->rpo[d]);
            html_add(page, "</small></th>");
        }
    }
    html_add(page, "</tr></thead><tbody role=\"rowgroup\">\n");
}

static void add_cell(struct page *page, size_t index)
{
    const struct verdict *verdict = &page->verdicts[index];

    html_add(page, "<td role=\"cell\" class=\"");
    html_add(page, html_state_class(verdict->state));
    html_add(page, "\"><b class=\"which\">");
    html_disruption(page, verdict->disruption);
    html_add(page, "</b>");
    html_state(page, verdict->state, html_state_word(verdict->state));
    /* What is ready has an open gate, because all that it depends on is ready too. */
    if (verdict->state != CHECK_PASS) {
        struct gate gate =
            gate_evaluate(page->arena, page->view->config, page->verdicts, page->verdict_count,
                          index, page->now + clock_step_seconds());

        html_add(page, gate.open ? "<span class=\"gate\">gate open</span>"
                                 : "<span class=\"gate\">gate closed</span>");
    }
    html_exposure(page, verdict);
    html_add(page, "</td>");
}

static void add_row(struct page *page, const struct service_standing *standing)
{
    html_add(page, "<tr role=\"row\" class=\"");
    html_add(page, html_state_class(standing->state));
    html_add(page, "\"><th role=\"rowheader\" scope=\"row\">");
    html_service_link(page, standing->service->name);
    if (*standing->service->owner != '\0') {
        html_add(page, "<small>");
        html_text(page, standing->service->owner);
        html_add(page, "</small>");
    }
    html_add(page, "</th>");
    for (size_t i = 0; i < standing->count; i++) {
        add_cell(page, standing->first + i);
    }
    html_add(page, "</tr>\n");
}

static void add_tier(struct page *page, size_t number)
{
    static const enum check_state order[] = {CHECK_FAIL, CHECK_UNKNOWN, CHECK_PASS};
    const struct config *config = page->view->config;
    const struct tier *tier = &config->tiers[number];
    size_t columns = 0;
    size_t count = 0;

    for (size_t i = 0; i < config->service_count; i++) {
        count += config->services[i].tier == tier ? 1 : 0;
    }
    for (enum disruption d = 0; d < DISRUPTION_COUNT; d++) {
        columns += tier->in_scope[d] ? 1 : 0;
    }
    if (count == 0) {
        return;
    }
    html_add(page, columns > 2 ? "<div class=\"tier wide\">" : "<div class=\"tier\">");
    add_heading(page, tier, number);
    for (size_t i = 0; i < sizeof order / sizeof order[0]; i++) {
        for (size_t j = 0; j < config->service_count; j++) {
            if (config->services[j].tier == tier && page->services[j].state == order[i]) {
                add_row(page, &page->services[j]);
            }
        }
    }
    html_add(page, "</tbody></table></div>\n");
}

void status_page_matrix(struct page *page)
{
    html_add(page, "<section aria-labelledby=\"services\"><h2 id=\"services\">Services</h2>"
                   "<p class=\"legend\">Data at risk now, and the bar that it fills up to the mark "
                   "of what may be lost.</p><div class=\"tiers\">\n");
    for (size_t i = 0; i < page->view->config->tier_count; i++) {
        add_tier(page, i);
    }
    html_add(page, "</div></section>\n");
}

static void add_source(struct page *page, const struct board_entry *entry)
{
    const char *problem = entry_problem(entry, page->monotonic_ms);
    const char *word;
    enum check_state state = html_source_state(page, entry, &word);
    double age;

    html_add(page, "<tr role=\"row\"><th role=\"rowheader\" scope=\"row\">");
    html_source_link(page, entry->source->name);
    html_add(page, "<small>");
    html_add(page, entry->source->collector->name);
    html_add(page, "</small></th><td role=\"cell\"><b class=\"which\">Protects</b>");
    html_text(page, entry->source->dataset == NULL ? "evidence" : entry->source->dataset);
    html_add(page, "</td><td role=\"cell\" class=\"");
    html_add(page, html_state_class(state));
    html_add(page, "\"><b class=\"which\">State</b>");
    html_state(page, state, word);
    html_add(page, "</td><td role=\"cell\"><b class=\"which\">Recovery point</b>");
    if (entry->source->dataset == NULL) {
        html_add(page, "&#8211;");
    } else if (entry_recovery_point_age(entry, page->now, page->monotonic_ms, &age)) {
        html_duration(page, age);
        html_add(page, " old");
    } else {
        html_add(page, "not known");
    }
    html_add(page, "</td><td role=\"cell\"><b class=\"which\">Last seen</b>");
    if (entry->last_success > 0) {
        html_ago(page, entry->last_success);
    } else {
        html_add(page, "never");
    }
    if (*problem != '\0') {
        html_add(page, "<span class=\"problem\">");
        html_text(page, problem);
        html_add(page, "</span>");
    }
    html_add(page, "</td></tr>\n");
}

static void add_sources(struct page *page, bool up)
{
    html_add(page, "<table role=\"table\" class=\"sources\" aria-label=\"");
    html_add(page, up ? "Sources that are up" : "Sources that are down");
    html_add(page, "\"><thead role=\"rowgroup\"><tr role=\"row\">"
                   "<th role=\"columnheader\" scope=\"col\">Source</th>"
                   "<th role=\"columnheader\" scope=\"col\">Protects</th>"
                   "<th role=\"columnheader\" scope=\"col\">State</th>"
                   "<th role=\"columnheader\" scope=\"col\">Recovery point</th>"
                   "<th role=\"columnheader\" scope=\"col\">Last seen</th></tr></thead>"
                   "<tbody role=\"rowgroup\">\n");
    for (size_t i = 0; i < page->view->entry_count; i++) {
        if (entry_is_up(page->view->entries[i], page->monotonic_ms) == up) {
            add_source(page, page->view->entries[i]);
        }
    }
    html_add(page, "</tbody></table>\n");
}

void status_page_sources(struct page *page)
{
    size_t up = 0;

    for (size_t i = 0; i < page->view->entry_count; i++) {
        up += entry_is_up(page->view->entries[i], page->monotonic_ms) ? 1 : 0;
    }
    html_add(page, "<section aria-labelledby=\"sources\"><h2 id=\"sources\">Sources</h2>\n");
    if (up < page->view->entry_count) {
        add_sources(page, false);
    }
    if (up > 0) {
        buffer_printf(&page->text, "<details%s><summary>Up: %zu of %zu</summary>\n",
                      up <= 30 ? " open" : "", up, page->view->entry_count);
        add_sources(page, true);
        html_add(page, "</details>\n");
    }
    html_add(page, "</section>\n");
}
