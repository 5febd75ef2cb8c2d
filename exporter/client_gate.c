/* SPDX-License-Identifier: Apache-2.0 */
/* The command `gate`: may a service be failed over now? */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "exporter/cleanup.h"
#include "exporter/client_get.h"

enum { EXIT_CLOSED = 1, EXIT_USAGE = 2 };

/* Somebody else who answers 200 to everything must not open a gate. */
static bool says_open(const struct client_options *options, const char *body)
{
    CLEANUP(free_text) char *expected = NULL;

    if (asprintf(&expected, "gate of %s for %s: open\n", options->service, options->disruption) <
        0) {
        abort();
    }
    return strncmp(body, expected, strlen(expected)) == 0;
}

int client_gate(const struct client_options *options)
{
    const struct client_parameter parameters[] = {{"service", options->service},
                                                  {"disruption", options->disruption},
                                                  {"lost_since", options->lost_since}};
    CLEANUP(free_text) char *body = NULL;
    struct error error;
    long status;

    if (!client_get(options, "/api/v1/gate", parameters, sizeof parameters / sizeof parameters[0],
                    "Accept: text/plain", &status, &body, &error)) {
        (void)printf("gate of %s for %s: closed\nblocked by: %s\n", options->service,
                     options->disruption, error.message);
        return EXIT_CLOSED;
    }
    if (status == 400 || status == 404) {
        (void)fprintf(stderr, "dr_exporter: %.1000s\n", body);
        return EXIT_USAGE;
    }
    if (status == 200 && says_open(options, body)) {
        (void)fputs(body, stdout);
        return fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_CLOSED;
    }
    if (status == 503 && strncmp(body, "gate of ", 8) == 0) {
        (void)fputs(body, stdout);
    } else {
        (void)printf("gate of %s for %s: closed\nblocked by: %s answered with status %ld and not "
                     "as a dr_exporter does; check --url\n",
                     options->service, options->disruption, options->url, status);
    }
    return EXIT_CLOSED;
}
