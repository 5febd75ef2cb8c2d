/* SPDX-License-Identifier: Apache-2.0 */
/* The page of one service: each disruption with all its checks, gate and last 24 hours; the way of
 * its data; what it depends on, and what depends on it. */

#include <string.h>

#include "exporter/clock.h"
#include "exporter/duration.h"
#include "exporter/status_page_parts.h"

bool service_uses_source(const struct service *service, const struct config *config,
                         size_t source_index)
{
    for (size_t i = 0; i < service->evidence_count; i++) {
        if (service->evidence[i] == source_index) {
            return true;
        }
    }
    for (size_t i = 0; i < service->need_count; i++) {
        const struct dataset *dataset = &config->datasets[service->needs[i].dataset];

        for (size_t j = 0; j < dataset->source_count; j++) {
            if (dataset->sources[j] == source_index) {
                return true;
            }
        }
    }
    return false;
}

static void add_objective(struct page *page, const char *name, const struct limit *limit)
{
    char text[DURATION_TEXT_BYTES];

    html_add(page, "<dt>");
    html_add(page, name);
    html_add(page, "</dt><dd>");
    if (limit->stated) {
        duration_format(text, limit->ms);
        html_add(page, text);
    } else {
        html_add(page, "none stated");
    }
    html_add(page, "</dd>");
}

static void add_figures(struct page *page, const struct verdict *verdict)
{
    html_add(page, "<dl>");
    if (verdict->checks[CHECK_RPO].present) {
        html_add(page, "<dt>Data at risk</dt><dd>");
        html_exposure(page, verdict);
        html_add(page, "</dd>");
    }
    add_objective(page, "Recovery time objective",
                  &verdict->service->tier->rto[verdict->disruption]);
    if (verdict->weakest_dataset != NULL) {
        html_add(page, "<dt>Weakest link</dt><dd><span class=\"name\">");
        html_text(page, verdict->weakest_dataset);
        html_add(page, "</span>");
        if (verdict->weakest_source == NULL) {
            html_add(page, ", no source");
        } else {
            html_add(page, " through ");
            html_source_link(page, verdict->weakest_source);
        }
        html_add(page, "</dd>");
    }
    if (verdict->oldest_restorable.known) {
        html_add(page, "<dt>Restorable back to</dt><dd>");
        html_instant(page, verdict->oldest_restorable.value);
        html_add(page, "</dd>");
    }
    html_add(page, "</dl>");
}

static void add_checks(struct page *page, size_t index)
{
    const struct verdict *verdict = &page->verdicts[index];

    html_add(page, "<ul class=\"checks\">");
    for (int state = CHECK_FAIL; state >= 0; state--) {
        for (enum check_kind kind = 0; kind < CHECK_KIND_COUNT; kind++) {
            const struct check *check = &verdict->checks[kind];

            if (!check->present || check->state != (enum check_state)state) {
                continue;
            }
            html_add(page, "<li class=\"");
            html_add(page, html_state_class(check->state));
            html_add(page, "\">");
            html_state(page, check->state, check_state_name(check->state));
            html_add(page, "<b>");
            html_add(page, check_kind_name(kind));
            html_add(page, "</b><span>");
            html_text(page, check->reason);
            html_add(page, " ");
            html_since(page, index, kind);
            html_add(page, "</span></li>");
        }
    }
    html_add(page, "</ul>");
}

static void add_findings(struct page *page, const struct gate_finding *findings, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        html_add(page, "<li><b>");
        html_service_link(page, findings[i].service);
        html_add(page, " ");
        html_add(page, check_kind_name(findings[i].kind));
        html_add(page, findings[i].state == CHECK_FAIL ? " fails" : " unknown");
        html_add(page, "</b> ");
        html_text(page, findings[i].reason);
        if (findings[i].override != NULL) {
            html_add(page, " <em>The plan accepts this loss: ");
            html_text(page, findings[i].override);
            html_add(page, "</em>");
        }
        html_add(page, "</li>");
    }
}

static void add_gate(struct page *page, size_t index)
{
    const struct verdict *verdict = &page->verdicts[index];
    struct gate gate = gate_evaluate(page->arena, page->view->config, page->verdicts,
                                     page->verdict_count, index, page->now + clock_step_seconds());

    html_add(page, "<div class=\"gates ");
    html_add(page, gate.open ? "pass" : "fail");
    html_add(page, "\"><p><b>");
    html_add(page, gate.open ? "Gate open" : "Gate closed");
    html_add(page, disruption_needs_restore(verdict->disruption)
                       ? gate.open ? "</b>: a restore may go ahead."
                                   : "</b>: a restore must not go ahead."
                   : gate.open ? "</b>: a failover may go ahead."
                               : "</b>: a failover must not go ahead.");
    html_add(page, "</p>");
    if (gate.blocker_count > 0) {
        html_add(page, "<p>Blocked by</p><ul>");
        add_findings(page, gate.blockers, gate.blocker_count);
        html_add(page, "</ul>");
    }
    if (gate.warning_count > 0) {
        html_add(page, "<p>Warnings</p><ul>");
        add_findings(page, gate.warnings, gate.warning_count);
        html_add(page, "</ul>");
    }
    html_add(page, "</div>");
}

static void add_verdict(struct page *page, size_t index)
{
    const struct verdict *verdict = &page->verdicts[index];

    html_add(page, "<article class=\"verdict ");
    html_add(page, html_state_class(verdict->state));
    html_add(page, "\"><h3>");
    html_disruption(page, verdict->disruption);
    html_add(page, " ");
    html_state(page, verdict->state, html_state_word(verdict->state));
    html_add(page, "</h3>");
    add_figures(page, verdict);
    add_checks(page, index);
    add_gate(page, index);
    status_page_history(page, index);
    html_add(page, "</article>\n");
}

/* Only what a browser fetches; a plan could hold a link that does something else. */
static void add_runbook(struct page *page, const char *url)
{
    if (*url == '\0') {
        return;
    }
    html_add(page, "<dt>Runbook</dt><dd>");
    if (strncmp(url, "https://", 8) == 0 || strncmp(url, "http://", 7) == 0) {
        html_add(page, "<a href=\"");
        html_text(page, url);
        html_add(page, "\" rel=\"noreferrer\">");
        html_text(page, url);
        html_add(page, "</a>");
    } else {
        html_text(page, url);
    }
    html_add(page, "</dd>");
}

static void add_neighbour(struct page *page, size_t index)
{
    const struct service_standing *standing = &page->services[index];

    html_add(page, "<li class=\"");
    html_add(page, html_state_class(standing->state));
    html_add(page, "\">");
    html_state(page, standing->state, html_state_word(standing->state));
    html_add(page, " ");
    html_service_link(page, standing->service->name);
    html_add(page, "</li>");
}

static void add_neighbours(struct page *page, const struct service *service)
{
    const struct config *config = page->view->config;
    bool any = false;

    if (service->depends_on_count > 0) {
        html_add(page, "<dt>Depends on</dt><dd><ul class=\"neighbours\">");
        for (size_t i = 0; i < service->depends_on_count; i++) {
            add_neighbour(page, service->depends_on[i]);
        }
        html_add(page, "</ul></dd>");
    }
    for (size_t i = 0; i < config->service_count; i++) {
        for (size_t j = 0; j < config->services[i].depends_on_count; j++) {
            if (&config->services[config->services[i].depends_on[j]] == service) {
                html_add(page, any ? "" : "<dt>Needed by</dt><dd><ul class=\"neighbours\">");
                any = true;
                add_neighbour(page, i);
            }
        }
    }
    html_add(page, any ? "</ul></dd>" : "");
}

void status_page_service(struct page *page, const struct service_standing *standing)
{
    const struct service *service = standing->service;

    html_begin(
        page, arena_printf(page->arena, "%s: %s", service->name, html_state_word(standing->state)));
    html_add(page, "<div class=\"summary ");
    html_add(page, html_state_class(standing->state));
    html_add(page, "\"><h1>");
    html_state(page, standing->state, "");
    html_add(page, "<span class=\"name\">");
    html_text(page, service->name);
    html_add(page, "</span> <small>");
    html_add(page, html_state_word(standing->state));
    html_add(page, "</small></h1><dl><dt>Tier</dt><dd>");
    html_text(page, service->tier->name);
    if (*service->tier->description != '\0') {
        html_add(page, ", ");
        html_text(page, service->tier->description);
    }
    html_add(page, "</dd>");
    if (*service->owner != '\0') {
        html_add(page, "<dt>Owner</dt><dd>");
        html_text(page, service->owner);
        html_add(page, "</dd>");
    }
    add_runbook(page, service->runbook_url);
    add_neighbours(page, service);
    html_add(page, "</dl></div>\n<section aria-labelledby=\"disruptions\">"
                   "<h2 id=\"disruptions\">If it struck now</h2><div class=\"verdicts\">\n");
    for (size_t i = 0; i < standing->count; i++) {
        add_verdict(page, standing->first + i);
    }
    html_add(page, "</div></section>\n");
    status_page_paths(page, service);
}
