/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes of a Redis server → one reply, with limits on its size. */

#ifndef COLLECTORS_REDIS_READER_H
#define COLLECTORS_REDIS_READER_H

#include <stdbool.h>
#include <stddef.h>

#include <hiredis/hiredis.h>

#include "exporter/error.h"

struct redis_reader;

struct redis_reader *redis_reader_new(void);
void redis_reader_free(struct redis_reader *reader);

/* Takes bytes as they came. *ret_reply stays NULL until the reply is complete; it is to be freed
 * by freeReplyObject. What is no Redis protocol, is too large, or follows a complete reply is
 * ERROR_PROTOCOL, after which the reader is of no more use. */
bool redis_reader_feed(struct redis_reader *reader, const char *bytes, size_t length,
                       redisReply **ret_reply, struct error *error);

#endif
