/* SPDX-License-Identifier: Apache-2.0 */
/* One question to one name server: over UDP, and over TCP where the answer is too long for that. */

#include "collectors/dns_exchange.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>

#include "exporter/bounds.h"
#include "exporter/cleanup.h"

/* UDP loses some. */
#define ATTEMPTS 3
/* Answers to nobody's question after which an attempt ends: somebody floods us. */
#define STRANGERS_MAX 100

/* One question under way. */
struct asking {
    const struct dns_question *question;
    const struct deadline *deadline;
    struct arena *arena;
    unsigned char bytes[DNS_QUESTION_BYTES_MAX];
    size_t length;
    uint16_t id;
    int descriptor;
};

/* What the network says of the other side, and what it says of ours. */
static bool set_socket_error(int number, struct error *error)
{
    bool is_theirs = number == ECONNREFUSED || number == ECONNRESET || number == EPIPE ||
                     number == EHOSTUNREACH || number == ETIMEDOUT;

    return error_set(error, is_theirs ? ERROR_CONNECT : ERROR_INTERNAL, "%s",
                     strerrordesc_np(number));
}

/* A connected socket takes nothing from others, and tells when nobody listens. */
static bool open_socket(const char *address, unsigned port, int type, int *ret_descriptor,
                        struct error *error)
{
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = htons((uint16_t)port)};
    struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    bool is_v6 = strchr(address, ':') != NULL;
    const struct sockaddr *peer =
        is_v6 ? (const struct sockaddr *)&v6 : (const struct sockaddr *)&v4;
    CLEANUP(close_descriptor) int descriptor = -1;

    if (inet_pton(is_v6 ? AF_INET6 : AF_INET, address,
                  is_v6 ? (void *)&v6.sin6_addr : (void *)&v4.sin_addr) != 1) {
        return error_set(error, ERROR_INTERNAL, "\"%s\" is no IP address", address);
    }
    descriptor = socket(is_v6 ? AF_INET6 : AF_INET, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (descriptor < 0) {
        return set_socket_error(errno, error);
    }
    if (connect(descriptor, peer, is_v6 ? sizeof v6 : sizeof v4) != 0 && errno != EINPROGRESS) {
        return set_socket_error(errno, error);
    }
    *ret_descriptor = descriptor;
    descriptor = -1;
    return true;
}

static bool new_id(struct asking *asking, struct error *error)
{
    if (getrandom(&asking->id, sizeof asking->id, 0) != (ssize_t)sizeof asking->id) {
        return error_set(error, ERROR_INTERNAL, "no random numbers: errno %d", errno);
    }
    asking->length =
        dns_question_write(asking->bytes, asking->id, asking->question->recursion_desired,
                           asking->question->name, asking->question->type);
    return true;
}

/* Some servers do not repeat the question that they refuse. */
static bool belongs(const struct asking *asking, const struct dns_answer *answer)
{
    if (answer->id != asking->id) {
        return false;
    }
    if (answer->name == NULL) {
        return answer->code != DNS_NO_ERROR;
    }
    return dns_name_is(answer->name, asking->question->name) &&
           answer->type == (unsigned)asking->question->type;
}

static bool set_strange_error(struct error *error)
{
    return error_set(error, ERROR_PROTOCOL, "no answer that belongs to the question");
}

/* Waits for the answer, whatever else may come before it. */
static bool receive_datagram(const struct asking *asking, const struct deadline *deadline,
                             struct dns_answer *ret_answer, struct error *error)
{
    /* Without EDNS nobody may send more than 512 bytes (RFC 1035, section 4.2.1); some do. */
    unsigned char bytes[4096];
    int strangers = 0;

    while (strangers < STRANGERS_MAX) {
        struct error ignored;
        ssize_t count;

        if (!deadline_wait(deadline, asking->descriptor, POLLIN, error)) {
            return strangers == 0 ? false : set_strange_error(error);
        }
        count = recv(asking->descriptor, bytes, sizeof bytes, 0);
        if (count < 0 && (errno == EAGAIN || errno == EINTR)) {
            continue;
        }
        if (count < 0) {
            return set_socket_error(errno, error);
        }
        /* Only who knows the id is read, and only once: it has seen the question, or is lucky. */
        if (count >= 2 && (bytes[0] << 8 | bytes[1]) == asking->id) {
            return dns_answer_read(asking->arena, bytes, (size_t)count, ret_answer, &ignored) &&
                           belongs(asking, ret_answer)
                       ? true
                       : set_strange_error(error);
        }
        strangers++;
    }
    return set_strange_error(error);
}

static bool ask_by_datagram(struct asking *asking, const char *address, unsigned port,
                            struct dns_answer *ret_answer, struct error *error)
{
    CLEANUP(close_descriptor) int descriptor = -1;

    if (!open_socket(address, port, SOCK_DGRAM, &descriptor, error)) {
        return false;
    }
    asking->descriptor = descriptor;
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
        int64_t budget_ms = deadline_remaining_ms(asking->deadline) / (ATTEMPTS - attempt);
        struct deadline deadline = deadline_within(asking->deadline, budget_ms);

        if (!new_id(asking, error)) {
            return false;
        }
        if (send(descriptor, asking->bytes, asking->length, MSG_NOSIGNAL) < 0) {
            return set_socket_error(errno, error);
        }
        if (receive_datagram(asking, &deadline, ret_answer, error)) {
            return true;
        }
        if (error->kind != ERROR_TIMEOUT && error->kind != ERROR_PROTOCOL) {
            return false;
        }
    }
    return false;
}

static bool send_all(const struct asking *asking, struct error *error)
{
    unsigned char bytes[2 + DNS_QUESTION_BYTES_MAX];
    size_t length = asking->length + 2;
    size_t sent = 0;

    bytes[0] = (unsigned char)(asking->length >> 8);
    bytes[1] = (unsigned char)asking->length;
    memcpy(bytes + 2, asking->bytes, asking->length);
    while (sent < length) {
        ssize_t count;

        if (!deadline_wait(asking->deadline, asking->descriptor, POLLOUT, error)) {
            return false;
        }
        count = send(asking->descriptor, bytes + sent, length - sent, MSG_NOSIGNAL);
        if (count < 0 && errno != EAGAIN && errno != EINTR) {
            return set_socket_error(errno, error);
        }
        sent += count > 0 ? (size_t)count : 0;
    }
    return true;
}

static bool receive_all(const struct asking *asking, unsigned char *bytes, size_t length,
                        struct error *error)
{
    size_t received = 0;

    while (received < length) {
        ssize_t count;

        if (!deadline_wait(asking->deadline, asking->descriptor, POLLIN, error)) {
            return false;
        }
        count = recv(asking->descriptor, bytes + received, length - received, 0);
        if (count == 0) {
            return error_set(error, ERROR_CONNECT, "closed the connection instead of an answer");
        }
        if (count < 0 && errno != EAGAIN && errno != EINTR) {
            return set_socket_error(errno, error);
        }
        received += count > 0 ? (size_t)count : 0;
        if (received < length && deadline_remaining_ms(asking->deadline) == 0) {
            return error_set(error, ERROR_TIMEOUT, "no answer in time");
        }
    }
    return true;
}

/* With the length before each message (section 4.2.2). */
static bool ask_by_stream(struct asking *asking, const char *address, unsigned port,
                          struct dns_answer *ret_answer, struct error *error)
{
    CLEANUP(close_descriptor) int descriptor = -1;
    unsigned char prefix[2];
    unsigned char *bytes;
    size_t length;

    if (!open_socket(address, port, SOCK_STREAM, &descriptor, error)) {
        return false;
    }
    asking->descriptor = descriptor;
    if (!new_id(asking, error) || !send_all(asking, error) ||
        !receive_all(asking, prefix, sizeof prefix, error)) {
        return false;
    }
    length = (size_t)prefix[0] << 8 | prefix[1];
    bytes = arena_alloc(asking->arena, length + 1);
    if (!receive_all(asking, bytes, length, error) ||
        !dns_answer_read(asking->arena, bytes, length, ret_answer, error)) {
        return false;
    }
    if (!belongs(asking, ret_answer) || ret_answer->truncated) {
        return error_set(error, ERROR_PROTOCOL, "the answer does not belong to the question");
    }
    return true;
}

bool dns_ask(const char *address, unsigned port, const struct dns_question *question,
             const struct deadline *deadline, struct arena *arena, struct dns_answer *ret_answer,
             struct error *error)
{
    struct asking asking = {.question = question, .deadline = deadline, .arena = arena};
    struct dns_answer answer;

    if (deadline_remaining_ms(deadline) == 0) {
        return error_set(error, ERROR_TIMEOUT, "no time left to ask");
    }
    if (!ask_by_datagram(&asking, address, port, &answer, error)) {
        return false;
    }
    if (answer.truncated && !ask_by_stream(&asking, address, port, &answer, error)) {
        return error_prefix(error, "over TCP, because the answer is long");
    }
    *ret_answer = answer;
    return true;
}
