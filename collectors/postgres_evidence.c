/* SPDX-License-Identifier: Apache-2.0 */
/* From what the two ends said to a recovery point, without trusting any clock but our own. */

#include "collectors/postgres_evidence.h"

#include <math.h>
#include <string.h>

/* Aurora writes a row about once a second; one that is this old is not written any more. */
#define AURORA_STALE_SECONDS 30

double postgres_clock_skew(const struct postgres_end *end, double *ret_error_seconds)
{
    *ret_error_seconds = (end->answered_at - end->asked_at) / 2;
    return end->facts.server_now - (end->asked_at + end->answered_at) / 2;
}

uint64_t postgres_epoch(const struct postgres_memory *memory)
{
    return memory->system_identifier ^ (uint64_t)memory->timeline << 32;
}

static bool check_end(const struct postgres_end *end, const char *name, bool in_recovery,
                      struct error *error)
{
    if (!end->reached) {
        return true;
    }
    if (!end->facts.may_monitor) {
        return error_set(error, ERROR_PERMISSION,
                         "%s: the role cannot see replication; run there: GRANT pg_monitor TO "
                         "the role of %s_dsn",
                         name, name);
    }
    if (end->facts.in_recovery == in_recovery) {
        return true;
    }
    return error_set(error, ERROR_INCONSISTENT,
                     in_recovery ? "%s: not in recovery: it was promoted and is a primary"
                                 : "%s: in recovery: it is a standby and not the primary",
                     name);
}

static bool check_origin(uint64_t system, uint32_t timeline, const struct postgres_facts *replica,
                         const char *of, struct error *error)
{
    if (system != replica->system_identifier) {
        return error_set(error, ERROR_INCONSISTENT,
                         "replica: its system identifier %llu is not that of %s, %llu: it is a "
                         "copy of something else",
                         (unsigned long long)replica->system_identifier, of,
                         (unsigned long long)system);
    }
    if (timeline != replica->timeline) {
        return error_set(error, ERROR_INCONSISTENT,
                         "replica: it is on timeline %u and %s on %u: it does not follow it",
                         replica->timeline, of, timeline);
    }
    return true;
}

static struct postgres_lsn later(struct postgres_lsn a, struct postgres_lsn b)
{
    if (!a.known || (b.known && b.bytes > a.bytes)) {
        return b;
    }
    return a;
}

/* The standby was built anew if it is further back than before; and no standby replays beyond
 * where its WAL and the primary's part, because each record names the one before it. */
static bool is_mended(const struct postgres_pair *pair)
{
    const struct postgres_memory *memory = pair->memory;
    const struct postgres_facts *primary = &pair->primary.facts;
    const struct postgres_facts *replica = &pair->replica.facts;
    struct postgres_lsn copy = later(replica->received, replica->replayed);

    if (pair->primary.reached && (memory->system_identifier != primary->system_identifier ||
                                  memory->timeline != primary->timeline)) {
        return true;
    }
    return pair->replica.reached &&
           ((copy.known && copy.bytes < memory->copy.bytes) ||
            (replica->replayed.known && replica->replayed.bytes > memory->copy.bytes));
}

/* What the standby had in an earlier round the primary must have in this one. Otherwise the
 * primary lost WAL (restored, or without fsync) and the two have diverged on one timeline, also
 * when the primary's new WAL has reached the same positions. */
static bool check_not_diverged(const struct postgres_pair *pair, struct error *error)
{
    struct postgres_memory *memory = pair->memory;

    if (!memory->has_origin || !memory->copy.known || is_mended(pair)) {
        memory->diverged = false;
    } else if (pair->primary.reached && memory->copy.bytes > pair->primary.facts.current.bytes) {
        memory->diverged = true;
    }
    if (!memory->diverged) {
        return true;
    }
    return error_set(error, ERROR_INCONSISTENT,
                     "replica: it has WAL that the primary lost: they have diverged; build the "
                     "replica anew");
}

bool postgres_check_pair(const struct postgres_pair *pair, struct error *error)
{
    const struct postgres_facts *primary = &pair->primary.facts;

    if (!check_end(&pair->primary, "primary", false, error) ||
        !check_end(&pair->replica, "replica", true, error)) {
        return false;
    }
    if (pair->primary.reached && !primary->current.known) {
        return error_set(error, ERROR_PROTOCOL, "primary: it does not know its own WAL position");
    }
    if (!pair->replica.configured && pair->settings->standby_name == NULL) {
        return error_set(error, ERROR_NOT_FOUND,
                         "without replica_dsn it cannot be told which standby of the primary is "
                         "meant; give standby_name");
    }
    if (!check_not_diverged(pair, error)) {
        return false;
    }
    if (!pair->replica.reached) {
        return true;
    }
    if (pair->primary.reached) {
        return check_origin(primary->system_identifier, primary->timeline, &pair->replica.facts,
                            "the primary", error);
    }
    /* A primary that is only out of reach may have handed over to another one. */
    if (pair->primary.configured && pair->memory->has_origin) {
        return check_origin(pair->memory->system_identifier, pair->memory->timeline,
                            &pair->replica.facts, "the primary when last seen", error);
    }
    return true;
}

static void remember_origin(struct postgres_memory *memory, const struct postgres_facts *facts)
{
    if (memory->has_origin && (memory->system_identifier != facts->system_identifier ||
                               memory->timeline != facts->timeline)) {
        memory->copy.known = false;
        memory->has_recovery_point = false;
        memory->has_sender = false;
    }
    memory->has_origin = true;
    memory->system_identifier = facts->system_identifier;
    memory->timeline = facts->timeline;
}

static void remember(struct postgres_pair *pair, struct history *history)
{
    struct postgres_memory *memory = pair->memory;

    if (pair->primary.reached) {
        remember_origin(memory, &pair->primary.facts);
        history_add(history, postgres_epoch(memory), pair->primary.asked_at,
                    pair->primary.facts.current.bytes);
        memory->has_skew = true;
        memory->skew_seconds = postgres_clock_skew(&pair->primary, &memory->skew_error_seconds);
    } else if (pair->replica.reached && (!pair->primary.configured || !memory->has_origin)) {
        remember_origin(memory, &pair->replica.facts);
    }
}

/* Without news of the standby it is where it last was known to be. */
static struct postgres_lsn find_copy(const struct postgres_pair *pair,
                                     const struct postgres_sender *sender)
{
    if (pair->replica.reached) {
        return later(pair->replica.facts.received, pair->replica.facts.replayed);
    }
    if (sender != NULL && sender->flushed.known) {
        return sender->flushed;
    }
    return pair->memory->copy;
}

/* Whether what the origin writes next will find its way to the standby. */
static bool is_attached(const struct postgres_pair *pair, const struct postgres_sender *sender)
{
    const struct postgres_facts *replica = &pair->replica.facts;

    if (pair->replica.reached) {
        return replica->receiver.streaming || (!replica->streams && !replica->receiver.present);
    }
    return sender != NULL && sender->streaming;
}

/* The origin's clock when the newest replayed transaction was committed, on our clock; the error
 * of the skew counts against it. */
static bool commit_instant(const struct postgres_pair *pair, double *ret_time)
{
    const struct postgres_memory *memory = pair->memory;
    const struct postgres_number *commit = &pair->replica.facts.replayed_commit;

    if (!pair->replica.reached || !commit->known || !memory->has_skew) {
        return false;
    }
    *ret_time = commit->value - memory->skew_seconds - memory->skew_error_seconds;
    /* A commit of the future was dated by a clock that was wrong then or is now. */
    return *ret_time <= pair->replica.asked_at;
}

/* When the receiver's last message was sent, if the standby has all that it announced. It may have
 * been long on its way, so the time of its receipt alone would flatter. The time of sending is by
 * the origin's clock; how far that is ahead of the standby's is known if it was ever asked. */
static bool message_instant(const struct postgres_pair *pair, struct postgres_lsn copy,
                            double *ret_time)
{
    const struct postgres_receiver *receiver = &pair->replica.facts.receiver;
    double skew_error;
    double send_age;

    if (pair->primary.reached || !pair->replica.reached || !receiver->present ||
        !receiver->streaming || !receiver->latest_end.known || !receiver->receipt_age.known ||
        receiver->receipt_age.value < 0 || !receiver->send_age.known ||
        copy.bytes < receiver->latest_end.bytes) {
        return false;
    }
    send_age = receiver->send_age.value;
    if (pair->memory->has_skew) {
        send_age += pair->memory->skew_seconds - postgres_clock_skew(&pair->replica, &skew_error);
    }
    *ret_time = pair->replica.asked_at - fmax(receiver->receipt_age.value, send_age);
    return true;
}

/* The newest instant that the positions alone prove. */
static bool position_instant(const struct postgres_pair *pair, const struct history *history,
                             struct postgres_lsn copy, bool attached, double *ret_time)
{
    uint64_t epoch = postgres_epoch(pair->memory);

    return attached ? history_recovery_point(history, epoch, copy.bytes, ret_time)
                    : history_reached_since(history, epoch, copy.bytes, ret_time);
}

static bool find_recovery_point(const struct postgres_pair *pair, const struct history *history,
                                struct postgres_lsn copy, bool attached, double *ret_time)
{
    uint64_t epoch = postgres_epoch(pair->memory);
    double best = -INFINITY;
    double time;

    if (position_instant(pair, history, copy, attached, &time)) {
        best = time;
    }
    if (pair->memory->has_recovery_point) {
        best = fmax(best, pair->memory->recovery_point);
    }
    if (commit_instant(pair, &time)) {
        best = fmax(best, time);
    }
    if (message_instant(pair, copy, &time)) {
        best = fmax(best, time);
    }
    if (history_beyond_since(history, epoch, copy.bytes, &time)) {
        best = fmin(best, time);
    }
    *ret_time = best;
    return !isinf(best);
}

void postgres_prove(struct postgres_pair *pair, struct history *history,
                    const struct postgres_sender *sender, struct evidence *evidence)
{
    struct postgres_memory *memory = pair->memory;
    double now = pair->replica.reached ? pair->replica.asked_at : pair->primary.asked_at;
    bool attached = is_attached(pair, sender);
    struct postgres_lsn copy;
    bool complete;

    remember(pair, history);
    copy = find_copy(pair, sender);
    if (memory->copy.known && copy.bytes < memory->copy.bytes) {
        /* The standby was built anew or replays again: what it once had proves nothing. */
        memory->has_recovery_point = false;
    }
    memory->copy = copy;
    if (!copy.known ||
        !find_recovery_point(pair, history, copy, attached, &evidence->recovery_point)) {
        return;
    }
    memory->has_recovery_point = true;
    memory->recovery_point = evidence->recovery_point;
    complete = attached && pair->primary.reached && copy.bytes >= pair->primary.facts.current.bytes;
    evidence->has_recovery_point = true;
    evidence->has_lag = true;
    evidence->lag_seconds = complete ? 0 : now - evidence->recovery_point;
}

static bool is_secondary(const struct postgres_region *region)
{
    return region->rpo_lag_ms.known && region->rpo_lag_ms.value >= 0;
}

/* The row of the wanted region; without one, that of the only secondary. */
static bool find_region(const struct postgres_facts *facts, const char *wanted,
                        const struct postgres_region **ret_region, struct error *error)
{
    const struct postgres_region *found = NULL;

    for (size_t i = 0; i < facts->region_count; i++) {
        const struct postgres_region *region = &facts->regions[i];

        if (!is_secondary(region) || (wanted != NULL && strcmp(region->name, wanted) != 0)) {
            continue;
        }
        if (found != NULL) {
            return error_set(error, ERROR_INCONSISTENT,
                             "aurora_global_db_status() has several secondary clusters (%s, %s): "
                             "say which one with the setting \"region\"",
                             found->name, region->name);
        }
        found = region;
    }
    if (found == NULL) {
        return error_set(error, ERROR_NOT_FOUND,
                         "aurora_global_db_status() has no measured lag of %s%s: is the cluster "
                         "part of a global database?",
                         wanted == NULL ? "a secondary region" : "region ",
                         wanted == NULL ? "" : wanted);
    }
    *ret_region = found;
    return true;
}

/* Either end knows about every region; the one that can be asked and is not stale will do. */
static bool prove_region(const struct postgres_end *end, const char *wanted,
                         struct evidence *evidence, struct error *error)
{
    const struct postgres_region *region = NULL;
    double age;

    if (!find_region(&end->facts, wanted, &region, error)) {
        return false;
    }
    age = region->calculated_age.value;
    if (!region->calculated_age.known || age > AURORA_STALE_SECONDS || age < -1) {
        return error_set(error, ERROR_INCONSISTENT,
                         "aurora_global_db_status(): the lag of %s was last calculated %.0f s ago "
                         "and says nothing about now",
                         region->name, age);
    }
    *evidence = (struct evidence){
        .has_recovery_point = true,
        .recovery_point = end->asked_at - fmax(age, 0) - region->rpo_lag_ms.value / 1000,
        .has_lag = true,
        .lag_seconds = fmax(age, 0) + region->rpo_lag_ms.value / 1000,
        .zero_data_loss = ANSWER_NO,
    };
    return true;
}

bool postgres_prove_aurora(const struct postgres_pair *pair, struct evidence *evidence,
                           struct error *error)
{
    const char *wanted = pair->settings->region;

    if (pair->replica.reached && prove_region(&pair->replica, wanted, evidence, error)) {
        return true;
    }
    return pair->primary.reached && prove_region(&pair->primary, wanted, evidence, error);
}
