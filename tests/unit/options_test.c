/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of the command line. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "exporter/cleanup.h"
#include "exporter/options.h"

#define ARGUMENTS_MAX 8

/* Parses "dr_exporter" and the arguments up to NULL. */
static bool parse(const char *const *arguments, struct options *ret_options, char **ret_message)
{
    char *argv[ARGUMENTS_MAX + 2] = {(char *)"dr_exporter"};
    int argc = 1;

    while (arguments[argc - 1] != NULL) {
        argv[argc] = (char *)arguments[argc - 1];
        argc++;
    }
    return options_parse(argc, argv, ret_options, ret_message);
}

static void has_defaults(void **state)
{
    struct options options;
    char *message = NULL;

    (void)state;
    assert_true(parse((const char *const[]){NULL}, &options, &message));
    assert_int_equal(options.command, COMMAND_SERVE);
    assert_string_equal(options.config_file, "dr.yml");
    assert_string_equal(options.listen_address, ":10112");
    assert_string_equal(options.listen_host, "");
    assert_int_equal(options.listen_port, 10112);
    assert_string_equal(options.telemetry_path, "/metrics");
    assert_null(options.web_config_file);
    assert_null(options.collector);
    assert_false(options.enable_lifecycle || options.help || options.version);
    assert_int_equal(options.log_level, LOG_INFO);
    assert_int_equal(options.log_format, LOG_LOGFMT);
}

static void takes_values_in_both_forms(void **state)
{
    struct options options;
    char *message = NULL;

    (void)state;
    assert_true(
        parse((const char *const[]){"--config.file", "a.yml", "--web.config.file=w.yml", "once",
                                    "--web.enable-lifecycle", "--log.format=json", NULL},
              &options, &message));
    assert_int_equal(options.command, COMMAND_ONCE);
    assert_string_equal(options.config_file, "a.yml");
    assert_string_equal(options.web_config_file, "w.yml");
    assert_true(options.enable_lifecycle);
    assert_int_equal(options.log_format, LOG_JSON);
    assert_true(parse((const char *const[]){"--log.level", "debug", "--web.telemetry-path=/m",
                                            "metrics", "postgres", NULL},
                      &options, &message));
    assert_int_equal(options.command, COMMAND_METRICS);
    assert_string_equal(options.collector, "postgres");
    assert_string_equal(options.telemetry_path, "/m");
    assert_int_equal(options.log_level, LOG_DEBUG);
}

static void knows_commands_help_and_version(void **state)
{
    static const struct {
        const char *arguments[ARGUMENTS_MAX + 1];
        enum command command;
        bool help;
        bool version;
    } cases[] = {
        {{"serve"}, COMMAND_SERVE, false, false},
        {{"check-config"}, COMMAND_CHECK_CONFIG, false, false},
        {{"settings"}, COMMAND_SETTINGS, false, false},
        {{"--", "settings", "postgres"}, COMMAND_SETTINGS, false, false},
        {{"once", "--help"}, COMMAND_ONCE, true, false},
        {{"-h"}, COMMAND_SERVE, true, false},
        {{"--version"}, COMMAND_SERVE, false, true},
        {{"drill", "check", "a.prom"}, COMMAND_DRILL_CHECK, false, false},
        {{"drill", "--help"}, COMMAND_SERVE, true, false},
        {{"drill", "record", "--help"}, COMMAND_DRILL_RECORD, true, false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct options options;
        char *message = NULL;

        assert_true(parse(cases[i].arguments, &options, &message));
        assert_int_equal(options.command, cases[i].command);
        assert_int_equal(options.help, cases[i].help);
        assert_int_equal(options.version, cases[i].version);
    }
}

static void reads_addresses(void **state)
{
    static const struct {
        const char *text;
        const char *host;
        uint16_t port;
    } cases[] = {
        {":1", "", 1},
        {":0", "", 0},
        {"127.0.0.1:65535", "127.0.0.1", 65535},
        {"[::1]:9100", "::1", 9100},
        {"[::]:9100", "::", 9100},
        {"dr.example.com:80", "dr.example.com", 80},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct options options;
        char *message = NULL;

        assert_true(parse((const char *const[]){"--web.listen-address", cases[i].text, NULL},
                          &options, &message));
        assert_string_equal(options.listen_address, cases[i].text);
        assert_string_equal(options.listen_host, cases[i].host);
        assert_int_equal(options.listen_port, cases[i].port);
    }
}

static void refuses_other_addresses(void **state)
{
    static const char *const cases[] = {
        "",       "10112",   "host",    "::1:80",    ":",         ":http",  ":80x",
        ":65536", ":999999", ":-1",     "[::1]",     "[::1:1",    "::1]:1", "[]:80",
        "[a]:80", "a:b:80",  "1.2.3.4", "[::1]x:80", "x[::1]:80", ": 80",
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        CLEANUP(free_text) char *message = NULL;
        struct options options = {.listen_port = 7};

        assert_false(parse((const char *const[]){"--web.listen-address", cases[i], NULL}, &options,
                           &message));
        assert_non_null(strstr(message, "--web.listen-address cannot be "));
        assert_int_equal(options.listen_port, 7);
    }
}

/* Command lines that are wrong, and what is said of them. */
static const struct {
    const char *arguments[ARGUMENTS_MAX + 1];
    const char *message;
} wrong_lines[] = {
    {{"chek-config"}, "unknown command chek-config; did you mean check-config?"},
    {{"frobnicate"}, "unknown command frobnicate;"},
    {{"gate"}, "gate needs the name of a service;"},
    {{"gate", "a", "b"}, "unexpected argument \"b\";"},
    {{"status", "a"}, "unexpected argument \"a\";"},
    {{"once", "--url=http://a"}, "--url is a flag of gate and status only;"},
    {{"--url=a"}, "--url cannot be \"a\": write for example http://127.0.0.1:10112;"},
    {{"gate", "a", "--user=b"}, "--user and --password-file belong together;"},
    {{"gate", "a", "--disruption=fire"},
     "--disruption cannot be \"fire\": write zone, region, corruption or ransomware;"},
    {{"gate", "a", "--lost-since=now"},
     "--lost-since cannot be \"now\": write an instant such as 2026-11-21T03:12:00Z;"},
    {{"drill"}, "drill needs record or check after it;"},
    {{"drill", "chek"}, "unknown command drill chek; did you mean drill check?"},
    {{"drill", "check"}, "drill check needs the paths of .prom files;"},
    {{"once", "--service=a"}, "--service is a flag of drill record only;"},
    {{"drill", "record"}, "drill record needs --directory=PATH;"},
    {{"once", "--impact=low"}, "--impact is a flag of objectives only;"},
    {{"objectives"}, "objectives needs --hourly-revenue=NUMBER;"},
    {{"objectives", "--impact=huge"},
     "--impact cannot be \"huge\": write low, medium, high or critical;"},
    {{"objectives", "--regulatory=some"},
     "--regulatory cannot be \"some\": write none, moderate or strict;"},
    {{"objectives", "--hourly-revenue=-1"},
     "--hourly-revenue cannot be \"-1\": write a number that is not negative, such as 25000;"},
    {{"objectives", "--transactions=1,000"},
     "--transactions cannot be \"1,000\": write a number that is not negative, such as 25000;"},
    {{"objectives", "--recreation-cost=+Inf"},
     "--recreation-cost cannot be \"+Inf\": write a number that is not negative, such as 25000;"},
    {{"--servce=a"}, "unknown flag --servce; did you mean --service?"},
    {{"--service="}, "--service cannot be \"\": give the name of a service of the configuration;"},
    {{"--service=a\nb"},
     "--service cannot be \"a\nb\": write the name in UTF-8 and on one "
     "line;"},
    {{"--type=fire"},
     "--type cannot be \"fire\": write tabletop, component, restore, partial or full;"},
    {{"--result=ok"}, "--result cannot be \"ok\": write success or failure;"},
    {{"--recovery=7"},
     "--recovery cannot be \"7\": write a duration of more than 0s, such as 7m30s;"},
    {{"--recovery=0s"},
     "--recovery cannot be \"0s\": write a duration of more than 0s, such as 7m30s;"},
    {{"serve", "now"}, "unexpected argument \"now\";"},
    {{"settings", "postgres", "redis"}, "unexpected argument \"redis\";"},
    {{"--config.fil=x"}, "unknown flag --config.fil; did you mean --config.file?"},
    {{"--web.listen"}, "unknown flag --web.listen; did you mean --web.listen-address?"},
    {{"--log.lvel=info"}, "unknown flag --log.lvel; did you mean --log.level?"},
    {{"--frobnicate=secret"}, "unknown flag --frobnicate;"},
    {{"-x"}, "unknown flag -x;"},
    {{"-"}, "unknown flag -;"},
    {{"--config.file"}, "--config.file needs a value: --config.file=PATH;"},
    {{"--config.file="}, "--config.file cannot be \"\": give the path of a file;"},
    {{"--version=1"}, "--version takes no value;"},
    {{"--web.enable-lifecycle=true"}, "--web.enable-lifecycle takes no value;"},
    {{"--log.level=loud"}, "--log.level cannot be \"loud\": write debug, info, warn or error;"},
    {{"--log.format", "xml"}, "--log.format cannot be \"xml\": write logfmt or json;"},
    {{"--web.telemetry-path=metrics"},
     "--web.telemetry-path cannot be \"metrics\": write a path such as /metrics, which is "
     "neither / nor below /-/;"},
    {{"--web.listen-address=:1", "--web.listen-address=:2"},
     "--web.listen-address is given twice;"},
};

static void says_what_would_be_right(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof wrong_lines / sizeof wrong_lines[0]; i++) {
        CLEANUP(free_text) char *message = NULL;
        CLEANUP(free_text) char *expected = NULL;
        struct options options;

        assert_false(parse(wrong_lines[i].arguments, &options, &message));
        assert_true(asprintf(&expected, "dr_exporter: %s see dr_exporter --help",
                             wrong_lines[i].message) > 0);
        assert_string_equal(message, expected);
    }
}

#define DRILL "drill", "record", "--directory=d", "--service=a", "--type=full"

static void reads_drills(void **state)
{
    struct options options;
    char *message = NULL;

    (void)state;
    assert_true(
        parse((const char *const[]){DRILL, "--result=success", "--phase=detect=40s,cleanup=3m",
                                    "--at=2026-11-21T04:00:00.5+01:00", NULL},
              &options, &message));
    assert_int_equal(options.command, COMMAND_DRILL_RECORD);
    assert_string_equal(options.record.directory, "d");
    assert_string_equal(options.record.service, "a");
    assert_int_equal(options.record.type, DRILL_FULL);
    assert_true(options.record.succeeded);
    assert_true(options.record.at.known && options.record.at.value == 1795230000.5);
    assert_true(options.record.phases[DRILL_PHASE_DETECT].value == 40);
    assert_true(options.record.phases[DRILL_PHASE_CLEANUP].value == 180);
    assert_false(options.record.phases[DRILL_PHASE_VERIFY].known);
    assert_false(options.record.recovery_seconds.known || options.record.runbook_validated);
    assert_true(parse((const char *const[]){DRILL, "--result=failure", "--data-loss=0s",
                                            "--runbook-validated", NULL},
                      &options, &message));
    assert_false(options.record.succeeded || options.record.at.known);
    assert_true(options.record.data_loss_seconds.known && options.record.runbook_validated);
}

static void refuses_other_drills(void **state)
{
    static const struct {
        const char *argument;
        const char *message;
    } cases[] = {
        {"--result=success", "a drill that was not cleaned up is no success"},
        {"--phase=detect", "write each phase once"},
        {"--phase=detect=1", "write each phase once"},
        {"--phase=coffee=1m", "write each phase once"},
        {"--phase=detect=1s,detect=2s", "write each phase once"},
        {"--phase=", "write each phase once"},
        {"--data-loss=-1s", "write a duration"},
        {"--at=2999-01-01T00:00:00Z", "in the future"},
        {"--at=now", "write an instant"},
        {"--at=2026-02-30T00:00:00Z", "write an instant"},
        {"--at=2026-11-21T04:00:00", "write an instant"},
        {"--at=2026-11-21T04:00:00+1:00", "write an instant"},
        {"--at=2026-11-21T04:00:00.Z", "write an instant"},
        {"--at=2026-11-21 04:00:00Z", "write an instant"},
        {"--at=2026-11-21T24:00:00Z", "write an instant"},
        {"--at=1969-11-21T04:00:00Z", "write an instant"},
        {"more", "unexpected argument \"more\""},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        CLEANUP(free_text) char *message = NULL;
        struct options options;

        assert_false(
            parse((const char *const[]){DRILL, cases[i].argument, NULL}, &options, &message));
        if (strstr(message, cases[i].message) == NULL) {
            fail_msg("%s: %s", cases[i].argument, message);
        }
    }
}

static void collects_files(void **state)
{
    char *argv[] = {
        (char *)"dr_exporter",         (char *)"drill", (char *)"check",   (char *)"a.prom",
        (char *)"--config.file=c.yml", (char *)"--",    (char *)"-b.prom", NULL};
    struct options options;
    char *message = NULL;

    (void)state;
    assert_true(options_parse(7, argv, &options, &message));
    assert_int_equal(options.file_count, 2);
    assert_string_equal(options.files[0], "a.prom");
    assert_string_equal(options.files[1], "-b.prom");
    assert_true(options.config_file_given);
    assert_string_equal(options.config_file, "c.yml");
}

/* Every flag and command that is parsed is in the help, and the columns are not overrun. */
static void prints_help(void **state)
{
    static const char *const words[] = {
        "  serve ",
        "  check-config ",
        "  once ",
        "  settings [COLLECTOR]",
        "  metrics [COLLECTOR]",
        "  drill record ",
        "  drill check FILE...",
        "  --phase=PHASES ",
        "  --runbook-validated ",
        "  --config.file=PATH ",
        "  --web.listen-address=ADDRESS ",
        "  --web.telemetry-path=PATH ",
        "  --web.config.file=PATH ",
        "  --web.enable-lifecycle ",
        "  --log.level=LEVEL ",
        "  --log.format=FORMAT ",
        "  --version ",
        "  --help ",
        "Default: :10112\n",
        "\nEnvironment:\n",
        "\nExit status:\n",
        "\nExample:\n",
    };
    CLEANUP(free_text) char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);

    (void)state;
    assert_non_null(out);
    options_print_help(out);
    assert_int_equal(fclose(out), 0);
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        assert_non_null(strstr(text, words[i]));
    }
    for (const char *line = text; *line != '\0'; line += strcspn(line, "\n") + 1) {
        assert_true(strcspn(line, "\n") <= 100);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(has_defaults),
        cmocka_unit_test(takes_values_in_both_forms),
        cmocka_unit_test(knows_commands_help_and_version),
        cmocka_unit_test(reads_addresses),
        cmocka_unit_test(refuses_other_addresses),
        cmocka_unit_test(says_what_would_be_right),
        cmocka_unit_test(reads_drills),
        cmocka_unit_test(refuses_other_drills),
        cmocka_unit_test(collects_files),
        cmocka_unit_test(prints_help),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
