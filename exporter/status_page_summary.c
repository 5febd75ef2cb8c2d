/* SPDX-License-Identifier: Apache-2.0 */
/* The top of the board: one sentence, one line a disruption, and what keeps services from being
 * ready. */

#include <string.h>

#include "exporter/clock.h"
#include "exporter/status_page_parts.h"

/* Beyond this the cards would bury the table, in which every service stands anyway. */
#define CARDS_MAX 12

static const char *plural(size_t count)
{
    return count == 1 ? "" : "s";
}

static void add_verdict_of_all(struct page *page, const size_t counts[CHECK_STATE_COUNT])
{
    size_t all = counts[CHECK_PASS] + counts[CHECK_UNKNOWN] + counts[CHECK_FAIL];
    size_t waiting = all - counts[CHECK_PASS];
    enum check_state state = counts[CHECK_FAIL] > 0    ? CHECK_FAIL
                             : waiting > 0 || all == 0 ? CHECK_UNKNOWN
                                                       : CHECK_PASS;

    html_add(page, "<div class=\"summary ");
    html_add(page, html_state_class(state));
    html_add(page, "\"><h1>");
    html_state(page, state, "");
    if (all == 0) {
        html_add(page, "Nothing is judged");
    } else if (waiting == 0) {
        buffer_printf(&page->text, all == 1 ? "The service is ready" : "All %zu services are ready",
                      all);
    } else {
        buffer_printf(&page->text, "%zu of %zu service%s %s not ready", waiting, all, plural(all),
                      waiting == 1 ? "is" : "are");
    }
    html_add(page, "</h1><p>");
    if (waiting == 0) {
        html_add(page, "If a disaster in scope struck now, each would meet its objectives.");
    } else {
        if (counts[CHECK_FAIL] > 0) {
            buffer_printf(&page->text, "%zu fail%s at least one check. ", counts[CHECK_FAIL],
                          counts[CHECK_FAIL] == 1 ? "s" : "");
        }
        if (counts[CHECK_UNKNOWN] > 0) {
            buffer_printf(&page->text, "Of %zu it is not known, which counts as not ready.",
                          counts[CHECK_UNKNOWN]);
        }
    }
    html_add(page, "</p>\n");
}

static void add_share(struct page *page, const char *class, size_t count)
{
    if (count > 0) {
        buffer_printf(&page->text, "<i class=\"%s\" style=\"flex-grow:%zu\"></i>", class, count);
    }
}

static void add_disruption(struct page *page, enum disruption disruption)
{
    size_t counts[CHECK_STATE_COUNT] = {0};
    enum check_state worst = CHECK_PASS;
    size_t all = 0;

    for (size_t i = 0; i < page->verdict_count; i++) {
        if (page->verdicts[i].disruption == disruption) {
            enum check_state state = page->verdicts[i].state;

            counts[state]++;
            all++;
            worst = state > worst ? state : worst;
        }
    }
    if (all == 0) {
        return;
    }
    html_add(page, "<li class=\"");
    html_add(page, html_state_class(worst));
    html_add(page, "\"><b>");
    html_disruption(page, disruption);
    buffer_printf(&page->text, "</b><span class=\"count\">%zu<small> of %zu ready</small></span>",
                  counts[CHECK_PASS], all);
    html_add(page, "<span class=\"shares\" aria-hidden=\"true\">");
    for (int state = CHECK_FAIL; state >= 0; state--) {
        add_share(page, html_state_class((enum check_state)state), counts[state]);
    }
    html_add(page, "</span></li>\n");
}

void status_page_summary(struct page *page)
{
    size_t counts[CHECK_STATE_COUNT] = {0};

    for (size_t i = 0; i < page->view->config->service_count; i++) {
        counts[page->services[i].state]++;
    }
    add_verdict_of_all(page, counts);
    html_add(page, "<ul class=\"disruptions\">");
    for (enum disruption d = 0; d < DISRUPTION_COUNT; d++) {
        add_disruption(page, d);
    }
    html_add(page, "</ul><nav aria-label=\"On this page\">");
    html_add(page, counts[CHECK_UNKNOWN] + counts[CHECK_FAIL] > 0
                       ? "<a href=\"#attention\">Not ready</a> "
                       : "");
    html_add(page, "<a href=\"#services\">Services</a> <a href=\"#sources\">Sources</a></nav>"
                   "</div>\n");
}

/* The disruptions of the service for which the same check says the same. */
static bool add_disruptions(struct page *page, const struct service_standing *standing, size_t at,
                            enum check_kind kind)
{
    const struct check *check = &page->verdicts[standing->first + at].checks[kind];
    const char *separator = "";

    for (size_t i = 0; i < standing->count; i++) {
        const struct verdict *verdict = &page->verdicts[standing->first + i];
        const struct check *other = &verdict->checks[kind];

        if (!other->present || other->state != check->state ||
            strcmp(other->reason, check->reason) != 0) {
            continue;
        }
        if (i < at) {
            return false; /* It was said before. */
        }
        if (*separator == '\0') {
            html_add(page, "<li class=\"");
            html_add(page, html_state_class(check->state));
            html_add(page, "\"><b>");
            html_add(page, check_kind_name(kind));
            html_add(page, check->state == CHECK_FAIL ? " fails" : " unknown");
            html_add(page, "</b> <small>");
        }
        html_add(page, separator);
        html_disruption(page, verdict->disruption);
        separator = ", ";
    }
    html_add(page, "</small> ");
    return true;
}

static void add_blockers(struct page *page, const struct service_standing *standing)
{
    html_add(page, "<ul class=\"blockers\">");
    for (enum check_kind kind = 0; kind < CHECK_KIND_COUNT; kind++) {
        for (size_t i = 0; i < standing->count; i++) {
            const struct check *check = &page->verdicts[standing->first + i].checks[kind];

            if (check->present && check->state != CHECK_PASS &&
                add_disruptions(page, standing, i, kind)) {
                html_text(page, check->reason);
                html_add(page, " ");
                html_since(page, standing->first + i, kind);
                html_add(page, "</li>");
            }
        }
    }
    html_add(page, "</ul>");
}

static void add_line(struct page *page, size_t index)
{
    const struct verdict *verdict = &page->verdicts[index];
    struct gate gate = gate_evaluate(page->arena, page->view->config, page->verdicts,
                                     page->verdict_count, index, page->now + clock_step_seconds());

    html_add(page, "<li class=\"");
    html_add(page, html_state_class(verdict->state));
    html_add(page, "\"><b>");
    html_disruption(page, verdict->disruption);
    html_add(page, "</b>");
    html_state(page, verdict->state, html_state_word(verdict->state));
    html_add(page, gate.open ? "<span class=\"gate\">gate open</span>"
                             : "<span class=\"gate\">gate closed</span>");
    html_add(page, "<span class=\"exposure\">");
    html_exposure(page, verdict);
    html_add(page, "</span></li>");
}

/* Of the verdict that is worst off. */
static void add_weakest(struct page *page, const struct service_standing *standing)
{
    const struct verdict *worst = NULL;

    for (size_t i = 0; i < standing->count; i++) {
        const struct verdict *verdict = &page->verdicts[standing->first + i];

        if (verdict->weakest_dataset != NULL && verdict->checks[CHECK_RPO].state != CHECK_PASS &&
            (worst == NULL || verdict->checks[CHECK_RPO].state > worst->checks[CHECK_RPO].state)) {
            worst = verdict;
        }
    }
    if (worst != NULL) {
        html_add(page, "<p class=\"weakest\">Weakest link: <b class=\"name\">");
        html_text(page, worst->weakest_dataset);
        html_add(page, "</b>");
        if (worst->weakest_source == NULL) {
            html_add(page, ", which no source protects against ");
            html_add(page, disruption_name(worst->disruption));
            html_add(page, "</p>");
        } else {
            html_add(page, " through ");
            html_source_link(page, worst->weakest_source);
            html_add(page, "</p>");
        }
    }
}

static void add_card(struct page *page, const struct service_standing *standing)
{
    const struct service *service = standing->service;

    html_add(page, "<article class=\"");
    html_add(page, html_state_class(standing->state));
    html_add(page, "\"><h3>");
    html_service_link(page, service->name);
    html_add(page, " <small>tier ");
    html_text(page, service->tier->name);
    if (*service->owner != '\0') {
        html_add(page, " &#183; ");
        html_text(page, service->owner);
    }
    html_add(page, "</small></h3><ul class=\"lines\">");
    for (size_t i = 0; i < standing->count; i++) {
        add_line(page, standing->first + i);
    }
    html_add(page, "</ul>");
    add_weakest(page, standing);
    add_blockers(page, standing);
    html_add(page, "</article>\n");
}

/* What fails by itself, then what waits for others, then what is unknown. */
static unsigned rank(const struct service_standing *standing)
{
    return (standing->state == CHECK_FAIL ? 0U : 2U) + (standing->only_dependencies ? 1U : 0U);
}

void status_page_attention(struct page *page)
{
    size_t shown = 0;
    size_t count = 0;

    for (size_t i = 0; i < page->view->config->service_count; i++) {
        count += page->services[i].state != CHECK_PASS ? 1 : 0;
    }
    if (count == 0) {
        return;
    }
    html_add(page, "<section aria-labelledby=\"attention\"><h2 id=\"attention\">Not ready</h2>"
                   "<div class=\"cards\">\n");
    for (unsigned wanted = 0; wanted < 4; wanted++) {
        for (size_t i = 0; i < page->view->config->service_count && shown < CARDS_MAX; i++) {
            const struct service_standing *standing = &page->services[i];

            if (standing->state != CHECK_PASS && rank(standing) == wanted) {
                add_card(page, standing);
                shown++;
            }
        }
    }
    html_add(page, "</div>\n");
    if (shown < count) {
        buffer_printf(&page->text,
                      "<p>%zu more are not ready; the table below has all of them, and each has a "
                      "page with its reasons.</p>\n",
                      count - shown);
    }
    html_add(page, "</section>\n");
}
