/* SPDX-License-Identifier: Apache-2.0 */
/* The process between the exporter and a program.
 *
 * It is forked from a process with many threads and executes nothing else, so all that it calls is
 * safe in a signal handler (signal-safety(7)) or a system call and no more. */

#include "collectors/command_guard.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/* Where the guard keeps its descriptors; all others of the exporter are closed. */
enum { SOCKET = 3, OUTPUT = 4, COMPLAINTS = 5, FIRST_UNUSED = 6 };

/* How often is looked without a descriptor that tells of the end (no pidfd_open before Linux 5.3),
 * and for orphans that ended. */
#define LOOK_MS 10
#define LOOK_SELDOM_MS 1000
/* Killed processes are gone within a few milliseconds, unless they may not be killed. */
#define KILL_ROUNDS 200
#define KILL_ROUND_MS 5

static const char *const children_path = "/proc/thread-self/children";

static void wait_ms(int ms)
{
    (void)poll(NULL, 0, ms);
}

static void report(enum command_report_kind kind, int value)
{
    struct command_report message = {.kind = kind, .value = value};

    (void)send(SOCKET, &message, sizeof message, MSG_NOSIGNAL);
}

/* Out of the way first, so that no descriptor is overwritten before it was moved. */
static bool place_descriptors(const struct command_start *start)
{
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    int from[] = {null, null, null, start->socket, start->output, start->complaints};

    if (null < 0) {
        return false;
    }
    for (size_t i = 0; i < sizeof from / sizeof from[0]; i++) {
        from[i] = fcntl(from[i], F_DUPFD_CLOEXEC, 10);
        if (from[i] < 0) {
            return false;
        }
    }
    for (size_t i = 0; i < sizeof from / sizeof from[0]; i++) {
        if (dup3(from[i], (int)i, i < SOCKET ? 0 : O_CLOEXEC) < 0) {
            return false;
        }
    }
    closefrom(FIRST_UNUSED);
    return true;
}

static void reset_signals(void)
{
    sigset_t none;

    for (int number = 1; number < NSIG; number++) {
        (void)signal(number, SIG_DFL);
    }
    (void)sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
}

__attribute__((noreturn)) static void become_program(const struct command_start *start, pid_t guard)
{
    (void)setpgid(0, 0);
    /* Should the guard be killed. */
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() == guard && dup2(OUTPUT, STDOUT_FILENO) >= 0 &&
        dup2(COMPLAINTS, STDERR_FILENO) >= 0) {
        reset_signals();
        (void)execve(start->path, start->argv, start->environment);
    }
    report(COMMAND_NOT_STARTED, errno);
    _exit(127);
}

/* The children are those of the program that have lost their parent, wherever they went. */
static void kill_children(void)
{
    char digits[4096];
    int file = open(children_path, O_RDONLY | O_CLOEXEC);
    ssize_t length;
    pid_t child = 0;

    if (file < 0) {
        return;
    }
    length = read(file, digits, sizeof digits);
    (void)close(file);
    for (ssize_t i = 0; i < length; i++) {
        if (digits[i] >= '0' && digits[i] <= '9') {
            child = child * 10 + (digits[i] - '0');
        } else {
            /* A number that is cut at the end of what was read is not used. */
            if (child > 1) {
                (void)kill(child, SIGKILL);
            }
            child = 0;
        }
    }
}

/* Each round orphans the next generation. A child's id is its own until it is reaped, which only
 * this process does. */
static void end_descendants(void)
{
    for (int round = 0; round < KILL_ROUNDS; round++) {
        pid_t reaped;

        kill_children();
        do {
            reaped = waitpid(-1, NULL, WNOHANG);
        } while (reaped > 0);
        if (reaped < 0) {
            return;
        }
        wait_ms(KILL_ROUND_MS);
    }
}

/* Reaps orphans; true once the program itself has ended, which is left for later: as long as it is
 * not reaped, nobody else gets its id. */
static bool has_ended(pid_t program)
{
    for (;;) {
        siginfo_t info = {.si_pid = 0};

        if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) != 0 || info.si_pid == 0) {
            break;
        }
        if (info.si_pid == program) {
            return true;
        }
        (void)waitpid(info.si_pid, NULL, 0);
    }
    return false;
}

/* False when everything is to be killed. */
static bool obey(pid_t program)
{
    char order;
    ssize_t length = recv(SOCKET, &order, sizeof order, MSG_DONTWAIT);

    if (length == 1 && order == COMMAND_TERMINATE) {
        (void)kill(-program, SIGTERM);
    }
    return length > 0 || (length < 0 && (errno == EAGAIN || errno == EINTR));
}

__attribute__((noreturn)) static void guard_program(pid_t program)
{
    struct pollfd pollfds[2] = {{.fd = SOCKET, .events = POLLIN},
                                {.fd = pidfd_open(program, 0), .events = POLLIN}};
    int look_ms = pollfds[1].fd < 0 ? LOOK_MS : LOOK_SELDOM_MS;
    int status = 0;

    while (!has_ended(program)) {
        (void)poll(pollfds, 2, look_ms);
        if (pollfds[0].revents != 0 && !obey(program)) {
            (void)kill(program, SIGKILL);
            break;
        }
    }
    (void)kill(-program, SIGKILL);
    while (waitpid(program, &status, 0) < 0 && errno == EINTR) {
    }
    end_descendants();
    report(COMMAND_ENDED, status);
    _exit(0);
}

__attribute__((noreturn)) static void become_guard(const struct command_start *start)
{
    pid_t guard = getpid();
    pid_t program;

    /* Away from the terminal: no Ctrl-C comes from it, and no password is asked for at it. */
    (void)setsid();
    (void)prctl(PR_SET_CHILD_SUBREAPER, 1);
    if (!place_descriptors(start)) {
        int number = errno;

        (void)dup2(start->socket, SOCKET);
        report(COMMAND_NOT_STARTED, number);
        _exit(127);
    }
    program = _Fork();
    if (program == 0) {
        become_program(start, guard);
    }
    if (program < 0) {
        report(COMMAND_NOT_STARTED, errno);
        _exit(127);
    }
    (void)setpgid(program, program);
    (void)close(OUTPUT);
    (void)close(COMPLAINTS);
    guard_program(program);
}

pid_t command_guard_start(const struct command_start *start)
{
    sigset_t all;
    sigset_t before;
    pid_t guard;
    int number;

    /* A signal to this process is none of the guard's business. */
    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    guard = _Fork();
    if (guard == 0) {
        become_guard(start);
    }
    number = errno;
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    errno = number;
    return guard;
}
