/* SPDX-License-Identifier: Apache-2.0 */
/* A stream of bytes to a server, plain, through TLS or a Unix socket, on which no call waits
 * beyond its deadline.
 *
 * libcurl resolves names without blocking, tries all addresses and speaks TLS; with
 * https://curl.se/libcurl/c/CURLOPT_CONNECT_ONLY.html it hands over the stream then. */

#include "collectors/socket_stream.h"

#include <curl/curl.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "exporter/cleanup.h"

struct socket_stream {
    CURLM *multi;
    CURL *easy;
    struct curl_slist *connect_to;
    curl_socket_t descriptor;
    bool uses_tls;
    bool has_answered;
    char message[CURL_ERROR_SIZE];
};

static void initialize(void)
{
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
        abort();
    }
}

static bool is_port(const char *text)
{
    char *end;
    long port = strtol(text, &end, 10);

    return *text >= '0' && *text <= '9' && *end == '\0' && port >= 1 && port <= 65535;
}

bool socket_address_check(const char *address, struct error *error)
{
    static const char name[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
    static const char numeric[] = "0123456789abcdefABCDEF:.";
    size_t length;

    if (*address == '/') {
        return true;
    }
    if (*address == '[') {
        length = strspn(address + 1, numeric);
        if (length > 0 && strncmp(address + 1 + length, "]:", 2) == 0 &&
            is_port(address + length + 3)) {
            return true;
        }
    } else {
        length = strspn(address, name);
        if (length > 0 && address[length] == ':' && is_port(address + length + 1)) {
            return true;
        }
    }
    return error_set(error, ERROR_INTERNAL,
                     "\"%s\" is no address; write host:port, [IPv6]:port or the path of a Unix "
                     "socket",
                     address);
}

static void set_text(CURL *easy, CURLoption option, const char *value)
{
    if (value != NULL && curl_easy_setopt(easy, option, value) == CURLE_OUT_OF_MEMORY) {
        abort();
    }
}

static void set_number(CURL *easy, CURLoption option, long value)
{
    (void)curl_easy_setopt(easy, option, value);
}

static void set_tls(CURL *easy, const struct socket_tls *tls)
{
    set_text(easy, CURLOPT_CAINFO, tls->ca_file);
    set_text(easy, CURLOPT_SSLCERT, tls->cert_file);
    set_text(easy, CURLOPT_SSLKEY, tls->key_file == NULL ? tls->cert_file : tls->key_file);
    /* OpenSSL would ask the terminal for the passphrase of an encrypted key. */
    set_text(easy, CURLOPT_KEYPASSWD, "");
    set_number(easy, CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2);
    set_number(easy, CURLOPT_SSL_ENABLE_ALPN, 0);
}

/* The URL carries the name that the certificate is checked against; where to connect to is said
 * apart from it. Its scheme only decides about TLS. */
static void set_target(struct socket_stream *stream, const char *address,
                       const struct socket_tls *tls)
{
    CLEANUP(free_text) char *url = NULL;
    CLEANUP(free_text) char *target = NULL;
    const char *scheme = tls->enabled ? "https" : "http";
    const char *name = tls->server_name;
    int length;

    if (*address == '/') {
        set_text(stream->easy, CURLOPT_UNIX_SOCKET_PATH, address);
        length = asprintf(&url, "%s://%s/", scheme, name == NULL ? "localhost" : name);
    } else if (name == NULL) {
        length = asprintf(&url, "%s://%s/", scheme, address);
    } else {
        length = asprintf(&url, "%s://%s/", scheme, name);
        if (length >= 0) {
            length = asprintf(&target, "::%s", address);
        }
    }
    if (length < 0) {
        abort();
    }
    set_text(stream->easy, CURLOPT_URL, url);
    if (target != NULL) {
        stream->connect_to = curl_slist_append(NULL, target);
        (void)curl_easy_setopt(stream->easy, CURLOPT_CONNECT_TO, stream->connect_to);
    }
}

static struct socket_stream *stream_new(const char *address, const struct socket_tls *tls,
                                        long timeout_ms)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    struct socket_stream *stream = calloc(1, sizeof *stream);

    (void)pthread_once(&once, initialize);
    if (stream == NULL || (stream->easy = curl_easy_init()) == NULL ||
        (stream->multi = curl_multi_init()) == NULL) {
        abort();
    }
    stream->uses_tls = tls->enabled;
    set_target(stream, address, tls);
    if (tls->enabled) {
        set_tls(stream->easy, tls);
    }
    (void)curl_easy_setopt(stream->easy, CURLOPT_ERRORBUFFER, stream->message);
    set_number(stream->easy, CURLOPT_CONNECT_ONLY, 1);
    set_number(stream->easy, CURLOPT_NOSIGNAL, 1);
    set_number(stream->easy, CURLOPT_CONNECTTIMEOUT_MS, timeout_ms);
    /* Else closing waits for a name server that does not answer. */
    set_number(stream->easy, CURLOPT_QUICK_EXIT, 1);
    /* No proxy, whatever the environment says. */
    set_text(stream->easy, CURLOPT_PROXY, "");
    return stream;
}

/* TLS 1.3 refuses a client's certificate only after the handshake. */
static bool set_lost_error(const struct socket_stream *stream, const char *message,
                           struct error *error)
{
    if (stream->uses_tls && !stream->has_answered) {
        return error_set(error, ERROR_TLS,
                         "%s, right after the TLS handshake; does the server want a client "
                         "certificate?",
                         message);
    }
    return error_set(error, ERROR_CONNECT, "%s", message);
}

static bool set_curl_error(const struct socket_stream *stream, CURLcode code, struct error *error)
{
    const char *message = *stream->message == '\0' ? curl_easy_strerror(code) : stream->message;
    enum error_kind kind = ERROR_CONNECT;

    switch (code) {
    case CURLE_UNSUPPORTED_PROTOCOL: /* The stream is gone. */
        return set_lost_error(stream, "the server closed the connection", error);
    case CURLE_OPERATION_TIMEDOUT:
        kind = ERROR_TIMEOUT;
        break;
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_ISSUER_ERROR:
        kind = ERROR_TLS;
        break;
    case CURLE_RECV_ERROR:
    case CURLE_SEND_ERROR:
        return set_lost_error(stream, message, error);
    default:
        break;
    }
    return error_set(error, kind, "%s", message);
}

static bool drive_connect(struct socket_stream *stream, const struct deadline *deadline,
                          struct error *error)
{
    const CURLMsg *done;
    int running = 1;
    int left;

    while (running != 0) {
        struct curl_waitfd stop = {.fd = deadline->stop->descriptor, .events = CURL_WAIT_POLLIN};
        int64_t remaining_ms = deadline_remaining_ms(deadline);

        if (curl_multi_perform(stream->multi, &running) != CURLM_OK) {
            return error_set(error, ERROR_INTERNAL, "libcurl cannot connect");
        }
        if (running == 0) {
            break;
        }
        if (remaining_ms == 0) {
            return error_set(error, ERROR_TIMEOUT, "no %sconnection in time",
                             stream->uses_tls ? "TLS " : "");
        }
        (void)curl_multi_poll(stream->multi, &stop, 1,
                              remaining_ms > 1000 ? 1000 : (int)remaining_ms, NULL);
        if (stop.revents != 0) {
            return error_set(error, ERROR_TIMEOUT, "stopped while connecting");
        }
    }
    done = curl_multi_info_read(stream->multi, &left);
    if (done == NULL || done->msg != CURLMSG_DONE) {
        return error_set(error, ERROR_INTERNAL, "libcurl does not say whether it is connected");
    }
    return done->data.result == CURLE_OK ? true : set_curl_error(stream, done->data.result, error);
}

bool socket_open(const char *address, const struct socket_tls *tls, const struct deadline *deadline,
                 struct socket_stream **ret_stream, struct error *error)
{
    int64_t remaining_ms = deadline_remaining_ms(deadline);
    struct socket_stream *stream;

    if (remaining_ms == 0) {
        return error_set(error, ERROR_TIMEOUT, "no time left to connect");
    }
    stream = stream_new(address, tls, (long)remaining_ms);
    if (curl_multi_add_handle(stream->multi, stream->easy) != CURLM_OK) {
        abort();
    }
    if (!drive_connect(stream, deadline, error)) {
        socket_close(stream);
        return false;
    }
    if (curl_easy_getinfo(stream->easy, CURLINFO_ACTIVESOCKET, &stream->descriptor) != CURLE_OK ||
        stream->descriptor == CURL_SOCKET_BAD) {
        (void)set_lost_error(stream, "the server closed the connection at once", error);
        socket_close(stream);
        return false;
    }
    *ret_stream = stream;
    return true;
}

bool socket_send(struct socket_stream *stream, const char *bytes, size_t length,
                 const struct deadline *deadline, struct error *error)
{
    while (length > 0) {
        size_t sent = 0;
        CURLcode code = curl_easy_send(stream->easy, bytes, length, &sent);

        if (code == CURLE_AGAIN) {
            if (!deadline_wait(deadline, stream->descriptor, POLLOUT, error)) {
                return error_prefix(error, "sending");
            }
        } else if (code != CURLE_OK) {
            return set_curl_error(stream, code, error);
        }
        bytes += sent;
        length -= sent;
    }
    return true;
}

bool socket_receive(struct socket_stream *stream, char *buffer, size_t size,
                    const struct deadline *deadline, size_t *ret_length, struct error *error)
{
    for (;;) {
        size_t received = 0;
        CURLcode code = curl_easy_recv(stream->easy, buffer, size, &received);

        if (code == CURLE_AGAIN) {
            if (!deadline_wait(deadline, stream->descriptor, POLLIN, error)) {
                return error_prefix(error, "waiting for the answer");
            }
            continue;
        }
        if (code != CURLE_OK) {
            return set_curl_error(stream, code, error);
        }
        if (received == 0) {
            return set_lost_error(stream, "the server closed the connection", error);
        }
        /* Bytes that trickle in must not outlast the deadline. */
        if (deadline_remaining_ms(deadline) == 0) {
            return error_set(error, ERROR_TIMEOUT, "waiting for the answer: no answer in time");
        }
        stream->has_answered = true;
        *ret_length = received;
        return true;
    }
}

const char *socket_peer(const struct socket_stream *stream)
{
    char *address = NULL;

    if (curl_easy_getinfo(stream->easy, CURLINFO_PRIMARY_IP, &address) != CURLE_OK ||
        address == NULL) {
        return "";
    }
    return address;
}

void socket_close(struct socket_stream *stream)
{
    if (stream != NULL) {
        (void)curl_multi_remove_handle(stream->multi, stream->easy);
        curl_easy_cleanup(stream->easy);
        (void)curl_multi_cleanup(stream->multi);
        curl_slist_free_all(stream->connect_to);
        free(stream);
    }
}
