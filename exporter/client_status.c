/* SPDX-License-Identifier: Apache-2.0 */
/* The command `status`: the board as a table in the terminal. */

#include <cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "exporter/cleanup.h"
#include "exporter/client_get.h"
#include "exporter/duration.h"

static void free_json(cJSON **json)
{
    cJSON_Delete(*json);
}

static const char *text_of(const cJSON *object, const char *name)
{
    const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, name));

    return text == NULL ? "" : text;
}

static bool is_true(const cJSON *object, const char *name)
{
    return cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(object, name)) != 0;
}

/* Terminals obey control characters, and the names are somebody else's. */
static void print_text(const char *text, int width)
{
    int count = 0;

    for (const char *c = text; *c != '\0'; c++) {
        (void)putchar((unsigned char)*c < ' ' || *c == 0x7F ? '?' : *c);
        count += ((unsigned char)*c & 0xC0) != 0x80 ? 1 : 0;
    }
    (void)printf("%*s", width > count ? width - count : 1, "");
}

static void print_seconds(const cJSON *verdict, const char *name, const char *otherwise, int width)
{
    const cJSON *number = cJSON_GetObjectItemCaseSensitive(verdict, name);
    char text[DURATION_TEXT_BYTES];

    if (!cJSON_IsNumber(number)) {
        print_text(otherwise, width);
        return;
    }
    duration_describe(text, number->valuedouble);
    print_text(text, width);
}

static void print_verdict(const cJSON *service, const cJSON *verdict)
{
    const cJSON *check;

    print_text(text_of(service, "service"), 24);
    print_text(text_of(service, "tier"), 6);
    print_text(text_of(verdict, "disruption"), 12);
    print_text(is_true(verdict, "ready") ? "ready" : text_of(verdict, "state"), 9);
    print_text(is_true(verdict, "gate_open") ? "open" : "closed", 8);
    if (is_true(verdict, "everything_would_be_lost")) {
        print_text("everything", 12);
    } else {
        print_seconds(verdict, "exposure_seconds", "unknown", 12);
    }
    print_seconds(verdict, "rpo_seconds", "none", 10);
    print_seconds(verdict, "rto_estimate_seconds", "unknown", 10);
    print_seconds(verdict, "rto_seconds", "none", 0);
    (void)putchar('\n');
    cJSON_ArrayForEach(check, cJSON_GetObjectItemCaseSensitive(verdict, "checks"))
    {
        if (strcmp(text_of(check, "state"), "pass") != 0) {
            (void)printf("    %s %s: ", text_of(check, "check"), text_of(check, "state"));
            print_text(text_of(check, "reason"), 0);
            (void)putchar('\n');
        }
    }
}

/* True if there are services and all are ready. */
static bool print_table(const cJSON *services)
{
    const cJSON *service;
    const cJSON *verdict;
    size_t count = 0;
    size_t ready = 0;

    (void)printf("%-24s%-6s%-12s%-9s%-8s%-12s%-10s%-10s%s\n", "SERVICE", "TIER", "DISRUPTION",
                 "STATE", "GATE", "AT RISK", "RPO", "BACK IN", "RTO");
    cJSON_ArrayForEach(service, services){
        cJSON_ArrayForEach(verdict, cJSON_GetObjectItemCaseSensitive(service, "disruptions")){
            print_verdict(service, verdict);
    count++;
    ready += is_true(verdict, "ready") ? 1 : 0;
}
}
(void)printf("%zu of %zu ready\n", ready, count);
return count > 0 && ready == count;
}

int client_status(const struct client_options *options)
{
    CLEANUP(free_text) char *body = NULL;
    CLEANUP(free_json) cJSON *root = NULL;
    const cJSON *services;
    struct error error;
    long status;

    if (!client_get(options, "/api/v1/readiness", NULL, 0, "Accept: application/json", &status,
                    &body, &error)) {
        (void)fprintf(stderr, "dr_exporter: %s\n", error.message);
        return EXIT_FAILURE;
    }
    root = cJSON_Parse(body);
    services = cJSON_GetObjectItemCaseSensitive(root, "services");
    if (status != 200 || !cJSON_IsArray(services)) {
        (void)fprintf(stderr,
                      "dr_exporter: %s answered with status %ld and not as a dr_exporter does; "
                      "check --url\n",
                      options->url, status);
        return EXIT_FAILURE;
    }
    return print_table(services) && fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
