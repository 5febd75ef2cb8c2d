/* SPDX-License-Identifier: Apache-2.0 */
/* The last 24 hours of a verdict as two drawings: a strip of its state and a curve of what would
 * have been lost. What was not observed stays blank. */

#include <math.h>

#include "exporter/duration.h"
#include "exporter/status_page_parts.h"
#include "exporter/verdict_history.h"

#define STRIP_HEIGHT 12
#define CURVE_HEIGHT 48

/* The worse, the taller: a strip can be read without its colours. */
static const int heights[CHECK_STATE_COUNT] = {
    [CHECK_PASS] = 4, [CHECK_UNKNOWN] = 8, [CHECK_FAIL] = STRIP_HEIGHT};

static void begin_drawing(struct page *page, const char *class, int height)
{
    buffer_printf(&page->text,
                  "<svg class=\"%s\" viewBox=\"0 0 %d %d\" preserveAspectRatio=\"none\" "
                  "aria-hidden=\"true\">",
                  class, HISTORY_SLOTS, height);
}

static void add_strip(struct page *page, const struct history_slot slots[HISTORY_SLOTS])
{
    begin_drawing(page, "strip", STRIP_HEIGHT);
    for (int i = 0; i < HISTORY_SLOTS;) {
        enum check_state state = slots[i].worst_state;
        int end = i + 1;

        while (end < HISTORY_SLOTS && slots[end].observed == slots[i].observed &&
               (!slots[i].observed || slots[end].worst_state == state)) {
            end++;
        }
        if (slots[i].observed) {
            buffer_printf(
                &page->text, "<rect class=\"%s\" x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\"/>",
                html_state_class(state), i, STRIP_HEIGHT - heights[state], end - i, heights[state]);
        }
        i = end;
    }
    html_add(page, "</svg>");
}

/* What stands at the top of the curve: the objective, and what went beyond it, with some air. */
static double find_top(const struct history_slot slots[HISTORY_SLOTS], double objective)
{
    double top = objective;

    for (int i = 0; i < HISTORY_SLOTS; i++) {
        if (slots[i].has_exposure && isfinite(slots[i].worst_exposure_seconds)) {
            top = fmax(top, slots[i].worst_exposure_seconds);
        }
    }
    return top > 0 ? top * 1.25 : 1;
}

static void add_curve(struct page *page, const struct history_slot slots[HISTORY_SLOTS],
                      const struct limit *rpo)
{
    double objective = rpo->stated ? (double)rpo->ms / 1000 : 0;
    double top = find_top(slots, objective);

    begin_drawing(page, "curve", CURVE_HEIGHT);
    html_add(page, "<path class=\"area\" d=\"");
    for (int i = 0; i < HISTORY_SLOTS; i++) {
        double height;

        if (!slots[i].observed || !slots[i].has_exposure) {
            continue;
        }
        height = fmin(slots[i].worst_exposure_seconds / top, 1) * CURVE_HEIGHT;
        buffer_printf(&page->text, "M%d %dv-%.1fh1v%.1fz", i, CURVE_HEIGHT, height, height);
    }
    html_add(page, "\"/>");
    if (rpo->stated) {
        buffer_printf(&page->text, "<path class=\"objective\" d=\"M0 %.1fH%d\"/>",
                      CURVE_HEIGHT - fmin(objective / top * CURVE_HEIGHT, CURVE_HEIGHT - 1),
                      HISTORY_SLOTS);
    }
    html_add(page, "</svg>");
}

static void add_seconds(struct page *page, const char *word, unsigned seconds)
{
    buffer_printf(&page->text, "%s ", word);
    html_duration(page, seconds);
}

/* The same in words. */
static void add_caption(struct page *page, const struct history_slot slots[HISTORY_SLOTS],
                        const struct verdict *verdict)
{
    unsigned seconds[CHECK_STATE_COUNT] = {0};
    double worst = -1;

    for (int i = 0; i < HISTORY_SLOTS; i++) {
        for (int state = 0; slots[i].observed && state < CHECK_STATE_COUNT; state++) {
            seconds[state] += slots[i].rpo_seconds[state];
        }
        if (slots[i].observed && slots[i].has_exposure) {
            worst = fmax(worst, slots[i].worst_exposure_seconds);
        }
    }
    html_add(page, "<figcaption>Last 24 hours");
    if (verdict->checks[CHECK_RPO].present) {
        add_seconds(page, ": RPO met", seconds[CHECK_PASS]);
        add_seconds(page, ", missed", seconds[CHECK_FAIL]);
        add_seconds(page, ", unknown", seconds[CHECK_UNKNOWN]);
        if (worst >= 0) {
            html_add(page, "; at worst ");
            if (isinf(worst)) {
                html_add(page, "everything");
            } else {
                html_duration(page, worst);
            }
            html_add(page, " at risk");
        }
        html_add(page, ". Above, all checks: the taller, the worse; below, data at risk");
        html_add(page, verdict->rpo.stated ? " and, dashed, the RPO." : ".");
    }
    html_add(page, "</figcaption>");
}

void status_page_history(struct page *page, size_t index)
{
    const struct accounting *accounting = page->view->accounting;
    const struct verdict *verdict = &page->verdicts[index];
    struct history_slot slots[HISTORY_SLOTS];

    if (accounting == NULL || index >= accounting->count) {
        return;
    }
    verdict_history_read(accounting->accounts[index].history, page->now, slots);
    html_add(page, "<figure class=\"history\">");
    add_strip(page, slots);
    if (verdict->checks[CHECK_RPO].present) {
        add_curve(page, slots, &verdict->rpo);
    }
    html_add(page, "<p class=\"axis\" aria-hidden=\"true\"><span>24 h ago</span><span>12 h</span>"
                   "<span>now</span></p>");
    add_caption(page, slots, verdict);
    html_add(page, "</figure>");
}
