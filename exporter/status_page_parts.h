/* SPDX-License-Identifier: Apache-2.0 */
/* What the pages are made of; only status_page*.c include it. Everything here is used under the
 * board's lock. Whatever the plan or a system wrote goes through html_text() or html_query(). */

#ifndef EXPORTER_STATUS_PAGE_PARTS_H
#define EXPORTER_STATUS_PAGE_PARTS_H

#include "exporter/buffer.h"
#include "exporter/gate.h"
#include "exporter/status_page.h"

/* All verdicts of one service, and how they stand together. */
struct service_standing {
    const struct service *service;
    size_t first; /* Index of its first verdict. */
    size_t count;
    enum check_state state; /* Of the worst; unknown without any. */
    bool only_dependencies; /* Nothing but what it depends on keeps it from being ready. */
};

struct page {
    struct buffer text;
    struct arena *arena;
    const struct board_view *view;
    const struct status_page_query *query;
    const struct exporter_status *status;
    const char *telemetry_path;
    const struct verdict *verdicts;
    size_t verdict_count;
    struct service_standing *services; /* In the order of the file. */
    double now;                        /* By our clock. */
    int64_t monotonic_ms;
    bool missing; /* There is nothing to show, and nothing to renew. */
};

extern const char *const status_page_style[]; /* Ends with NULL. */

/* --- status_page_html.c: the small parts. --- */

void html_add(struct page *page, const char *html);
void html_text(struct page *page, const char *text);
/* As the value of a parameter in a link. */
void html_query(struct page *page, const char *text);
void html_duration(struct page *page, double seconds);
/* "2026-11-21 14:03:12 UTC"; `instant` is of our own clock. */
void html_instant(struct page *page, double instant);
/* "4m 10s ago" */
void html_ago(struct page *page, double instant);
/* "4m 10s, since 14:03:12": how long a check has been in its state; nothing if that is not known.
 */
void html_since(struct page *page, size_t verdict, enum check_kind kind);
/* Shape and word; the class of the element around it gives the colour. */
void html_state(struct page *page, enum check_state state, const char *word);
const char *html_state_class(enum check_state state);
/* "Ready", "Unknown", "Not ready" */
const char *html_state_word(enum check_state state);
void html_service_link(struct page *page, const char *name);
void html_source_link(struct page *page, const char *name);
/* "Region": in a place of its own. */
void html_disruption(struct page *page, enum disruption disruption);
/* How a source stands: what answers but has nothing to give is not good either. */
enum check_state html_source_state(const struct page *page, const struct board_entry *entry,
                                   const char **ret_word);
/* Figures and bar: what would be lost, against what may be. */
void html_exposure(struct page *page, const struct verdict *verdict);
void html_begin(struct page *page, const char *title);
void html_end(struct page *page);

/* --- The larger ones, a file each. --- */

void status_page_summary(struct page *page);
void status_page_attention(struct page *page);
void status_page_matrix(struct page *page);
void status_page_sources(struct page *page);
void status_page_service(struct page *page, const struct service_standing *standing);
void status_page_source(struct page *page, const struct board_entry *entry);
/* From each dataset of the service through its sources to the recovery point. */
void status_page_paths(struct page *page, const struct service *service);
/* The last 24 hours of verdicts[index], drawn. */
void status_page_history(struct page *page, size_t index);

/* Does the source protect a dataset of the service, or is it evidence for it? */
bool service_uses_source(const struct service *service, const struct config *config,
                         size_t source_index);

#endif
