/* SPDX-License-Identifier: Apache-2.0 */
/* The status page: the truth, escaped, and never an unknown in green. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "exporter/status_page.h"
#include "tests/unit/exposition_fixture.h"

static char *render(bool reload_successful)
{
    struct fixture fixture = {0};
    char *text;
    size_t length;

    fixture_init(&fixture);
    fixture.status.last_reload_successful = reload_successful;
    status_page_render(fixture.board, &fixture.status, "/met\"rics", &text, &length);
    assert_int_equal(strlen(text), length);
    fixture_release(&fixture);
    return text;
}

/* The card of a service and disruption, up to its end. */
static char *card(const char *page, const char *service, const char *disruption)
{
    char heading[128];
    const char *at;
    const char *start;

    (void)snprintf(heading, sizeof heading, "<h3>%s <small>%s,", service, disruption);
    at = strstr(page, heading);
    assert_non_null(at);
    for (start = at; strncmp(start, "<article", 8) != 0; start--) {
    }
    return strndup(start, (size_t)(strstr(at, "</article>") - start));
}

static void test_cards(void **state)
{
    static const struct {
        const char *service;
        const char *disruption;
        const char *texts[4];
        const char *absent;
    } table[] = {
        {"checkout", "region", {"class=\"pass\"", "Ready", "; allowed: 30s"}, "ot ready"},
        {"reports",
         "region",
         {"class=\"unknown\"", "Unknown: not ready", "rpo unknown", "files"},
         "pass"},
        {"reports",
         "corruption",
         {"class=\"fail\"", "Not ready", "everything: no path survives", "rpo fail"},
         "pass"},
    };
    char *page = render(true);

    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        char *text = card(page, table[i].service, table[i].disruption);

        for (size_t j = 0; j < 4 && table[i].texts[j] != NULL; j++) {
            if (strstr(text, table[i].texts[j]) == NULL) {
                fail_msg("missing: %s\n%s", table[i].texts[j], text);
            }
        }
        assert_null(strstr(text, table[i].absent));
        free(text);
    }
    assert_non_null(strstr(page, "1 of 3 ready."));
    /* The worst first. */
    assert_true(strstr(page, "<article class=\"fail\"") < strstr(page, "<article class=\"unknown"));
    assert_true(strstr(page, "<article class=\"unknown") < strstr(page, "<article class=\"pass\""));
    free(page);
}

static void test_sources(void **state)
{
    char *page = render(true);

    (void)state;
    assert_non_null(strstr(page, "&lt;no&gt; answer &amp; &quot;more&quot; in 5s"));
    assert_null(strstr(page, "<no>"));
    assert_non_null(strstr(page, "not collected yet"));
    assert_non_null(strstr(page, "href=\"/met&quot;rics\""));
    assert_null(strstr(page, "<script"));
    assert_null(strstr(page, "was refused"));
    free(page);
}

static void test_refused_reload(void **state)
{
    char *page = render(false);

    (void)state;
    assert_non_null(strstr(page, "was refused"));
    free(page);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cards),
        cmocka_unit_test(test_sources),
        cmocka_unit_test(test_refused_reload),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
