/* SPDX-License-Identifier: Apache-2.0 */
/* Blocking calls of librdkafka, each in a thread of its own. */

#include "collectors/kafka_round.h"

#include <limits.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "collectors/kafka_handle.h"
#include "exporter/bounds.h"

struct kafka_round {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    size_t references; /* The owner and every job that is not done. */
    size_t done;
    bool abandoned; /* By its owner: jobs free themselves. */
    struct kafka_job *jobs;
};

struct kafka_round *kafka_round_new(void)
{
    struct kafka_round *round = calloc(1, sizeof *round);
    pthread_condattr_t attributes;

    if (round == NULL || pthread_condattr_init(&attributes) != 0 ||
        pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC) != 0 ||
        pthread_cond_init(&round->changed, &attributes) != 0 ||
        pthread_mutex_init(&round->lock, NULL) != 0) {
        abort();
    }
    (void)pthread_condattr_destroy(&attributes);
    round->references = 1;
    return round;
}

static void drop_reference(struct kafka_round *round)
{
    bool last;

    (void)pthread_mutex_lock(&round->lock);
    last = --round->references == 0;
    (void)pthread_mutex_unlock(&round->lock);
    if (last) {
        (void)pthread_mutex_destroy(&round->lock);
        (void)pthread_cond_destroy(&round->changed);
        free(round);
    }
}

void kafka_round_free(struct kafka_round **round)
{
    struct kafka_job *finished = NULL;

    if (*round == NULL) {
        return;
    }
    (void)pthread_mutex_lock(&(*round)->lock);
    (*round)->abandoned = true;
    for (struct kafka_job *job = (*round)->jobs, *next; job != NULL; job = next) {
        next = job->next;
        if (job->done) {
            job->next = finished;
            finished = job;
        }
    }
    (void)pthread_mutex_unlock(&(*round)->lock);
    while (finished != NULL) {
        struct kafka_job *job = finished;

        finished = job->next;
        job->release(job);
    }
    drop_reference(*round);
    *round = NULL;
}

static void *job_main(void *argument)
{
    struct kafka_job *job = argument;
    struct kafka_round *round = job->round;
    struct kafka_handle *handle = job->handle;
    bool abandoned;

    job->run(job, handle->rk, job->timeout_ms);
    /* Before anybody learns that the job is done: who waits for it may free the client next. */
    kafka_handle_release(&handle);
    (void)pthread_mutex_lock(&round->lock);
    abandoned = round->abandoned;
    job->done = !abandoned;
    round->done++;
    (void)pthread_cond_signal(&round->changed);
    (void)pthread_mutex_unlock(&round->lock);
    if (abandoned) {
        job->release(job);
    }
    drop_reference(round);
    return NULL;
}

static bool start_thread(struct kafka_job *job)
{
    pthread_attr_t attributes;
    pthread_t thread;
    int code;

    if (pthread_attr_init(&attributes) != 0 ||
        pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED) != 0 ||
        pthread_attr_setstacksize(&attributes, WORKER_STACK_BYTES) != 0) {
        abort();
    }
    code = pthread_create(&thread, &attributes, job_main, job);
    (void)pthread_attr_destroy(&attributes);
    return code == 0;
}

bool kafka_round_start(struct kafka_round *round, struct kafka_handle *handle,
                       struct kafka_job *job, const struct deadline *deadline, struct error *error)
{
    job->timeout_ms = kafka_timeout_ms(deadline, INT_MAX);
    job->round = round;
    job->handle = kafka_handle_share(handle);
    (void)pthread_mutex_lock(&round->lock);
    round->references++;
    job->next = round->jobs;
    round->jobs = job;
    (void)pthread_mutex_unlock(&round->lock);
    if (start_thread(job)) {
        return true;
    }
    (void)pthread_mutex_lock(&round->lock);
    round->references--;
    round->jobs = job->next;
    (void)pthread_mutex_unlock(&round->lock);
    kafka_handle_release(&job->handle);
    job->release(job);
    return error_set(error, ERROR_INTERNAL,
                     "no thread can be started; raise the limit of tasks of the exporter");
}

/* A slice, so that a request to stop is heard soon. */
static void wait_slice(struct kafka_round *round, const struct deadline *deadline)
{
    long slice_ms = kafka_timeout_ms(deadline, KAFKA_SLICE_MS);
    struct timespec until;

    (void)clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_nsec += slice_ms * 1000000;
    until.tv_sec += until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    (void)pthread_cond_timedwait(&round->changed, &round->lock, &until);
}

bool kafka_round_wait(struct kafka_round *round, size_t done, const struct deadline *deadline)
{
    bool reached;

    (void)pthread_mutex_lock(&round->lock);
    while (round->done < done && !kafka_is_over(deadline)) {
        wait_slice(round, deadline);
    }
    reached = round->done >= done;
    (void)pthread_mutex_unlock(&round->lock);
    return reached;
}

bool kafka_job_is_done(const struct kafka_job *job)
{
    bool done;

    (void)pthread_mutex_lock(&job->round->lock);
    done = job->done;
    (void)pthread_mutex_unlock(&job->round->lock);
    return done;
}
