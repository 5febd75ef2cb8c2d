/* SPDX-License-Identifier: Apache-2.0 */
/* Asks for a page many times over a few connections that stay open, and prints as JSON how long
 * the answers took. */

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define CONNECTIONS_MAX 64
#define TIMEOUT_SECONDS 30

struct client {
    pthread_t thread;
    int descriptor;
    size_t request_count;
    double *durations; /* Of each request in seconds. */
    size_t body_length;
};

static char request[1024];

static void fail(const char *what)
{
    perror(what);
    exit(EXIT_FAILURE);
}

static double now_seconds(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static int connect_to(const char *port)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((unsigned short)strtoul(port, NULL, 10)),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct timeval timeout = {.tv_sec = TIMEOUT_SECONDS};
    int descriptor = socket(AF_INET, SOCK_STREAM, 0);

    if (descriptor < 0 ||
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout) != 0 ||
        setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int)) != 0 ||
        connect(descriptor, (struct sockaddr *)&address, sizeof address) != 0) {
        fail("connect");
    }
    return descriptor;
}

/* The length of the body that the header announces; its start is at *ret_body. */
static size_t parse_header(const char *header, const char **ret_body)
{
    static const char length_name[] = "\r\nContent-Length: ";
    const char *end = strstr(header, "\r\n\r\n");
    const char *length = strcasestr(header, length_name);

    if (strncmp(header, "HTTP/1.1 200 ", 13) != 0 || end == NULL || length == NULL) {
        (void)fprintf(stderr, "metrics_load: not what was expected: %.100s\n", header);
        exit(EXIT_FAILURE);
    }
    *ret_body = end + 4;
    return strtoul(length + sizeof length_name - 1, NULL, 10);
}

static size_t receive(int descriptor, char *buffer, size_t size)
{
    ssize_t got = recv(descriptor, buffer, size, 0);

    if (got <= 0) {
        fail("recv");
    }
    return (size_t)got;
}

/* One request and its whole answer; returns the length of the body. */
static size_t ask(int descriptor, char *buffer, size_t size)
{
    const char *body = NULL;
    size_t length = 0;
    size_t total;
    size_t left;

    if (send(descriptor, request, strlen(request), 0) != (ssize_t)strlen(request)) {
        fail("send");
    }
    while (body == NULL) {
        length += receive(descriptor, buffer + length, size - 1 - length);
        buffer[length] = '\0';
        body = strstr(buffer, "\r\n\r\n");
    }
    total = parse_header(buffer, &body);
    left = total - (length - (size_t)(body - buffer));
    while (left > 0) {
        left -= receive(descriptor, buffer, left < size ? left : size);
    }
    return total;
}

static void *run(void *argument)
{
    const size_t size = 1024L * 1024;
    struct client *client = argument;
    char *buffer = malloc(size);

    if (buffer == NULL) {
        fail("malloc");
    }
    for (size_t i = 0; i < client->request_count; i++) {
        double start = now_seconds();

        client->body_length = ask(client->descriptor, buffer, size);
        client->durations[i] = now_seconds() - start;
    }
    free(buffer);
    return NULL;
}

static int compare(const void *a, const void *b)
{
    double left = *(const double *)a;
    double right = *(const double *)b;

    return (left > right) - (left < right);
}

int main(int argc, char **argv)
{
    struct client clients[CONNECTIONS_MAX];
    size_t count;
    size_t connections;
    double *durations;
    double start;
    double elapsed;

    if (argc != 5) {
        (void)fputs("usage: metrics_load PORT PATH REQUESTS CONNECTIONS\n", stderr);
        return 2;
    }
    connections = strtoul(argv[4], NULL, 10);
    count = strtoul(argv[3], NULL, 10) / (connections > 0 ? connections : 1);
    if (connections == 0 || connections > CONNECTIONS_MAX || count == 0) {
        (void)fputs("metrics_load: at most 64 connections, a request each at least\n", stderr);
        return 2;
    }
    (void)snprintf(request, sizeof request, "GET %s HTTP/1.1\r\nHost: localhost\r\n\r\n", argv[2]);
    durations = calloc(count * connections, sizeof *durations);
    if (durations == NULL) {
        fail("calloc");
    }
    for (size_t i = 0; i < connections; i++) {
        clients[i] = (struct client){.descriptor = connect_to(argv[1]),
                                     .request_count = count,
                                     .durations = durations + i * count};
    }
    start = now_seconds();
    for (size_t i = 0; i < connections; i++) {
        if (pthread_create(&clients[i].thread, NULL, run, &clients[i]) != 0) {
            fail("pthread_create");
        }
    }
    for (size_t i = 0; i < connections; i++) {
        (void)pthread_join(clients[i].thread, NULL);
        (void)close(clients[i].descriptor);
    }
    elapsed = now_seconds() - start;
    count *= connections;
    qsort(durations, count, sizeof *durations, compare);
    (void)printf("{\"requests\": %zu, \"median_ms\": %.3f, \"p99_ms\": %.3f, \"max_ms\": %.3f, "
                 "\"requests_per_second\": %.1f, \"bytes\": %zu}\n",
                 count, durations[count / 2] * 1e3, durations[(count * 99) / 100] * 1e3,
                 durations[count - 1] * 1e3, (double)count / elapsed, clients[0].body_length);
    free(durations);
    return EXIT_SUCCESS;
}
