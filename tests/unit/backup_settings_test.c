/* SPDX-License-Identifier: Apache-2.0 */
/* Settings of the backup collector that contradict each other are refused with what is right. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "collectors/backup_settings.h"
#include "exporter/evidence.h"

#define USUAL                                                                                      \
    (SURVIVES(DISRUPTION_ZONE) | SURVIVES(DISRUPTION_REGION) | SURVIVES(DISRUPTION_CORRUPTION))

static const char *const command[] = {"pgbackrest", "info", NULL};

static void assert_refused(const struct backup_settings *settings, unsigned survives,
                           const char *message)
{
    struct backup_settings own = *settings;
    struct error error = {.message = ""};
    bool good;

    own.objects.prefix = "";
    good = backup_settings_check(&own, survives, &error);

    print_message("%s\n", error.message);
    assert_int_equal(good, message == NULL);
    if (message != NULL) {
        assert_non_null(strstr(error.message, message));
    }
}

static void test_formats_and_transports(void **state)
{
    static const struct {
        struct backup_settings settings;
        const char *message;
    } cases[] = {
        {{.set = "", .format = "pgbackrest", .command = command}, NULL},
        {{.set = "", .format = "pgbackrest", .file = "/a"}, NULL},
        {{.set = "", .format = "pgbackrest", .url = "https://a/b"}, NULL},
        {{.set = "", .format = "files", .glob = "/a/*", .dump_duration_ms = 1}, NULL},
        {{.set = "", .format = "files", .glob = "/a/*", .name_time = "%s"}, NULL},
        {{.set = "", .format = "files", .glob = "/a/*"}, "format \"files\" needs \"name_time\""},
        {{.set = "",
          .format = "objects",
          .objects = {.s3 = {.bucket = "bucket", .endpoint = "http://127.0.0.1:9"}}},
         "\"dump_duration\": a backup is as of when it was begun"},
        {{.set = "", .format = "etcd", .glob = "/a/*"}, NULL},
        {{.set = "", .format = "velero"}, NULL},
        {{.set = "", .format = "velero", .command = command}, NULL},
        {{.set = "", .format = "pg"},
         "\"format\" is \"pg\"; write one of pgbackrest, barman, wal-g, restic"},
        {{.set = "", .format = "pgbackrest"}, "needs \"command\", \"file\" or \"url\""},
        {{.set = "", .format = "files"}, "needs \"glob\""},
        {{.set = "", .format = "pgbackrest", .command = command, .url = "https://a/b"},
         "both \"command\" and \"url\" are given"},
        {{.set = "", .format = "pgbackrest", .glob = "/a/*"},
         "has no \"glob\"; write \"command\", \"file\" or \"url\""},
        {{.set = "", .format = "files", .command = command}, "has no \"command\"; write \"glob\""},
        {{.set = "", .format = "files", .glob = "a/*"}, "absolute path"},
        {{.set = "a", .format = "files", .glob = "/a/*"}, "format \"files\" has no \"set\""},
        {{.set = "", .format = "files", .glob = "/a/*", .name_time = "%Y"},
         "each of %Y, %m and %d once"},
        {{.set = "", .format = "pgbackrest", .url = "ftp://a/b"}, "\"url\": "},
        {{.set = "", .format = "pgbackrest", .url = "http://a/b", .token_file = "/t"}, "https://"},
        {{.set = "", .format = "restic", .command = command, .primary_dsn = "host=a"},
         "format \"restic\" has no \"primary_dsn\""},
        {{.set = "", .format = "pgbackrest", .command = command, .primary_password_file = "/p"},
         "is for \"primary_dsn\""},
        {{.set = "", .format = "pgbackrest", .command = command, .archive_file = "/p"}, NULL},
        {{.set = "", .format = "restic", .command = command, .archive_file = "/p"},
         "has no \"archive_file\""},
        {{.set = "",
          .format = "barman",
          .file = "/a",
          .archive_file = "/p",
          .archive_command = command},
         "both \"archive_command\" and \"archive_file\" are given"},
        {{.set = "", .format = "barman", .file = "/a", .archive_file = "/p"}, NULL},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_refused(&cases[i].settings, USUAL, cases[i].message);
    }
}

static void test_commands(void **state)
{
    static const char *const nothing[] = {NULL};
    static const char *const empty[] = {"", NULL};
    static const char *const relative[] = {"bin/pgbackrest", NULL};
    static const char *const *const wrong[] = {nothing, empty, relative};
    static const struct setting_pair plain[] = {{"A_1", "b"}, {"B", "c"}, {NULL, NULL}};
    static const struct setting_pair files[] = {{"C", "/c"}, {NULL, NULL}};
    static const struct setting_pair both[] = {{"C", "/c"}, {"B", "/b"}, {NULL, NULL}};
    static const struct setting_pair unnamed[] = {{"A=B", "c"}, {NULL, NULL}};
    struct backup_settings settings = {.set = "",
                                       .format = "pgbackrest",
                                       .command = command,
                                       .environment = plain,
                                       .environment_files = files};

    (void)state;
    assert_refused(&settings, USUAL, NULL);
    settings.environment_files = both;
    assert_refused(&settings, USUAL, "\"B\" is both in \"environment\" and in");
    settings.environment_files = unnamed;
    assert_refused(&settings, USUAL, "\"A=B\" in \"environment_files\" is no name of a variable");
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        settings = (struct backup_settings){.set = "", .format = "pgbackrest", .command = wrong[i]};
        assert_refused(&settings, USUAL, i == 2 ? "is a relative path" : "names no program");
    }
    settings = (struct backup_settings){
        .set = "", .format = "pgbackrest", .file = "/a", .environment = plain};
    assert_refused(&settings, USUAL, "are for \"command\"");
}

static void test_ransomware(void **state)
{
    struct backup_settings settings = {.set = "", .format = "pgbackrest", .command = command};

    (void)state;
    assert_refused(&settings, USUAL | SURVIVES(DISRUPTION_RANSOMWARE),
                   "nobody verifies that the backups cannot be deleted");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_formats_and_transports),
        cmocka_unit_test(test_commands),
        cmocka_unit_test(test_ransomware),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
