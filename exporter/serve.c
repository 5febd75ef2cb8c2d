/* SPDX-License-Identifier: Apache-2.0 */
/* The command `serve`: measure, judge and answer until a signal ends it. */

#include "exporter/serve.h"

#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "exporter/beat.h"
#include "exporter/cleanup.h"
#include "exporter/clock.h"
#include "exporter/crew.h"
#include "exporter/http_server.h"
#include "exporter/reload.h"

/* Workers that are still in a call after this are left behind: a supervisor waits for us. */
#define STOP_TIMEOUT_MS 600

/* Blocks what the main thread waits for with sigwait, in all threads to come: no handlers. */
static sigset_t block_signals(void)
{
    sigset_t handled;

    (void)sigemptyset(&handled);
    (void)sigaddset(&handled, SIGTERM);
    (void)sigaddset(&handled, SIGINT);
    (void)sigaddset(&handled, SIGHUP);
    (void)pthread_sigmask(SIG_BLOCK, &handled, NULL);
    (void)signal(SIGPIPE, SIG_IGN);
    return handled;
}

/* Until SIGTERM or SIGINT; SIGHUP reloads. */
static void handle_signals(const sigset_t *handled, struct reload *reload)
{
    int number = 0;

    while (sigwait(handled, &number) == 0 && number == SIGHUP) {
        reload_perform(reload);
    }
    log_event(LOG_INFO, "stopping", "signal", number == SIGINT ? "SIGINT" : "SIGTERM", NULL);
}

static struct http_server *start_http(const struct options *options, const struct web_config *web,
                                      struct board *board, const struct exporter_status *status,
                                      struct reload *reload)
{
    struct http_options http_options = {
        .host = options->listen_host,
        .port = options->listen_port,
        .telemetry_path = options->telemetry_path,
        .enable_lifecycle = options->enable_lifecycle,
        .web = web,
        .board = board,
        .status = status,
        .reload = reload_request,
        .reload_context = reload,
    };
    struct error error;
    struct http_server *server = http_server_start(&http_options, &error);

    if (server == NULL) {
        log_event(LOG_ERROR, "cannot serve", "error", error.message, NULL);
    }
    return server;
}

/* Everything but the configuration is in place: run, and take it down again in reverse. */
static int run(const struct options *options, struct crew *crew, struct board *board,
               const struct web_config *web, const sigset_t *handled)
{
    struct exporter_status status = {.last_reload_successful = true,
                                     .last_reload_success = clock_unix_seconds()};
    struct http_server *server;
    struct reload reload;
    struct beat beat;

    reload_init(&reload, options->config_file, crew, &status);
    server = start_http(options, web, board, &status, &reload);
    if (server != NULL) {
        beat_start(&beat, board);
        http_server_set_ready(server, true);
        log_event(LOG_INFO, "dr_exporter is ready", "version", VERSION, "address",
                  options->listen_address, "file", options->config_file, NULL);
        handle_signals(handled, &reload);
        reload_cancel(&reload);
        http_server_stop(server);
        beat_stop(&beat);
    }
    reload_release(&reload);
    return server == NULL ? EXIT_FAILURE : EXIT_SUCCESS;
}

int serve(const struct options *options)
{
    CLEANUP(free_text) char *report = NULL;
    sigset_t handled = block_signals();
    struct config *config = config_load(options->config_file, &report);
    struct web_config *web = NULL;
    struct board *board;
    struct crew *crew;
    struct error error;
    int status = EXIT_FAILURE;

    if (config == NULL) {
        (void)fputs(report, stderr);
        return EXIT_FAILURE;
    }
    if (options->web_config_file != NULL &&
        (web = web_config_load(options->web_config_file, &report)) == NULL) {
        (void)fputs(report, stderr);
        config_free(config);
        return EXIT_FAILURE;
    }
    reload_log_warnings(config);
    board = board_new();
    crew = crew_new(board);
    if (crew_adopt(crew, config, &error)) {
        status = run(options, crew, board, web, &handled);
    } else {
        log_event(LOG_ERROR, "cannot start", "error", error.message, NULL);
    }
    if (!crew_stop(crew, STOP_TIMEOUT_MS)) {
        /* A worker is in a call that cannot be woken and uses all this; the kernel cleans up. */
        _exit(status);
    }
    board_free(board);
    crew_free(crew);
    web_config_free(web);
    return status;
}
