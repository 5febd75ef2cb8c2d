/* SPDX-License-Identifier: Apache-2.0 */
/* PostgreSQL streaming replication and Aurora Global Database, asked at both ends. */

#include "collectors/postgres.h"

#include <stddef.h>
#include <stdlib.h>

#include "collectors/postgres_connection.h"
#include "collectors/postgres_dsn.h"
#include "collectors/postgres_evidence.h"
#include "collectors/postgres_metrics.h"
#include "collectors/postgres_synchronous.h"
#include "exporter/cleanup.h"
#include "exporter/clock.h"

static const struct setting setting_table[] = {
    {"primary_dsn", SETTING_DSN, offsetof(struct postgres_settings, primary_dsn), NULL, false,
     "Connection string (libpq) of the primary, without password. At least one end is needed; with "
     "both, either may be lost and the other still gives evidence."},
    {"replica_dsn", SETTING_DSN, offsetof(struct postgres_settings, replica_dsn), NULL, false,
     "Connection string of the standby in the DR region; of the secondary cluster for Aurora."},
    {"primary_password_file", SETTING_FILE,
     offsetof(struct postgres_settings, primary_password_file), NULL, false,
     "File with the password for primary_dsn."},
    {"replica_password_file", SETTING_FILE,
     offsetof(struct postgres_settings, replica_password_file), NULL, false,
     "File with the password for replica_dsn."},
    {"standby_name", SETTING_TEXT, offsetof(struct postgres_settings, standby_name), NULL, false,
     "application_name that the standby's primary_conninfo gives, unique on the primary. Needed "
     "without replica_dsn, and where the primary sees the standby at another address than we do; "
     "otherwise found out."},
    {"region", SETTING_TEXT, offsetof(struct postgres_settings, region), NULL, false,
     "Aurora: aws_region of the DR cluster; needed when there are several secondary regions."},
};

/* One end's connection within a session. */
struct link {
    const char *name;
    const char *dsn;
    const char *password_file;
    struct postgres_connection *connection; /* NULL until the first collection. */
    const char *query;
};

struct session {
    struct link primary;
    struct link replica;
};

static bool check_dsn(const char *key, const char *text, struct error *error)
{
    CLEANUP(postgres_dsn_release) struct postgres_dsn dsn = {NULL, 0};

    return text == NULL || postgres_dsn_parse(text, &dsn, error) || error_prefix(error, key);
}

static bool check(const void *settings, unsigned survives, struct error *error)
{
    const struct postgres_settings *own = settings;

    (void)survives;
    if (own->primary_dsn == NULL && own->replica_dsn == NULL) {
        return error_set(error, ERROR_INTERNAL,
                         "neither \"primary_dsn\" nor \"replica_dsn\" is given; give both if you "
                         "can, at least one");
    }
    return check_dsn("primary_dsn", own->primary_dsn, error) &&
           check_dsn("replica_dsn", own->replica_dsn, error);
}

static void *open_session(const void *settings, const struct deadline *deadline,
                          struct error *error)
{
    const struct postgres_settings *own = settings;
    struct session *session = calloc(1, sizeof *session);

    /* Either end may be lost, so connecting is part of each collection. */
    (void)deadline;
    (void)error;
    if (session == NULL) {
        abort();
    }
    session->primary = (struct link){
        .name = "primary", .dsn = own->primary_dsn, .password_file = own->primary_password_file};
    session->replica = (struct link){
        .name = "replica", .dsn = own->replica_dsn, .password_file = own->replica_password_file};
    return session;
}

static void close_session(void *data)
{
    struct session *session = data;

    postgres_disconnect(session->primary.connection);
    postgres_disconnect(session->replica.connection);
    free(session);
}

/* Which of the two questions the server understands: on Aurora the functions that the usual one
 * calls exist and raise an error. */
static bool choose_query(struct link *link, const struct deadline *deadline, struct error *error)
{
    CLEANUP(free_text) char *answer = NULL;

    if (!postgres_query_text(link->connection,
                             "SELECT to_regproc('aurora_global_db_status') IS NOT NULL", deadline,
                             &answer, error)) {
        return false;
    }
    link->query = *answer == 't' ? postgres_aurora_query : postgres_facts_query;
    return true;
}

static bool connect_link(struct link *link, const struct deadline *deadline, struct error *error)
{
    int64_t budget_ms = deadline_remaining_ms(deadline);

    if (link->connection != NULL) {
        return true;
    }
    return postgres_connect(link->dsn, link->password_file, budget_ms, deadline, &link->connection,
                            error) &&
           choose_query(link, deadline, error);
}

static bool ask(struct link *link, struct postgres_end *end, const struct deadline *deadline,
                struct error *error)
{
    CLEANUP(free_text) char *answer = NULL;

    if (!connect_link(link, deadline, error)) {
        return error_prefix(error, link->name);
    }
    end->asked_at = clock_unix_seconds();
    if (!postgres_query_text(link->connection, link->query, deadline, &answer, error)) {
        return error_prefix(error, link->name);
    }
    end->answered_at = clock_unix_seconds();
    if (!postgres_facts_read(answer, &end->facts, error)) {
        return error_prefix(error, link->name);
    }
    end->reached = true;
    return true;
}

/* The primary is asked first: what the standby then has of its position is safe. Each end has at
 * most half of the budget, so that one that hangs leaves time for the other. */
static bool ask_both(struct session *session, struct collection *collection,
                     struct postgres_pair *pair, struct error *error)
{
    int64_t half_ms = deadline_remaining_ms(&collection->deadline) / 2;
    struct deadline first = deadline_within(&collection->deadline, half_ms);
    struct error replica_error = {.kind = ERROR_NONE};
    bool complete = true;

    pair->primary.configured = session->primary.dsn != NULL;
    pair->replica.configured = session->replica.dsn != NULL;
    if (pair->primary.configured) {
        complete = ask(&session->primary, &pair->primary,
                       pair->replica.configured ? &first : &collection->deadline, error);
    }
    if (pair->replica.configured &&
        !ask(&session->replica, &pair->replica, &collection->deadline, &replica_error)) {
        if (complete) {
            *error = replica_error;
        } else {
            struct error primary_error = *error;

            (void)error_set(error, primary_error.kind, "%s; %s", primary_error.message,
                            replica_error.message);
        }
        complete = false;
    }
    return complete;
}

/* Adds what the reached ends prove. An error of a missing end is kept unless a worse one, that
 * makes the evidence worthless, takes its place. */
static bool prove(struct postgres_pair *pair, struct collection *collection, struct error *error)
{
    const struct postgres_sender *sender = NULL;
    struct error inconsistency = {.kind = ERROR_NONE};
    bool ambiguous = false;
    bool aurora = (pair->primary.reached && pair->primary.facts.aurora) ||
                  (pair->replica.reached && pair->replica.facts.aurora);
    bool proven;

    if (aurora) {
        proven = postgres_prove_aurora(pair, collection->evidence, &inconsistency);
    } else {
        proven = postgres_check_pair(pair, &inconsistency);
        if (proven) {
            sender = postgres_find_sender(pair, &ambiguous);
            postgres_prove(pair, collection->history, sender, collection->evidence);
            collection->evidence->zero_data_loss = postgres_zero_data_loss(pair, sender, ambiguous);
        }
    }
    postgres_add_samples(collection->samples, pair, collection->history, sender);
    if (!proven) {
        *error = inconsistency;
    }
    return proven;
}

static bool collect(void *data, struct collection *collection, struct error *error)
{
    struct postgres_pair pair = {.settings = collection->settings, .memory = collection->memory};
    bool complete = ask_both(data, collection, &pair, error);
    bool proven = true;

    collection->evidence->origin_answered = pair.primary.reached;
    collection->evidence->copy_answered = pair.replica.reached;
    postgres_add_reached(collection->samples, &pair);
    if (pair.primary.reached || pair.replica.reached) {
        proven = prove(&pair, collection, error);
    }
    postgres_facts_release(&pair.primary.facts);
    postgres_facts_release(&pair.replica.facts);
    return complete && proven;
}

const struct collector postgres_collector = {
    .name = "postgres",
    .summary = "PostgreSQL 12 to 17 streaming replication and Aurora Global Database, asked at "
               "both ends; nothing is written.",
    .survives = SURVIVES(DISRUPTION_ZONE) | SURVIVES(DISRUPTION_REGION),
    .proves_zero_data_loss = true,
    .metrics = postgres_metric_table,
    .metric_count = POSTGRES_METRIC_COUNT,
    .settings = setting_table,
    .setting_count = sizeof setting_table / sizeof setting_table[0],
    .settings_size = sizeof(struct postgres_settings),
    .memory_size = sizeof(struct postgres_memory),
    .check = check,
    .open = open_session,
    .collect = collect,
    .close = close_session,
};
