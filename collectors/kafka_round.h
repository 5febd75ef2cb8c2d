/* SPDX-License-Identifier: Apache-2.0 */
/* Blocking calls of librdkafka, each in a thread of its own, so that one broker that says nothing
 * delays no other, and a request to stop is heard at once.
 *
 * Several calls of librdkafka 2.0 can only be ended by their own timeout. Whoever waits for a round
 * leaves it when the deadline has come or the exporter stops; jobs that are still in a call end
 * with it, and free themselves and their reference to the handle. */

#ifndef COLLECTORS_KAFKA_ROUND_H
#define COLLECTORS_KAFKA_ROUND_H

#include <stdbool.h>
#include <stddef.h>

#include <librdkafka/rdkafka.h>

#include "exporter/error.h"
#include "exporter/stop.h"

struct kafka_handle;
struct kafka_round;

/* The first member of what the job needs and finds out, all of which it owns. */
struct kafka_job {
    void (*run)(struct kafka_job *job, rd_kafka_t *rk, int timeout_ms);
    void (*release)(struct kafka_job *job); /* Frees it. */
    /* Of kafka_round.c. */
    struct kafka_round *round;
    struct kafka_handle *handle;
    struct kafka_job *next;
    int timeout_ms;
    bool done;
};

struct kafka_round *kafka_round_new(void);
/* Results of its jobs are gone then. NULL is fine. */
void kafka_round_free(struct kafka_round **round);

/* Takes the job, also on failure. Its timeout is what is left of the deadline. */
bool kafka_round_start(struct kafka_round *round, struct kafka_handle *handle,
                       struct kafka_job *job, const struct deadline *deadline, struct error *error);

/* Waits until so many jobs of the round are done. False when the deadline came first, or a stop. */
bool kafka_round_wait(struct kafka_round *round, size_t done, const struct deadline *deadline);

/* The results of a job belong to the caller once it is done. */
bool kafka_job_is_done(const struct kafka_job *job);

#endif
