/* SPDX-License-Identifier: Apache-2.0 */
/* The board as pages for people: what is not ready comes first, with its reasons. */

#include "exporter/status_page.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "exporter/clock.h"
#include "exporter/status_page_parts.h"

static void stand(struct page *page, struct service_standing *standing)
{
    bool own = false;

    for (size_t i = 0; i < standing->count; i++) {
        const struct verdict *verdict = &page->verdicts[standing->first + i];

        if (verdict->state > standing->state) {
            standing->state = verdict->state;
        }
        for (enum check_kind kind = 0; kind < CHECK_KIND_COUNT; kind++) {
            own = own || (kind != CHECK_DEPENDENCY && verdict->checks[kind].present &&
                          verdict->checks[kind].state != CHECK_PASS);
        }
    }
    if (standing->count == 0) {
        standing->state = CHECK_UNKNOWN;
    }
    standing->only_dependencies = standing->state != CHECK_PASS && !own;
}

/* The verdicts are in the order of the services. */
static void find_standings(struct page *page)
{
    const struct config *config = page->view->config;
    size_t next = 0;

    page->services =
        arena_alloc_array(page->arena, config->service_count + 1, sizeof *page->services);
    for (size_t i = 0; i < config->service_count; i++) {
        struct service_standing *standing = &page->services[i];

        *standing = (struct service_standing){
            .service = &config->services[i], .first = next, .state = CHECK_PASS};
        while (next < page->verdict_count && page->verdicts[next].service == standing->service) {
            standing->count++;
            next++;
        }
        stand(page, standing);
    }
}

static void add_plan_warnings(struct page *page)
{
    const struct config *config = page->view->config;

    if (config->warning_count == 0) {
        return;
    }
    buffer_printf(&page->text, "<details><summary>Warnings about the plan: %zu</summary><ul>",
                  config->warning_count);
    for (size_t i = 0; i < config->warning_count; i++) {
        html_add(page, "<li>");
        html_text(page, config->warnings[i]);
        html_add(page, "</li>");
    }
    html_add(page, "</ul></details>\n");
}

static void add_board(struct page *page)
{
    html_begin(page, "Disaster recovery readiness");
    status_page_summary(page);
    status_page_attention(page);
    status_page_matrix(page);
    status_page_sources(page);
    add_plan_warnings(page);
}

static void add_missing(struct page *page, const char *kind)
{
    page->missing = true;
    html_begin(page, "Not in the plan");
    html_add(page, "<div class=\"summary unknown\"><h1>");
    html_state(page, CHECK_UNKNOWN, "");
    html_add(page, "There is no such ");
    html_add(page, kind);
    html_add(page, "</h1><p>The plan has no ");
    html_add(page, kind);
    html_add(page, " <b class=\"name\">");
    html_text(page, page->query->name == NULL ? "without a name" : page->query->name);
    html_add(page, "</b>. It may have been renamed or removed; <a href=\"./\">the board</a> shows "
                   "all there are.</p></div>\n");
}

static bool add_service(struct page *page)
{
    const struct config *config = page->view->config;

    for (size_t i = 0; page->query->name != NULL && i < config->service_count; i++) {
        if (strcmp(config->services[i].name, page->query->name) == 0) {
            status_page_service(page, &page->services[i]);
            return true;
        }
    }
    add_missing(page, "service");
    return false;
}

static bool add_source(struct page *page)
{
    for (size_t i = 0; page->query->name != NULL && i < page->view->entry_count; i++) {
        if (strcmp(page->view->entries[i]->source->name, page->query->name) == 0) {
            status_page_source(page, page->view->entries[i]);
            return true;
        }
    }
    add_missing(page, "source");
    return false;
}

bool status_page_render(struct board *board, const struct exporter_status *status,
                        const char *telemetry_path, const struct status_page_query *query,
                        char **ret_text, size_t *ret_length)
{
    static _Atomic size_t expected_bytes = 32L * 1024;
    struct arena *arena = arena_new();
    struct page page = {.arena = arena,
                        .query = query,
                        .status = status,
                        .telemetry_path = telemetry_path,
                        .now = clock_unix_seconds(),
                        .monotonic_ms = clock_monotonic_ms()};
    bool found = true;

    buffer_init(&page.text, expected_bytes);
    page.view = board_lock(board);
    page.verdicts =
        verdicts_evaluate(arena, page.view, page.now, page.monotonic_ms, &page.verdict_count);
    find_standings(&page);
    switch (query->kind) {
    case STATUS_PAGE_BOARD:
        add_board(&page);
        break;
    case STATUS_PAGE_SERVICE:
        found = add_service(&page);
        break;
    case STATUS_PAGE_SOURCE:
        found = add_source(&page);
        break;
    }
    html_end(&page);
    board_unlock(board);
    arena_free(arena);
    if (query->kind == STATUS_PAGE_BOARD) {
        expected_bytes = page.text.length + page.text.length / 8;
    }
    *ret_text = buffer_detach(&page.text, ret_length);
    return found;
}
