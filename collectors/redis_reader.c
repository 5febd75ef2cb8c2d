/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes of a Redis server → one reply, with limits on its size.
 *
 * https://redis.io/docs/latest/develop/reference/protocol-spec/, RESP2. The reader of hiredis
 * limits the depth itself, and reserves memory for an array as soon as its length is announced. */

#include "collectors/redis_reader.h"

#include <stdlib.h>

/* The type of the number of elements changed with hiredis 1.0. */
#if HIREDIS_MAJOR >= 1
#define ELEMENT_COUNT size_t
#else
#define ELEMENT_COUNT int
#endif

struct redis_reader {
    redisReader *reader;
    redisReplyObjectFunctions functions;     /* Ours … */
    const redisReplyObjectFunctions *common; /* … and those of hiredis. */
    size_t bytes;                            /* Of the current reply. */
    size_t elements;
};

static void *create_array(const redisReadTask *task, ELEMENT_COUNT count)
{
    struct redis_reader *reader = task->privdata;

    if ((long long)count < 0 || (size_t)count > REDIS_ANSWER_ELEMENTS_MAX - reader->elements) {
        return NULL;
    }
    reader->elements += (size_t)count;
    return reader->common->createArray(task, count);
}

struct redis_reader *redis_reader_new(void)
{
    struct redis_reader *reader = calloc(1, sizeof *reader);

    if (reader == NULL || (reader->reader = redisReaderCreate()) == NULL) {
        abort();
    }
    reader->common = reader->reader->fn;
    reader->functions = *reader->common;
    reader->functions.createArray = create_array;
    reader->reader->fn = &reader->functions;
    reader->reader->privdata = reader;
    return reader;
}

void redis_reader_free(struct redis_reader *reader)
{
    if (reader != NULL) {
        redisReaderFree(reader->reader);
        free(reader);
    }
}

static bool set_reader_error(const struct redis_reader *reader, struct error *error)
{
    if (reader->reader->err == REDIS_ERR_OOM) {
        return error_set(error, ERROR_PROTOCOL, "the answer has more than %d elements",
                         REDIS_ANSWER_ELEMENTS_MAX);
    }
    return error_set(error, ERROR_PROTOCOL,
                     "the answer is not Redis protocol (%s); is this the right port, and is "
                     "\"tls\" set as the server wants it?",
                     reader->reader->errstr);
}

bool redis_reader_feed(struct redis_reader *reader, const char *bytes, size_t length,
                       redisReply **ret_reply, struct error *error)
{
    void *reply = NULL;

    reader->bytes += length;
    if (reader->bytes > REDIS_ANSWER_BYTES_MAX) {
        return error_set(error, ERROR_PROTOCOL, "the answer is longer than %d bytes",
                         REDIS_ANSWER_BYTES_MAX);
    }
    if (redisReaderFeed(reader->reader, bytes, length) != REDIS_OK ||
        redisReaderGetReply(reader->reader, &reply) != REDIS_OK) {
        return set_reader_error(reader, error);
    }
    if (reply == NULL) {
        *ret_reply = NULL;
        return true;
    }
    if (reader->reader->pos != reader->reader->len) {
        freeReplyObject(reply);
        return error_set(error, ERROR_PROTOCOL, "the server sent more than one answer");
    }
    reader->bytes = 0;
    reader->elements = 0;
    *ret_reply = reply;
    return true;
}
