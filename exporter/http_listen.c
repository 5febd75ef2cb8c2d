/* SPDX-License-Identifier: Apache-2.0 */
/* The socket that the HTTP server listens on. */

#include "exporter/http_listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define BACKLOG 128

static bool set_option(int descriptor, int level, int option, int value)
{
    return setsockopt(descriptor, level, option, &value, sizeof value) == 0;
}

/* -1 with errno set on failure. */
static int try_address(const struct addrinfo *address)
{
    int descriptor =
        socket(address->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_TCP);
    int saved;

    if (descriptor < 0) {
        return -1;
    }
    if (set_option(descriptor, SOL_SOCKET, SO_REUSEADDR, 1) &&
        (address->ai_family != AF_INET6 || set_option(descriptor, IPPROTO_IPV6, IPV6_V6ONLY, 0)) &&
        bind(descriptor, address->ai_addr, address->ai_addrlen) == 0 &&
        listen(descriptor, BACKLOG) == 0) {
        return descriptor;
    }
    saved = errno;
    (void)close(descriptor);
    errno = saved;
    return -1;
}

static bool explain(const char *host, uint16_t port, int reason, struct error *error)
{
    const char *remedy;

    switch (reason) {
    case EADDRINUSE:
        remedy = "the port is in use; stop the other process or choose another port with "
                 "--web.listen-address";
        break;
    case EACCES:
        remedy = "not permitted; choose a port above 1023 with --web.listen-address";
        break;
    case EADDRNOTAVAIL:
        remedy = "no such address on this machine; choose one of its own with "
                 "--web.listen-address, or only a port for all of them";
        break;
    default:
        return error_set(error, ERROR_CONNECT, "cannot listen on %s:%u: errno %d (%s)", host, port,
                         reason, strerrordesc_np(reason));
    }
    return error_set(error, ERROR_CONNECT, "cannot listen on %s:%u: %s", host, port, remedy);
}

static uint16_t port_of(int descriptor)
{
    struct sockaddr_storage address = {0};
    socklen_t length = sizeof address;

    (void)getsockname(descriptor, (struct sockaddr *)&address, &length);
    return ntohs(address.ss_family == AF_INET6 ? ((struct sockaddr_in6 *)&address)->sin6_port
                                               : ((struct sockaddr_in *)&address)->sin_port);
}

bool http_listen(const char *host, uint16_t port, int *ret_descriptor, uint16_t *ret_port,
                 struct error *error)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE | AI_NUMERICSERV};
    struct addrinfo *addresses;
    char service[8];
    int descriptor = -1;
    int reason = 0;
    int result;

    /* One IPv6 socket serves both families; where the kernel has none, IPv4 alone. */
    const char *hosts[2] = {host, NULL};
    size_t count = 1;

    if (host[0] == '\0') {
        hosts[0] = "::";
        hosts[1] = "0.0.0.0";
        count = 2;
    }
    (void)snprintf(service, sizeof service, "%u", port);
    for (size_t i = 0; i < count && descriptor < 0 && reason != EADDRINUSE; i++) {
        result = getaddrinfo(hosts[i], service, &hints, &addresses);
        if (result != 0) {
            return error_set(error, ERROR_CONNECT,
                             "cannot listen on \"%s\": %s; write the address as in "
                             "--web.listen-address=127.0.0.1:10112",
                             host, gai_strerror(result));
        }
        descriptor = try_address(addresses);
        reason = errno;
        freeaddrinfo(addresses);
    }
    if (descriptor < 0) {
        return explain(host, port, reason, error);
    }
    *ret_descriptor = descriptor;
    *ret_port = port_of(descriptor);
    return true;
}
