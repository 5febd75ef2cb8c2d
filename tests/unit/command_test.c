/* SPDX-License-Identifier: Apache-2.0 */
/* Programs that behave, fail, hang, flood and run away. */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "collectors/command.h"
#include "exporter/clock.h"

static const char *const environment[] = {"PATH=/usr/bin:/bin", "LANG=C", NULL};

static struct stop stop;
static char directory[] = "/tmp/command_test.XXXXXX";

struct outcome {
    bool succeeded;
    struct command_result result;
    struct error error;
    int64_t took_ms;
};

static struct outcome run_with(const char *const *argv, int64_t budget_ms, size_t bytes_max)
{
    struct outcome outcome = {.error = {.kind = ERROR_NONE}};
    int64_t started_ms = clock_monotonic_ms();
    struct deadline deadline = {.monotonic_ms = started_ms + budget_ms, .stop = &stop};
    struct command command = {
        .argv = argv, .environment = environment, .output_bytes_max = bytes_max};

    outcome.succeeded = command_run(&command, &deadline, &outcome.result, &outcome.error);
    outcome.took_ms = clock_monotonic_ms() - started_ms;
    return outcome;
}

static struct outcome run(const char *script, int64_t budget_ms)
{
    const char *const argv[] = {"sh", "-c", script, directory, NULL};

    return run_with(argv, budget_ms, 1024 * 1024);
}

static void assert_failed(const struct outcome *outcome, enum error_kind kind, const char *message)
{
    print_message("%s\n", outcome->error.message);
    assert_false(outcome->succeeded);
    assert_string_equal(error_kind_name(outcome->error.kind), error_kind_name(kind));
    assert_non_null(strstr(outcome->error.message, message));
}

/* The number that a script wrote into a file of the directory; waits for it. */
static pid_t read_pid(const char *name)
{
    char path[128];

    (void)snprintf(path, sizeof path, "%s/%s", directory, name);
    for (int i = 0; i < 200; i++) {
        FILE *file = fopen(path, "r");
        char text[32] = "";
        bool whole = false;

        if (file != NULL) {
            bool got = fgets(text, sizeof text, file) != NULL;

            (void)fclose(file);
            whole = got && strchr(text, '\n') != NULL;
        }
        if (whole) {
            (void)unlink(path);
            return (pid_t)strtol(text, NULL, 10);
        }
        (void)usleep(10000);
    }
    fail_msg("%s was not written", path);
    return -1;
}

static bool is_gone(pid_t process)
{
    for (int i = 0; i < 200; i++) {
        if (kill(process, 0) != 0 && errno == ESRCH) {
            return true;
        }
        (void)usleep(10000);
    }
    return false;
}

static size_t count_descriptors(void)
{
    DIR *open = opendir("/proc/self/fd");
    size_t count = 0;

    while (readdir(open) != NULL) {
        count++;
    }
    (void)closedir(open);
    return count;
}

static void test_output_and_status(void **state)
{
    struct outcome outcome =
        run("cat; echo '[1]'; printf 'first\\n\\033[31mred\\tline \\001\\n \\n' >&2; exit 3", 5000);

    (void)state;
    assert_true(outcome.succeeded);
    assert_int_equal(outcome.result.exit_status, 3);
    assert_string_equal(outcome.result.output, "[1]\n");
    assert_int_equal(outcome.result.length, 4);
    assert_string_equal(outcome.result.complaint, "red line ?");
    command_result_release(&outcome.result);
}

/* Descriptors, signals and environment of the exporter are none of the program's business. */
static void test_nothing_is_inherited(void **state)
{
    static const char start[] = "01230\nSigBlk:\t0000000000000000\nSigIgn:\t";
    const char *const argv[] = {"env", NULL};
    int leaked = open("/dev/null", O_RDONLY);
    sigset_t all, before;
    struct outcome outcome;

    (void)state;
    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    (void)signal(SIGPIPE, SIG_IGN);
    assert_int_equal(setenv("DR_SECRET", "hunter2", 1), 0);
    outcome = run("ls /proc/self/fd | tr -d '\\n'; cut -d' ' -f7 /proc/self/stat; "
                  "grep -E 'SigBlk|SigIgn' /proc/self/status",
                  5000);
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    assert_true(outcome.succeeded);
    assert_int_equal(strncmp(outcome.result.output, start, strlen(start)), 0);
    /* Who started the tests may ignore 32 and 33, which belong to the C library. */
    assert_true((strtoull(outcome.result.output + strlen(start), NULL, 16) & ~(3ULL << 31)) == 0);
    command_result_release(&outcome.result);
    (void)close(leaked);

    outcome = run_with(argv, 5000, 1000);
    assert_true(outcome.succeeded);
    assert_string_equal(outcome.result.output, "PATH=/usr/bin:/bin\nLANG=C\n");
    command_result_release(&outcome.result);
}

static void write_script(const char *name, const char *text, mode_t mode)
{
    char path[128];
    FILE *file;

    (void)snprintf(path, sizeof path, "%s/%s", directory, name);
    file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(chmod(path, mode), 0);
}

static void test_what_cannot_be_started(void **state)
{
    static const struct {
        const char *program; /* Of the directory, if it begins with a dot. */
        enum error_kind kind;
        const char *message;
    } cases[] = {
        {"/usr/bin/no-such-program", ERROR_NOT_FOUND, "is it installed on this host?"},
        {"no-such-program", ERROR_NOT_FOUND, "not found in PATH (/usr/bin:/bin)"},
        {"./denied", ERROR_PERMISSION, "may execute"},
        {"./directory", ERROR_PERMISSION, "may execute"},
        {"./text", ERROR_INTERNAL, "a script begins with #!"},
        {"./interpreter", ERROR_NOT_FOUND, "is the interpreter of the script there?"},
    };

    (void)state;
    write_script("denied", "#!/bin/sh\n", 0644);
    write_script("text", "echo hello\n", 0755);
    write_script("interpreter", "#!/no/such/interpreter\n", 0755);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char path[128];
        const char *argv[] = {cases[i].program, NULL};
        struct outcome outcome;

        if (cases[i].program[0] == '.') {
            (void)snprintf(path, sizeof path, "%s/%s", directory, cases[i].program + 2);
            argv[0] = path;
        }
        if (strcmp(cases[i].program, "./directory") == 0) {
            argv[0] = directory;
        }
        outcome = run_with(argv, 5000, 1000);
        assert_failed(&outcome, cases[i].kind, cases[i].message);
    }
}

static void test_ended_by_a_signal(void **state)
{
    struct outcome outcome = run("echo '[]'; kill -9 $$", 5000);

    (void)state;
    assert_failed(&outcome, ERROR_QUERY, "sh: was ended by signal 9 (Killed)");
}

static void test_hanging_is_ended_in_time(void **state)
{
    struct outcome outcome = run("echo '[]'; echo $$ > $0/pid; exec sleep 60", 400);

    (void)state;
    assert_failed(&outcome, ERROR_TIMEOUT, "sh: did not end in time");
    assert_in_range(outcome.took_ms, 250, 450);
    assert_true(is_gone(read_pid("pid")));

    /* Asked first, so that it can remove its locks. */
    outcome = run("trap 'echo 1 > $0/asked; exit' TERM; while :; do sleep 0.01; done", 400);
    assert_failed(&outcome, ERROR_TIMEOUT, "did not end in time");
    assert_int_equal(read_pid("asked"), 1);

    outcome = run("trap '' TERM; sleep 60 & echo $! > $0/pid; wait; sleep 60", 400);
    assert_failed(&outcome, ERROR_TIMEOUT, "did not end in time");
    assert_in_range(outcome.took_ms, 300, 450);
    assert_true(is_gone(read_pid("pid")));
}

/* In a session of its own, its parent gone, the pipe still open. */
#define DAEMON "setsid sh -c 'setsid sleep 60 & echo $! > $0/pid' $0 & "

static void test_what_ran_away_is_ended(void **state)
{
    struct outcome outcome = run(DAEMON "while [ ! -s $0/pid ]; do :; done; echo '[]'", 5000);

    (void)state;
    assert_true(outcome.succeeded);
    assert_string_equal(outcome.result.output, "[]\n");
    command_result_release(&outcome.result);
    assert_in_range(outcome.took_ms, 0, 1000);
    assert_true(is_gone(read_pid("pid")));

    outcome = run(DAEMON "trap '' TERM; sleep 60", 400);
    assert_failed(&outcome, ERROR_TIMEOUT, "did not end in time");
    assert_in_range(outcome.took_ms, 250, 500);
    assert_true(is_gone(read_pid("pid")));

    outcome = run("i=0; while [ $i -lt 60 ]; do setsid setsid sleep 61 & i=$((i+1)); done; "
                  "echo $! > $0/pid; trap '' TERM; sleep 60",
                  1000);
    assert_failed(&outcome, ERROR_TIMEOUT, "did not end in time");
    assert_true(is_gone(read_pid("pid")));
}

static void test_floods(void **state)
{
    struct outcome outcome = run("head -c 100000000 /dev/zero", 20000);

    (void)state;
    assert_failed(&outcome, ERROR_PROTOCOL, "its output is larger than 1048576 bytes");
    assert_in_range(outcome.took_ms, 0, 1000);

    outcome =
        run("head -c 50000000 /dev/zero | tr '\\0' '\\n' >&2; echo done >&2; echo '[]'", 20000);
    assert_true(outcome.succeeded);
    assert_string_equal(outcome.result.complaint, "done");
    command_result_release(&outcome.result);

    /* As much as is allowed. */
    outcome = run("head -c 1048576 /dev/zero", 20000);
    assert_true(outcome.succeeded);
    assert_int_equal(outcome.result.length, 1048576);
    command_result_release(&outcome.result);
}

static void *request_stop(void *argument)
{
    (void)argument;
    (void)usleep(100000);
    stop_request(&stop);
    return NULL;
}

static void test_stopping_does_not_wait(void **state)
{
    pthread_t thread;
    struct outcome outcome;

    (void)state;
    assert_int_equal(pthread_create(&thread, NULL, request_stop, NULL), 0);
    outcome = run("trap '' TERM; echo $$ > $0/pid; sleep 60 & wait", 30000);
    (void)pthread_join(thread, NULL);
    stop_release(&stop);
    assert_true(stop_init(&stop));
    assert_failed(&outcome, ERROR_TIMEOUT, "stopped while waiting");
    assert_in_range(outcome.took_ms, 100, 400);
    assert_true(is_gone(read_pid("pid")));
}

static void test_nothing_survives_the_exporter(void **state)
{
    pid_t exporter = fork();
    pid_t program;
    pid_t daemon;

    (void)state;
    if (exporter == 0) {
        (void)run("echo $$ > $0/program; " DAEMON "trap '' TERM; sleep 60", 30000);
        _exit(0);
    }
    program = read_pid("program");
    daemon = read_pid("pid");
    assert_int_equal(kill(exporter, SIGKILL), 0);
    assert_int_equal(waitpid(exporter, NULL, 0), exporter);
    assert_true(is_gone(program));
    assert_true(is_gone(daemon));
}

static void *run_often(void *argument)
{
    bool *good = argument;

    for (int i = 0; i < 20 && *good; i++) {
        struct outcome outcome = run("echo out; echo err >&2; exit 7", 20000);

        *good = outcome.succeeded && outcome.result.exit_status == 7 &&
                strcmp(outcome.result.output, "out\n") == 0 &&
                strcmp(outcome.result.complaint, "err") == 0;
        if (outcome.succeeded) {
            command_result_release(&outcome.result);
        }
    }
    return NULL;
}

static void test_many_at_a_time(void **state)
{
    pthread_t threads[8];
    bool good[8];
    size_t descriptors = count_descriptors();

    (void)state;
    for (size_t i = 0; i < 8; i++) {
        good[i] = true;
        assert_int_equal(pthread_create(&threads[i], NULL, run_often, &good[i]), 0);
    }
    for (size_t i = 0; i < 8; i++) {
        (void)pthread_join(threads[i], NULL);
        assert_true(good[i]);
    }
    assert_int_equal(count_descriptors(), descriptors);
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
    assert_int_equal(errno, ECHILD);
}

static int set_up(void **state)
{
    (void)state;
    return stop_init(&stop) && mkdtemp(directory) != NULL ? 0 : -1;
}

static int tear_down(void **state)
{
    static const char *const names[] = {"denied", "text", "interpreter", "pid", "asked"};
    char path[128];

    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        (void)snprintf(path, sizeof path, "%s/%s", directory, names[i]);
        (void)unlink(path);
    }
    stop_release(&stop);
    return rmdir(directory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_output_and_status),
        cmocka_unit_test(test_nothing_is_inherited),
        cmocka_unit_test(test_what_cannot_be_started),
        cmocka_unit_test(test_ended_by_a_signal),
        cmocka_unit_test(test_hanging_is_ended_in_time),
        cmocka_unit_test(test_what_ran_away_is_ended),
        cmocka_unit_test(test_floods),
        cmocka_unit_test(test_stopping_does_not_wait),
        cmocka_unit_test(test_nothing_survives_the_exporter),
        cmocka_unit_test(test_many_at_a_time),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
