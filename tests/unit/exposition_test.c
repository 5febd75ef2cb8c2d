/* SPDX-License-Identifier: Apache-2.0 */
/* The exposition: every family of the contract, in the form of both formats. */

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "exporter/exposition.h"
#include "exporter/framework_metrics.h"
#include "tests/unit/exposition_fixture.h"

static char *render(enum exposition_format format)
{
    struct fixture fixture = {0};
    char *text;
    size_t length;

    fixture_init(&fixture);
    exposition_render(fixture.board, format, &fixture.status, &text, &length);
    assert_int_equal(strlen(text), length);
    fixture_release(&fixture);
    return text;
}

static bool has_line(const char *text, const char *line)
{
    size_t length = strlen(line);

    for (const char *at = strstr(text, line); at != NULL; at = strstr(at + 1, line)) {
        if ((at == text || at[-1] == '\n') && at[length] == '\n') {
            return true;
        }
    }
    return false;
}

static void assert_lines(const char *text, const char *const *lines, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (!has_line(text, lines[i])) {
            fail_msg("missing: %s\n%s", lines[i], text);
        }
    }
}

/* The value of the sample with this name and labels; NaN when it is absent. */
static double value_of(const char *text, const char *series)
{
    const char *at = strstr(text, series);

    return at == NULL ? (double)NAN : strtod(at + strlen(series), NULL);
}

#define WEST "{source=\"orders-west\",collector=\"fake\",dataset=\"orders\""
#define SOUTH "{source=\"orders-south\",collector=\"fake\",dataset=\"orders\""
#define FILES "{source=\"files-west\",collector=\"fake\",dataset=\"files\""
#define CHECKOUT "{dr_service=\"checkout\",dr_tier=\"0\",disruption=\"region\""
#define REPORTS "{dr_service=\"reports\",dr_tier=\"1\",disruption=\"region\""

#define ORDERS "{dataset=\"orders\",dr_tier=\"0\",disruption=\"region\""
#define CORRUPTION "{dr_service=\"reports\",dr_tier=\"1\",disruption=\"corruption\""

static void test_plan(void **state)
{
    static const char *const lines[] = {
        "dr_service_info{dr_service=\"checkout\",dr_tier=\"0\",severity=\"critical\","
        "owner=\"the \\\"pay\\\" team\",runbook_url=\"https://example.com/<b>\"} 1",
        "dr_service_info{dr_service=\"reports\",dr_tier=\"1\",severity=\"warning\",owner=\"\","
        "runbook_url=\"\"} 1",
        "dr_source_info" FILES "} 1",
        "dr_source_interval_seconds" FILES "} 10",
        "dr_service_rto_objective_seconds" REPORTS "} 3600",
        "dr_service_rpo_objective_seconds" CHECKOUT "} 30",
        "dr_service_rpo_objective_seconds" REPORTS "} 300",
        /* The smallest that anybody needs. */
        "dr_dataset_rpo_objective_seconds" ORDERS "} 30",
        "dr_dataset_rpo_objective_seconds{dataset=\"files\",dr_tier=\"1\",disruption="
        "\"corruption\"} 86400",
        "dr_drill_max_age_seconds{dr_service=\"reports\",dr_tier=\"1\",drill=\"full\"} 31536000",
        "dr_runbook_max_age_seconds{dr_service=\"reports\",dr_tier=\"1\"} 7776000",
        "dr_rpo_met_min_ratio{dr_service=\"reports\",dr_tier=\"1\"} 0.999",
        "dr_capacity_min_ratio{dr_service=\"reports\",dr_tier=\"1\"} 0.5",
    };
    char *text = render(EXPOSITION_TEXT);

    (void)state;
    assert_lines(text, lines, sizeof lines / sizeof lines[0]);
    assert_null(strstr(text, "dr_runbook_max_age_seconds{dr_service=\"checkout\""));
    free(text);
}

static void test_sources(void **state)
{
    static const char *const lines[] = {
        "dr_source_up" WEST "} 1",
        "dr_source_up" SOUTH "} 0",
        "dr_source_up" FILES "} 0",
        "dr_source_last_collection_duration_seconds" WEST "} 0.125",
        "dr_source_collections_total" SOUTH "} 2",
        "dr_source_collections_total" FILES "} 0",
        "dr_source_failures_total" SOUTH ",reason=\"timeout\"} 1",
        "dr_source_failures_total" SOUTH ",reason=\"connect\"} 0",
        "dr_source_failures_total" FILES ",reason=\"internal\"} 0",
        "dr_recovery_point_age_seconds" WEST ",dr_tier=\"0\"} 2.5",
        "dr_zero_data_loss_enforced" WEST ",dr_tier=\"0\"} 1",
        "dr_fake_bytes" WEST ",slot=\"a\\\"b\"} 1024",
        "dr_fake_bytes" WEST ",slot=\"c\"} 2.5",
        "dr_fake_rounds_total" WEST "} 7",
    };
    char *text = render(EXPOSITION_TEXT);
    double now = clock_unix_seconds();
    double age = value_of(text, "dr_recovery_point_age_seconds" SOUTH ",dr_tier=\"0\"} ");

    (void)state;
    assert_lines(text, lines, sizeof lines / sizeof lines[0]);
    /* A source that failed: the age grows from its recovery point, nothing else is claimed. */
    assert_true(age >= 3 && age < 60);
    assert_true(
        fabs(value_of(text, "dr_recovery_point_timestamp_seconds" SOUTH ",dr_tier=\"0\"} ") -
             (now - 3)) < 60);
    assert_true(isnan(value_of(text, "dr_zero_data_loss_enforced" SOUTH)));
    assert_true(isnan(value_of(text, "dr_fake_bytes" SOUTH)));
    assert_true(value_of(text, "dr_source_last_success_timestamp_seconds" SOUTH "} ") > 1e9);
    /* One that never was collected claims nothing at all. */
    assert_true(isnan(value_of(text, "dr_recovery_point_age_seconds" FILES)));
    assert_true(isnan(value_of(text, "dr_source_last_success_timestamp_seconds" FILES)));
    assert_true(isnan(value_of(text, "dr_source_last_collection_duration_seconds" FILES)));
    assert_null(strstr(text, "dr_fake_never"));
    assert_null(strstr(text, "reason=\"none\""));
    free(text);
}

static void test_verdicts(void **state)
{
    static const char *const lines[] = {
        "dr_check" CHECKOUT ",check=\"rpo\",state=\"pass\"} 1",
        "dr_check" CHECKOUT ",check=\"rpo\",state=\"fail\"} 0",
        "dr_check" CHECKOUT ",check=\"rpo\",state=\"unknown\"} 0",
        "dr_check" REPORTS ",check=\"rpo\",state=\"pass\"} 0",
        "dr_check" REPORTS ",check=\"rpo\",state=\"unknown\"} 1",
        "dr_ready" REPORTS "} 0",
        "dr_rpo_met_seconds_total" CHECKOUT "} 4",
        "dr_rpo_missed_seconds_total" CHECKOUT "} 0",
        "dr_rpo_unknown_seconds_total" REPORTS "} 4",
        "dr_rpo_exposure_distribution_seconds_bucket" CHECKOUT ",le=\"+Inf\"} 4",
        "dr_rpo_exposure_distribution_seconds_count" CHECKOUT "} 4",
        "dr_rpo_exposure_distribution_seconds_bucket" REPORTS ",le=\"+Inf\"} 0",
        /* No source of the plan survives a corruption. */
        "dr_rpo_exposure_seconds" CORRUPTION "} +Inf",
    };
    char *text = render(EXPOSITION_TEXT);
    double last = -1;

    (void)state;
    assert_lines(text, lines, sizeof lines / sizeof lines[0]);
    assert_true(isnan(value_of(text, "dr_rpo_exposure_seconds" REPORTS)));
    for (size_t i = 0; i < accounting_bound_count; i++) {
        char series[256];
        double count;

        (void)snprintf(series, sizeof series,
                       "dr_rpo_exposure_distribution_seconds_bucket%s,le=\"%.1f\"} ", CHECKOUT,
                       accounting_bounds[i]);
        count = value_of(text, series);
        assert_true(count >= last);
        last = count;
    }
    free(text);
}

static void test_self(void **state)
{
    static const char *const lines[] = {
        "dr_exporter_build_info{version=\"" VERSION "\"} 1",
        "dr_exporter_observer_info{observer=\"us-west-2\"} 1",
        "dr_exporter_config_last_reload_successful 1",
        "dr_exporter_config_last_reload_success_timestamp_seconds 1700000000.5",
    };
    char *text = render(EXPOSITION_TEXT);

    (void)state;
    assert_lines(text, lines, sizeof lines / sizeof lines[0]);
    assert_true(value_of(text, "\nprocess_resident_memory_bytes ") > 100000);
    assert_true(value_of(text, "\nprocess_virtual_memory_bytes ") > 100000);
    assert_true(value_of(text, "\nprocess_open_fds ") >= 3);
    assert_true(value_of(text, "\nprocess_max_fds ") >= 3);
    assert_true(value_of(text, "\nprocess_threads ") >= 1);
    assert_true(value_of(text, "\nprocess_cpu_seconds_total ") >= 0);
    assert_true(fabs(value_of(text, "\nprocess_start_time_seconds ") - clock_unix_seconds()) < 300);
    free(text);
}

static void test_headers(void **state)
{
    static const char *const text_lines[] = {
        "# HELP dr_fake_bytes Bytes \"in\" a\\\\b\\nslot.", "# TYPE dr_fake_bytes gauge",
        "# TYPE dr_fake_rounds_total counter",
        "# TYPE dr_rpo_exposure_distribution_seconds histogram"};
    static const char *const openmetrics_lines[] = {
        "# HELP dr_fake_bytes Bytes \\\"in\\\" a\\\\b\\nslot.",
        "# TYPE dr_fake_bytes gauge",
        "# UNIT dr_fake_bytes bytes",
        "# TYPE dr_fake_rounds counter",
        "# TYPE process_cpu_seconds counter",
        "# UNIT process_cpu_seconds seconds",
        "# UNIT dr_capacity_min_ratio ratio",
        "# TYPE dr_rpo_exposure_distribution_seconds histogram"};
    char *text = render(EXPOSITION_TEXT);
    char *openmetrics = render(EXPOSITION_OPENMETRICS);

    (void)state;
    assert_lines(text, text_lines, sizeof text_lines / sizeof text_lines[0]);
    assert_lines(openmetrics, openmetrics_lines,
                 sizeof openmetrics_lines / sizeof openmetrics_lines[0]);
    assert_null(strstr(text, "# UNIT"));
    assert_null(strstr(text, "# EOF"));
    assert_string_equal(openmetrics + strlen(openmetrics) - 6, "# EOF\n");
    /* A family in one piece. */
    assert_null(strstr(strstr(text, "# TYPE dr_fake_bytes ") + 1, "# TYPE dr_fake_bytes "));
    free(text);
    free(openmetrics);
}

/* The rules that the other parts rely on. */
static void test_table(void **state)
{
    (void)state;
    for (size_t i = 0; i < FRAMEWORK_METRIC_COUNT; i++) {
        const struct metric *metric = &framework_metrics[i];
        const char *end;

        assert_non_null(metric->name);
        assert_true(strlen(metric->help) > 10);
        assert_true(metric->help[strlen(metric->help) - 1] == '.');
        end = metric->name + strlen(metric->name);
        assert_int_equal(metric->type == METRIC_COUNTER, strcmp(end - 6, "_total") == 0);
        if (metric->labels[0] != NULL && strcmp(metric->labels[0], "source") == 0) {
            assert_string_equal(metric->labels[1], "collector");
            assert_string_equal(metric->labels[2], "dataset");
        }
    }
}

static void test_reference(void **state)
{
    char *text = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&text, &length);

    (void)state;
    assert_non_null(out);
    assert_true(exposition_print_reference(out, NULL));
    assert_true(exposition_print_reference(out, "fake"));
    assert_false(exposition_print_reference(out, "nothing"));
    (void)fclose(out);
    assert_true(has_line(text, "### fake"));
    assert_true(has_line(text, "| `dr_fake_bytes` | gauge | `source`, `collector`, `dataset`, "
                               "`slot` | Bytes \"in\" a\\b slot. |"));
    assert_non_null(
        strstr(text, "| `dr_ready` | gauge | `dr_service`, `dr_tier`, `disruption` | "));
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plan),      cmocka_unit_test(test_sources),
        cmocka_unit_test(test_verdicts),  cmocka_unit_test(test_self),
        cmocka_unit_test(test_headers),   cmocka_unit_test(test_table),
        cmocka_unit_test(test_reference),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
