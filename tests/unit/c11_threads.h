/* SPDX-License-Identifier: Apache-2.0 */
/* Lets ThreadSanitizer see what librdkafka does: it knows POSIX threads only, and ends with a
 * segmentation fault in those that C11's thrd_create made. So C11's functions are replaced by the
 * POSIX ones, of which glibc makes them anyway, with the same types. To be included once by a
 * program. */

#ifndef TESTS_UNIT_C11_THREADS_H
#define TESTS_UNIT_C11_THREADS_H

#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define THREADS_ARE_CHECKED
#endif
#endif
#if defined(__SANITIZE_THREAD__)
#define THREADS_ARE_CHECKED
#endif

#ifdef THREADS_ARE_CHECKED

#include <errno.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <threads.h>

_Static_assert(sizeof(mtx_t) == sizeof(pthread_mutex_t), "a mutex is a mutex");
_Static_assert(sizeof(cnd_t) == sizeof(pthread_cond_t), "a condition is a condition");

struct c11_start {
    thrd_start_t run;
    void *argument;
};

static void *c11_main(void *argument)
{
    struct c11_start start = *(struct c11_start *)argument;

    free(argument);
    return (void *)(intptr_t)start.run(start.argument);
}

static int c11_result(int code)
{
    switch (code) {
    case 0:
        return thrd_success;
    case ETIMEDOUT:
        return thrd_timedout;
    case EBUSY:
        return thrd_busy;
    default:
        return thrd_error;
    }
}

int thrd_create(thrd_t *thread, thrd_start_t run, void *argument)
{
    struct c11_start *start = malloc(sizeof *start);

    if (start == NULL) {
        return thrd_nomem;
    }
    *start = (struct c11_start){run, argument};
    return c11_result(pthread_create(thread, NULL, c11_main, start));
}

int thrd_join(thrd_t thread, int *ret_result)
{
    void *result = NULL;
    int code = pthread_join(thread, &result);

    if (ret_result != NULL) {
        *ret_result = (int)(intptr_t)result;
    }
    return c11_result(code);
}

int mtx_init(mtx_t *mutex, int type)
{
    pthread_mutexattr_t attributes;
    int code;

    (void)pthread_mutexattr_init(&attributes);
    if ((type & mtx_recursive) != 0) {
        (void)pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_RECURSIVE);
    }
    code = pthread_mutex_init((pthread_mutex_t *)mutex, &attributes);
    (void)pthread_mutexattr_destroy(&attributes);
    return c11_result(code);
}

void mtx_destroy(mtx_t *mutex)
{
    (void)pthread_mutex_destroy((pthread_mutex_t *)mutex);
}

int mtx_lock(mtx_t *mutex)
{
    return c11_result(pthread_mutex_lock((pthread_mutex_t *)mutex));
}

int mtx_trylock(mtx_t *mutex)
{
    return c11_result(pthread_mutex_trylock((pthread_mutex_t *)mutex));
}

int mtx_unlock(mtx_t *mutex)
{
    return c11_result(pthread_mutex_unlock((pthread_mutex_t *)mutex));
}

int cnd_init(cnd_t *condition)
{
    return c11_result(pthread_cond_init((pthread_cond_t *)condition, NULL));
}

void cnd_destroy(cnd_t *condition)
{
    (void)pthread_cond_destroy((pthread_cond_t *)condition);
}

int cnd_signal(cnd_t *condition)
{
    return c11_result(pthread_cond_signal((pthread_cond_t *)condition));
}

int cnd_broadcast(cnd_t *condition)
{
    return c11_result(pthread_cond_broadcast((pthread_cond_t *)condition));
}

int cnd_wait(cnd_t *condition, mtx_t *mutex)
{
    return c11_result(pthread_cond_wait((pthread_cond_t *)condition, (pthread_mutex_t *)mutex));
}

int cnd_timedwait(cnd_t *condition, mtx_t *mutex, const struct timespec *until)
{
    return c11_result(
        pthread_cond_timedwait((pthread_cond_t *)condition, (pthread_mutex_t *)mutex, until));
}

/* librdkafka counts references with atomic instructions, which are not seen here: whoever drops the
 * last one seems to destroy what others still use. */
const char *__tsan_default_suppressions(void);
const char *__tsan_default_suppressions(void)
{
    return "race:pthread_rwlock_destroy\n"
           "race:pthread_mutex_destroy\n"
           "race:pthread_cond_destroy\n";
}

#endif
#endif
