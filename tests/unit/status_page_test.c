/* SPDX-License-Identifier: Apache-2.0 */
/* The pages: the truth, escaped, and never an unknown in green. */

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "exporter/status_page.h"
#include "exporter/verdict.h"
#include "exporter/verdict_history.h"
#include "tests/unit/exposition_fixture.h"

static struct fixture fixture;

static int set_up(void **state)
{
    (void)state;
    fixture_init(&fixture);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    fixture_release(&fixture);
    return 0;
}

static char *render_query(struct board *board, const struct status_page_query *query, bool found)
{
    char *text;
    size_t length;

    assert_int_equal(
        status_page_render(board, &fixture.status, "/met\"rics", query, &text, &length), found);
    assert_int_equal(strlen(text), length);
    assert_null(strstr(text, "<script"));
    assert_non_null(strstr(text, "</html>"));
    return text;
}

static char *render(enum status_page_kind kind, const char *name)
{
    return render_query(fixture.board, &(struct status_page_query){.kind = kind, .name = name},
                        true);
}

/* What stands between the first `start` after the first `after`, and the `end` that follows. */
static char *cut(const char *page, const char *after, const char *start, const char *end)
{
    const char *at = strstr(page, after);

    if (at == NULL || (at = strstr(at, start)) == NULL || strstr(at, end) == NULL) {
        fail_msg("missing: %s … %s … %s\n%s", after, start, end, page);
    }
    return strndup(at, (size_t)(strstr(at, end) - at));
}

static void assert_contains(const char *text, const char *part)
{
    if (strstr(text, part) == NULL) {
        fail_msg("missing: %s\n%s", part, text);
    }
}

static void test_matrix(void **state)
{
    static const struct {
        const char *service;
        const char *disruption;
        const char *texts[5];
        const char *absent;
    } table[] = {
        {"checkout", "Region", {"class=\"pass\"", "#pass", "Ready", "of 30s"}, "gate"},
        {"reports",
         "Region",
         {"class=\"unknown\"", "#unknown", "Unknown", "not known", "gate closed"},
         "pass"},
        {"reports",
         "Corruption",
         {"class=\"fail\"", "#fail", "Not ready", "everything", "gate closed"},
         "pass"},
    };
    char *page = render(STATUS_PAGE_BOARD, NULL);

    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        char link[64];
        char cell[64];
        char *row;
        char *text;

        (void)snprintf(link, sizeof link, "?name=%s\">", table[i].service);
        (void)snprintf(cell, sizeof cell, "<b class=\"which\">%s", table[i].disruption);
        row = cut(strstr(page, "id=\"services\""), link, "<td", "</tr>");
        text = strstr(row, cell);
        assert_non_null(text);
        while (strncmp(text, "<td", 3) != 0) {
            text--;
        }
        *strstr(text, "</td>") = '\0';
        for (size_t j = 0; j < 5 && table[i].texts[j] != NULL; j++) {
            assert_contains(text, table[i].texts[j]);
        }
        assert_null(strstr(text, table[i].absent));
        free(row);
    }
    assert_contains(page, "1 of 2 services is not ready");
    assert_contains(page, "0<small> of 1 ready"); /* For corruption. */
    assert_contains(page, "RTO 1h</span> <span>RPO 5m");
    free(page);
}

static void test_attention(void **state)
{
    char *page = render(STATUS_PAGE_BOARD, NULL);
    char *card = cut(page, "id=\"attention\"", "<article", "</article>");

    (void)state;
    assert_contains(card, "?name=reports\"");
    assert_contains(card, "rpo fails</b> <small>Corruption</small>");
    assert_contains(card, "rpo unknown</b> <small>Region</small>");
    /* What is the same for both is said once. */
    assert_contains(card, "runbook unknown</b> <small>Region, Corruption</small>");
    assert_contains(card, "for 0s, since ");
    assert_contains(card, "Weakest link: ");
    assert_null(strstr(strstr(page, "</article>") + 1, "<article"));
    free(card);
    free(page);
}

static void test_sources(void **state)
{
    char *page = render(STATUS_PAGE_BOARD, NULL);

    (void)state;
    assert_contains(page, "&lt;no&gt; answer &amp; &quot;more&quot; in 5s");
    assert_contains(page, "not collected yet");
    assert_contains(page, "href=\"./met&quot;rics\"");
    assert_contains(page, "Up: 1 of 3");
    assert_null(strstr(page, "<no>"));
    assert_null(strstr(page, "was refused"));
    /* What is down stands before what is up. */
    assert_true(strstr(page, "?name=orders-south\"") < strstr(page, "?name=orders-west\""));
    free(page);
    fixture.status.last_reload_successful = false;
    page = render(STATUS_PAGE_BOARD, NULL);
    assert_contains(page, "was refused");
    free(page);
}

static void test_service(void **state)
{
    char *page = render(STATUS_PAGE_SERVICE, "checkout");

    (void)state;
    assert_contains(page, "Owner</dt><dd>the &quot;pay&quot; team");
    assert_contains(page, "href=\"https://example.com/&lt;b&gt;\"");
    assert_contains(page, "Gate open</b>: a failover may go ahead.");
    assert_contains(page, "?name=orders-south\"");
    assert_contains(page, "2.5s behind");
    assert_contains(page, "behind, and growing");
    assert_contains(page, "counts for zone, region");
    assert_contains(page, "RPO met 4s, missed 0s, unknown 0s");
    free(page);
    page = render(STATUS_PAGE_SERVICE, "reports");
    assert_contains(page, "Gate closed</b>: a restore must not go ahead.");
    assert_contains(page, "RPO of its own: 1m");
    assert_contains(page, "Recovery point not known");
    free(page);
}

static void test_source(void **state)
{
    const struct runbook_evidence runbook = {.problem = "it is <gone>"};
    char *page = render(STATUS_PAGE_SOURCE, "orders-south");

    (void)state;
    assert_contains(page, "Down</small>");
    assert_contains(page, "just now: &lt;no&gt; answer");
    assert_contains(page, "2, 1 failed: timeout");
    assert_contains(page, "125ms of 5s that it may take");
    assert_contains(page, "Next collection</dt><dd>within ");
    assert_contains(page, "?name=checkout\"");
    free(page);
    page = render(STATUS_PAGE_SOURCE, "files-west");
    assert_contains(page, "Latest</dt><dd>never");
    assert_contains(page, "none since it was started");
    free(page);
    /* It answers, but there is nothing: not good. */
    fixture.entries[0]->snapshot->evidence.nothing_to_restore = "no <backup>";
    page = render(STATUS_PAGE_SOURCE, "orders-west");
    assert_contains(page, "<div class=\"summary fail\">");
    assert_contains(page, "Nothing to restore</dt><dd>no &lt;backup&gt;");
    free(page);
    fixture.entries[0]->snapshot->evidence =
        (struct evidence){.runbooks = &runbook, .runbook_count = 1};
    page = render(STATUS_PAGE_SOURCE, "orders-west");
    assert_contains(page, "<div class=\"summary fail\">");
    assert_contains(page, "Runbook</dt><dd>it is &lt;gone&gt;");
    free(page);
}

/* What a source said long ago is no evidence, and what is not enough is not rounded to it. */
static void test_evidence_of_a_source(void **state)
{
    struct snapshot *snapshot = fixture.entries[0]->snapshot;
    char *page;

    (void)state;
    snapshot->evidence =
        (struct evidence){.endpoint = {.known = true}, .capacity.ratio = {true, 0.996}};
    page = render(STATUS_PAGE_SOURCE, "orders-west");
    assert_contains(page, "Endpoint</dt><dd>is fit");
    assert_contains(page, "Room, of what is needed</dt><dd>99 %");
    free(page);
    snapshot->finished_monotonic_ms -= 2 * fixture.entries[0]->source->interval_ms + 1;
    page = render(STATUS_PAGE_SOURCE, "orders-west");
    assert_contains(page, "collection overdue");
    assert_null(strstr(page, "is fit"));
    assert_null(strstr(page, "Room, of what is needed"));
    free(page);
}

static void test_missing(void **state)
{
    static const char *const names[] = {NULL, "", "nobody", "<script>", "checkou", "checkout2"};

    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        struct status_page_query query = {STATUS_PAGE_SERVICE, names[i], false};

        char *page = render_query(fixture.board, &query, false);

        assert_null(strstr(page, "renewed every"));
        free(page);
        query.kind = STATUS_PAGE_SOURCE;
        free(render_query(fixture.board, &query, false));
    }
}

static void test_pause(void **state)
{
    struct status_page_query query = {STATUS_PAGE_SERVICE, "checkout", true};
    char *page = render_query(fixture.board, &query, true);

    (void)state;
    assert_contains(page, "paused: this is how it was then");
    assert_contains(page, "href=\"?name=checkout\">go on");
    free(page);
    page = render(STATUS_PAGE_SERVICE, "checkout");
    assert_contains(page, "href=\"?name=checkout&amp;refresh=off\">pause");
    free(page);
}

/* A day: good, an hour of which nobody knows anything, a loss of everything, a rest that is good.
 */
static void test_history(void **state)
{
    const struct board_view *view = board_lock(fixture.board);
    struct verdict_history *history = view->accounting->accounts[0].history;
    double now = clock_unix_seconds();
    struct verdict verdict = {.state = CHECK_PASS, .has_exposure = true, .exposure_seconds = 3};
    char *page;

    (void)state;
    verdict.checks[CHECK_RPO] = (struct check){.present = true, .state = CHECK_PASS};
    verdict_history_advance(history, &verdict, 3600, false, now - 20 * 3600);
    verdict_history_advance(history, &verdict, 3600, true, now - 19 * 3600);
    verdict.checks[CHECK_RPO].state = verdict.state = CHECK_FAIL;
    verdict.exposure_seconds = (double)INFINITY;
    verdict_history_advance(history, &verdict, 3600, false, now - 10 * 3600);
    board_unlock(fixture.board);
    page = render(STATUS_PAGE_SERVICE, "checkout");
    assert_contains(page, "RPO met 1h, missed 1h, unknown 1h; at worst everything at risk");
    assert_contains(page, "<rect class=\"fail\" x=\"");
    assert_contains(page, "<rect class=\"unknown\" x=\"");
    assert_null(strstr(page, "inf"));
    assert_null(strstr(page, "nan"));
    free(page);
}

static const char hostile_plan[] =
    "tiers: [{name: '<b>0', description: '</style>', rpo: 30s}]\n"
    "services:\n"
    "  - {name: '<script>alert(1)</script>', tier: '<b>0', datasets: ['\"><img src=x>'],\n"
    "     owner: '<i>', runbook_url: 'javascript:alert(1)'}\n"
    "  - {name: \"a/b?c=d&e#f%41+g h'\", tier: '<b>0', datasets: ['\"><img src=x>'],\n"
    "     depends_on: ['<script>alert(1)</script>', '..', \"\\u00fc\\u202e\"]}\n"
    "  - {name: '..', tier: '<b>0', datasets: ['\"><img src=x>']}\n"
    "  - {name: \"\\u00fc\\u202e\", tier: '<b>0', datasets: ['\"><img src=x>']}\n"
    "sources: [{name: '<svg onload=x>', collector: fake, dataset: '\"><img src=x>'}]\n";

static void test_hostile_names(void **state)
{
    static const char *const forbidden[] = {"<img",        "<b>0",      "<i>",
                                            "<svg onload", "</style>'", "href=\"javascript"};
    char *report = NULL;
    struct config *config =
        config_load_text(hostile_plan, strlen(hostile_plan), "plan.yml", &report);
    struct board_entry **entries = calloc(1, sizeof *entries);
    struct board *board = board_new();
    struct board_entry *entry;

    (void)state;
    if (config == NULL || entries == NULL) {
        fail_msg("%s", report);
    }
    entries[0] = board_entry_new(config->sources[0]);
    (void)board_replace(board, config, entries);
    for (size_t i = 0; i <= config->service_count + 1; i++) {
        struct status_page_query query = {.kind = STATUS_PAGE_SERVICE};
        char *page;

        if (i < config->service_count) {
            query.name = config->services[i].name;
        } else if (i == config->service_count) {
            query.kind = STATUS_PAGE_BOARD;
        } else {
            query = (struct status_page_query){STATUS_PAGE_SOURCE, "<svg onload=x>", false};
        }
        page = render_query(board, &query, true);
        for (size_t j = 0; j < sizeof forbidden / sizeof forbidden[0]; j++) {
            if (strstr(page, forbidden[j]) != NULL) {
                fail_msg("%s in\n%s", forbidden[j], page);
            }
        }
        if (query.kind == STATUS_PAGE_BOARD) {
            assert_contains(page, "service?name=a%2Fb%3Fc%3Dd%26e%23f%2541%2Bg%20h%27\"");
            assert_contains(page, "service?name=%C3%BC%E2%80%AE\"");
            assert_contains(page, "service?name=..\"");
        }
        free(page);
    }
    entry = entries[0];
    board_free(board);
    board_entry_free(entry);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_matrix, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_attention, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_sources, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_service, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_source, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_evidence_of_a_source, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_missing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_pause, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_history, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_hostile_names, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
