/* SPDX-License-Identifier: Apache-2.0 */
/* An instance of librdkafka: its life, and what its errors mean. */

#include "collectors/kafka_handle.h"

#include <stdlib.h>
#include <string.h>

#include "collectors/kafka_round.h"
#include "exporter/clock.h"

/* librdkafka repeats an error that lasts every 30 seconds. */
#define TROUBLE_LASTS_MS 60000
/* Ending an instance takes 10 ms, unless one of its threads waits for a name server. */
#define RETIRING_MS 300

static const struct {
    rd_kafka_resp_err_t code;
    enum error_kind kind;
} code_kinds[] = {
    {RD_KAFKA_RESP_ERR__TRANSPORT, ERROR_CONNECT},
    {RD_KAFKA_RESP_ERR__RESOLVE, ERROR_CONNECT},
    {RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN, ERROR_CONNECT},
    {RD_KAFKA_RESP_ERR__NODE_UPDATE, ERROR_CONNECT},
    {RD_KAFKA_RESP_ERR_BROKER_NOT_AVAILABLE, ERROR_CONNECT},
    {RD_KAFKA_RESP_ERR_NETWORK_EXCEPTION, ERROR_CONNECT},
    {RD_KAFKA_RESP_ERR__TIMED_OUT, ERROR_TIMEOUT},
    {RD_KAFKA_RESP_ERR__TIMED_OUT_QUEUE, ERROR_TIMEOUT},
    {RD_KAFKA_RESP_ERR__WAIT_COORD, ERROR_TIMEOUT},
    {RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT, ERROR_TIMEOUT},
    {RD_KAFKA_RESP_ERR__AUTHENTICATION, ERROR_AUTH},
    {RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED, ERROR_AUTH},
    {RD_KAFKA_RESP_ERR_UNSUPPORTED_SASL_MECHANISM, ERROR_AUTH},
    {RD_KAFKA_RESP_ERR_ILLEGAL_SASL_STATE, ERROR_AUTH},
    {RD_KAFKA_RESP_ERR__SSL, ERROR_TLS},
    {RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED, ERROR_PERMISSION},
    {RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED, ERROR_PERMISSION},
    {RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED, ERROR_PERMISSION},
    {RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART, ERROR_NOT_FOUND},
    {RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC, ERROR_NOT_FOUND},
    {RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION, ERROR_NOT_FOUND},
    {RD_KAFKA_RESP_ERR__BAD_MSG, ERROR_PROTOCOL},
    {RD_KAFKA_RESP_ERR__BAD_COMPRESSION, ERROR_PROTOCOL},
    {RD_KAFKA_RESP_ERR__CRIT_SYS_RESOURCE, ERROR_INTERNAL},
    {RD_KAFKA_RESP_ERR__UNSUPPORTED_FEATURE, ERROR_PROTOCOL},
    {RD_KAFKA_RESP_ERR_UNSUPPORTED_VERSION, ERROR_PROTOCOL},
};

static enum error_kind kind_of_code(rd_kafka_resp_err_t code)
{
    for (size_t i = 0; i < sizeof code_kinds / sizeof code_kinds[0]; i++) {
        if (code_kinds[i].code == code) {
            return code_kinds[i].kind;
        }
    }
    return ERROR_QUERY;
}

static const char *remedy_of_kind(enum error_kind kind)
{
    switch (kind) {
    case ERROR_AUTH:
        return "; check sasl.mechanism, sasl.username and the password";
    case ERROR_TLS:
        return "; check security.protocol, ssl.ca.location and the certificates";
    case ERROR_CONNECT:
        return "; check the brokers' addresses and security.protocol";
    case ERROR_PERMISSION:
        return "; allow it to the exporter's user";
    default:
        return "";
    }
}

static bool is_about_access(enum error_kind kind)
{
    return kind == ERROR_AUTH || kind == ERROR_TLS;
}

/* librdkafka takes a broker that says nothing for a very old one: nobody should go after that. */
static const char *explain(const char *reason, char *buffer, size_t size)
{
    const char *end = strstr(reason, ": ApiVersionRequest failed: Local: Timed out");

    if (end == NULL) {
        return reason;
    }
    (void)snprintf(buffer, size, "%.*s: connected, but the broker says nothing",
                   (int)(end - reason), reason);
    return buffer;
}

/* Called by librdkafka from rd_kafka_poll. */
static void note_trouble(rd_kafka_t *rk, int code, const char *reason, void *opaque)
{
    struct kafka_handle *handle = opaque;
    enum error_kind kind = kind_of_code((rd_kafka_resp_err_t)code);
    int64_t now_ms = clock_monotonic_ms();
    char buffer[ERROR_MESSAGE_BYTES];

    (void)rk;
    if (code == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN) {
        return; /* Says nothing that the others do not. */
    }
    (void)pthread_mutex_lock(&handle->lock);
    /* A refusal explains more than that one more connection failed. */
    if (is_about_access(kind) || !is_about_access(handle->trouble.kind) ||
        now_ms - handle->trouble_monotonic_ms > TROUBLE_LASTS_MS) {
        (void)error_set(&handle->trouble, kind, "%s%s", explain(reason, buffer, sizeof buffer),
                        remedy_of_kind(kind));
        handle->trouble_monotonic_ms = now_ms;
    }
    (void)pthread_mutex_unlock(&handle->lock);
}

static void ignore_log(const rd_kafka_t *rk, int level, const char *facility, const char *text)
{
    (void)rk;
    (void)level;
    (void)facility;
    (void)text;
}

struct kafka_handle *kafka_handle_new(rd_kafka_conf_t *configuration, bool committed,
                                      struct error *error)
{
    struct kafka_handle *handle = calloc(1, sizeof *handle);
    char reason[ERROR_MESSAGE_BYTES / 2] = "";

    if (handle == NULL || pthread_mutex_init(&handle->lock, NULL) != 0) {
        abort();
    }
    handle->committed = committed;
    handle->references = 1;
    kafka_option_set(configuration, "isolation.level",
                     committed ? "read_committed" : "read_uncommitted");
    rd_kafka_conf_set_opaque(configuration, handle);
    rd_kafka_conf_set_error_cb(configuration, note_trouble);
    rd_kafka_conf_set_log_cb(configuration, ignore_log);
    handle->rk = rd_kafka_new(RD_KAFKA_CONSUMER, configuration, reason, sizeof reason);
    if (handle->rk == NULL) {
        bool about_tls = strstr(reason, "ssl") != NULL || strstr(reason, "SSL") != NULL;

        (void)error_set(error, about_tls ? ERROR_TLS : ERROR_INTERNAL, "%s", reason);
        rd_kafka_conf_destroy(configuration);
        (void)pthread_mutex_destroy(&handle->lock);
        free(handle);
        return NULL;
    }
    return handle;
}

struct kafka_handle *kafka_handle_share(struct kafka_handle *handle)
{
    (void)pthread_mutex_lock(&handle->lock);
    handle->references++;
    (void)pthread_mutex_unlock(&handle->lock);
    return handle;
}

void kafka_handle_release(struct kafka_handle **handle)
{
    bool last;

    (void)pthread_mutex_lock(&(*handle)->lock);
    last = --(*handle)->references == 0;
    (void)pthread_mutex_unlock(&(*handle)->lock);
    if (last) {
        rd_kafka_destroy_flags((*handle)->rk, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
        (void)pthread_mutex_destroy(&(*handle)->lock);
        free(*handle);
    }
    *handle = NULL;
}

/* Holds the reference of who retires the handle, so that the job's own is the last one, unless
 * others are still in a call. */
struct retirement {
    struct kafka_job job;
    struct kafka_handle *handle;
};

static void retire(struct kafka_job *job, rd_kafka_t *rk, int timeout_ms)
{
    (void)rk;
    (void)timeout_ms;
    kafka_handle_release(&((struct retirement *)job)->handle);
}

static void free_retirement(struct kafka_job *job)
{
    struct retirement *retirement = (struct retirement *)job;

    if (retirement->handle != NULL) {
        kafka_handle_release(&retirement->handle);
    }
    free(retirement);
}

void kafka_handle_retire(struct kafka_handle *handle)
{
    const struct stop never = {.descriptor = -1};
    struct deadline deadline = {.monotonic_ms = clock_monotonic_ms() + RETIRING_MS, .stop = &never};
    struct retirement *retirement;
    struct kafka_round *round;
    struct error ignored;

    if (handle == NULL) {
        return;
    }
    round = kafka_round_new();
    retirement = calloc(1, sizeof *retirement);
    if (retirement == NULL) {
        abort();
    }
    retirement->job = (struct kafka_job){.run = retire, .release = free_retirement};
    retirement->handle = handle;
    if (kafka_round_start(round, handle, &retirement->job, &deadline, &ignored)) {
        (void)kafka_round_wait(round, 1, &deadline);
    }
    kafka_round_free(&round);
}

bool kafka_set_error(struct kafka_handle *handle, rd_kafka_resp_err_t code, const char *what,
                     struct error *error)
{
    enum error_kind kind = kind_of_code(code);
    struct error trouble = {.kind = ERROR_NONE};

    (void)rd_kafka_poll(handle->rk, 0);
    (void)pthread_mutex_lock(&handle->lock);
    if (clock_monotonic_ms() - handle->trouble_monotonic_ms < TROUBLE_LASTS_MS) {
        trouble = handle->trouble;
    }
    (void)pthread_mutex_unlock(&handle->lock);
    if ((kind == ERROR_TIMEOUT || kind == ERROR_CONNECT) && trouble.kind != ERROR_NONE) {
        return error_set(error, trouble.kind, "%s: %s", what, trouble.message);
    }
    if (kind == ERROR_TIMEOUT) {
        return error_set(error, kind, "%s: no answer in time", what);
    }
    return error_set(error, kind, "%s: %s%s", what, rd_kafka_err2str(code), remedy_of_kind(kind));
}

int kafka_timeout_ms(const struct deadline *deadline, int max_ms)
{
    int64_t remaining_ms = deadline_remaining_ms(deadline);

    return remaining_ms < max_ms ? (int)remaining_ms : max_ms;
}

bool kafka_is_over(const struct deadline *deadline)
{
    return deadline_remaining_ms(deadline) == 0 || stop_wait_until(deadline->stop, 0);
}

void kafka_pressure_add(struct kafka_pressure *pressure, const rd_kafka_message_t *message)
{
    pressure->messages++;
    pressure->bytes += message->key_len + message->len;
}

bool kafka_pressure_stalls(struct kafka_pressure *pressure)
{
    bool stalls = pressure->messages == 0 && pressure->was_full;

    /* Half is enough: what is taken at once need not be all that was there. */
    pressure->was_full =
        !stalls && (pressure->was_full || pressure->messages >= KAFKA_QUEUED_MESSAGES / 2 ||
                    pressure->bytes >= KAFKA_QUEUED_KIB * 1024 / 2);
    pressure->messages = 0;
    pressure->bytes = 0;
    return stalls;
}
