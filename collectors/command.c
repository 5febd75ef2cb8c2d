/* SPDX-License-Identifier: Apache-2.0 */
/* Running a program once: no shell, bounded in time and output, and nothing stays behind. */

#include "collectors/command.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "collectors/command_guard.h"
#include "collectors/command_output.h"
#include "collectors/command_path.h"
#include "exporter/cleanup.h"
#include "exporter/clock.h"

/* From SIGTERM to SIGKILL, where the deadline allows it. */
#define GRACE_MS_MAX 500
/* Left for killing and reading the rest. */
#define END_MS_MAX 50
/* A guard that has nothing left to wait for ends at once. */
#define GUARD_MS_MAX 1000

/* Reads of what a pipe can hold, 64 KiB unless it was enlarged. */
#define REST_ROUNDS_MAX 1000

struct run {
    const struct command *command;
    pid_t guard;
    int socket;
    int output;
    int complaints;
    struct command_output text;
    struct command_complaint complaint;
    bool reported;
    struct command_report report;
    bool is_terminated;
    bool is_killed;
    int64_t terminate_ms;
    int64_t kill_ms;
    int64_t give_up_ms;
    struct error failure; /* Why it was ended; ERROR_NONE: it was not. */
};

static void set_times(struct run *run, const struct deadline *deadline)
{
    int64_t remaining_ms = deadline_remaining_ms(deadline);
    int64_t end_ms = remaining_ms / 20 < END_MS_MAX ? remaining_ms / 20 : END_MS_MAX;
    int64_t grace_ms = remaining_ms / 4 < GRACE_MS_MAX ? remaining_ms / 4 : GRACE_MS_MAX;

    run->kill_ms = clock_monotonic_ms() + remaining_ms - end_ms;
    run->terminate_ms = run->kill_ms - grace_ms;
    run->give_up_ms = run->kill_ms + GUARD_MS_MAX;
}

static void hurry(struct run *run, int64_t grace_ms)
{
    int64_t now_ms = clock_monotonic_ms();

    if (run->kill_ms > now_ms + grace_ms) {
        run->terminate_ms = now_ms;
        run->kill_ms = now_ms + grace_ms;
        run->give_up_ms = run->kill_ms + GUARD_MS_MAX;
    }
}

static void close_end(int *descriptor)
{
    close_descriptor(descriptor);
    *descriptor = -1;
}

/* A pipe or socket pair whose first end is ours, and does not block. */
static bool make_ends(int ends[2], bool is_socket)
{
    int made = is_socket ? socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends)
                         : pipe2(ends, O_CLOEXEC);

    return made == 0 && fcntl(ends[0], F_SETFL, O_NONBLOCK) == 0;
}

static bool start(struct run *run, const char *path, struct error *error)
{
    int socket[2] = {-1, -1};
    int output[2] = {-1, -1};
    int complaints[2] = {-1, -1};
    int number = 0;

    if (make_ends(socket, true) && make_ends(output, false) && make_ends(complaints, false)) {
        struct command_start how = {.path = path,
                                    .argv = (char *const *)run->command->argv,
                                    .environment = (char *const *)run->command->environment,
                                    .output = output[1],
                                    .complaints = complaints[1],
                                    .socket = socket[1]};

        run->guard = command_guard_start(&how);
    }
    number = errno;
    run->socket = socket[0];
    run->output = output[0];
    run->complaints = complaints[0];
    close_end(&socket[1]);
    close_end(&output[1]);
    close_end(&complaints[1]);
    return run->guard > 0 || error_set(error, ERROR_INTERNAL, "%s: cannot be started: %s",
                                       run->command->argv[0], strerrordesc_np(number));
}

static void read_report(struct run *run)
{
    struct command_report report;
    ssize_t length = recv(run->socket, &report, sizeof report, MSG_DONTWAIT);

    if (length == (ssize_t)sizeof report && !run->reported) {
        run->report = report;
        run->reported = true;
    } else if (length == 0 || (length < 0 && errno != EAGAIN && errno != EINTR)) {
        close_end(&run->socket);
    }
}

/* False at the end of what comes from there. */
static bool read_some(struct run *run, int descriptor, bool is_output)
{
    char bytes[16 * 1024];
    ssize_t length = read(descriptor, bytes, sizeof bytes);

    if (length < 0) {
        return errno == EAGAIN || errno == EINTR;
    }
    if (is_output) {
        command_output_add(&run->text, bytes, (size_t)length);
    } else {
        command_complaint_add(&run->complaint, bytes, (size_t)length);
    }
    return length > 0;
}

static void end(struct run *run, enum error_kind kind, const char *message)
{
    if (run->failure.kind == ERROR_NONE) {
        (void)error_set(&run->failure, kind, "%s: %s", run->command->argv[0], message);
    }
}

/* What has to be done at this instant; returns until when nothing else has. */
static int64_t advance(struct run *run)
{
    int64_t now_ms = clock_monotonic_ms();

    if (run->text.is_full) {
        hurry(run, 0);
    }
    if (!run->is_terminated && now_ms >= run->terminate_ms) {
        char order = COMMAND_TERMINATE;

        end(run, ERROR_TIMEOUT,
            "did not end in time, and was ended; give the source a longer \"timeout\" (and a "
            "longer \"interval\")");
        (void)send(run->socket, &order, sizeof order, MSG_NOSIGNAL | MSG_DONTWAIT);
        run->is_terminated = true;
    }
    if (!run->is_killed && now_ms >= run->kill_ms) {
        (void)shutdown(run->socket, SHUT_WR);
        run->is_killed = true;
    }
    return run->is_killed ? run->give_up_ms : run->is_terminated ? run->kill_ms : run->terminate_ms;
}

static void wait_for_events(struct run *run, const struct deadline *deadline, int64_t until_ms)
{
    struct pollfd pollfds[] = {{.fd = run->socket, .events = POLLIN},
                               {.fd = run->output, .events = POLLIN},
                               {.fd = run->complaints, .events = POLLIN},
                               {.fd = deadline->stop->descriptor, .events = POLLIN}};
    int64_t wait_ms = until_ms - clock_monotonic_ms();

    if (run->failure.kind == ERROR_TIMEOUT) {
        pollfds[3].fd = -1;
    }
    if (poll(pollfds, 4, wait_ms < 0 ? 0 : wait_ms > 60000 ? 60000 : (int)wait_ms) <= 0) {
        return;
    }
    if (pollfds[3].revents != 0) {
        end(run, ERROR_TIMEOUT, "stopped while waiting");
        hurry(run, END_MS_MAX);
    }
    if (pollfds[1].revents != 0 && !read_some(run, run->output, true)) {
        close_end(&run->output);
    }
    if (pollfds[2].revents != 0 && !read_some(run, run->complaints, false)) {
        close_end(&run->complaints);
    }
    if (pollfds[0].revents != 0) {
        read_report(run);
    }
}

/* The writers are gone, or could not be killed: what is there now is all. */
static void read_rest(struct run *run)
{
    struct pollfd pollfds[] = {{.fd = run->output, .events = POLLIN},
                               {.fd = run->complaints, .events = POLLIN}};

    for (int round = 0; round < REST_ROUNDS_MAX && poll(pollfds, 2, 0) > 0; round++) {
        if (pollfds[0].revents != 0 && !read_some(run, run->output, true)) {
            pollfds[0].fd = -1;
        }
        if (pollfds[1].revents != 0 && !read_some(run, run->complaints, false)) {
            pollfds[1].fd = -1;
        }
    }
}

static void wait_for_end(struct run *run, const struct deadline *deadline)
{
    while (!run->reported && run->socket >= 0) {
        int64_t until_ms = advance(run);

        if (run->is_killed && clock_monotonic_ms() >= run->give_up_ms) {
            (void)kill(run->guard, SIGKILL);
            break;
        }
        wait_for_events(run, deadline, until_ms);
    }
    read_rest(run);
    close_end(&run->socket);
    while (waitpid(run->guard, NULL, 0) < 0 && errno == EINTR) {
    }
}

static bool explain_start(const struct run *run, struct error *error)
{
    int number = run->report.value;

    return error_set(error,
                     number == ENOENT                      ? ERROR_NOT_FOUND
                     : number == EACCES || number == EPERM ? ERROR_PERMISSION
                                                           : ERROR_INTERNAL,
                     "%s: cannot be started: %s%s", run->command->argv[0], strerrordesc_np(number),
                     number == ENOEXEC  ? "; a script begins with #! and its interpreter"
                     : number == ENOENT ? "; is the interpreter of the script there?"
                                        : "");
}

static bool fail_full(const struct run *run, struct error *error)
{
    return error_set(error, ERROR_PROTOCOL,
                     "%s: its output is larger than %zu bytes; ask it for less",
                     run->command->argv[0], run->command->output_bytes_max);
}

static bool judge(const struct run *run, struct error *error)
{
    if (run->reported && run->report.kind == COMMAND_NOT_STARTED) {
        return explain_start(run, error);
    }
    if (run->text.is_full) {
        return fail_full(run, error);
    }
    if (run->failure.kind != ERROR_NONE) {
        *error = run->failure;
        return false;
    }
    if (!run->reported) {
        return error_set(error, ERROR_INTERNAL,
                         "%s: the process that watches it was killed; is memory short?",
                         run->command->argv[0]);
    }
    if (WIFSIGNALED(run->report.value)) {
        return error_set(error, ERROR_QUERY, "%s: was ended by signal %d (%s)",
                         run->command->argv[0], WTERMSIG(run->report.value),
                         sigdescr_np(WTERMSIG(run->report.value)));
    }
    return true;
}

static void release(struct run *run)
{
    close_end(&run->socket);
    close_end(&run->output);
    close_end(&run->complaints);
    command_output_release(&run->text);
}

bool command_run(const struct command *command, const struct deadline *deadline,
                 struct command_result *ret_result, struct error *error)
{
    CLEANUP(release)
    struct run run = {
        .command = command, .guard = -1, .socket = -1, .output = -1, .complaints = -1};
    CLEANUP(free_text) char *path = NULL;

    if (!command_path_find(command->argv[0], command->environment, &path, error)) {
        return false;
    }
    command_output_init(&run.text, command->output_bytes_max);
    set_times(&run, deadline);
    if (!start(&run, path, error)) {
        return false;
    }
    wait_for_end(&run, deadline);
    if (!judge(&run, error)) {
        return false;
    }
    *ret_result = (struct command_result){.exit_status = WEXITSTATUS(run.report.value)};
    ret_result->output = command_output_detach(&run.text, &ret_result->length);
    command_complaint_get(&run.complaint, ret_result->complaint);
    return true;
}

void command_result_release(struct command_result *result)
{
    free(result->output);
    *result = (struct command_result){.output = NULL};
}
