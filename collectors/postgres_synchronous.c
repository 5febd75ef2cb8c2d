/* SPDX-License-Identifier: Apache-2.0 */
/* Does a commit on the primary wait for this standby? */

#include "collectors/postgres_synchronous.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const char *skip_space(const char *text)
{
    return text + strspn(text, " \t\r\n");
}

/* `word` followed by something that cannot be part of a name. */
static bool starts_with_word(const char *text, const char *word)
{
    size_t length = strlen(word);

    return strncasecmp(text, word, length) == 0 && strchr(" \t\r\n", text[length]) != NULL &&
           text[length] != '\0';
}

bool postgres_standby_names_parse(const char *text, enum postgres_method *ret_method,
                                  int64_t *ret_count)
{
    enum postgres_method method = POSTGRES_FIRST;
    const char *c = skip_space(text);
    char *end;
    long count;

    if (*c == '\0') {
        *ret_method = POSTGRES_ASYNCHRONOUS;
        *ret_count = 0;
        return true;
    }
    if (starts_with_word(c, "ANY")) {
        method = POSTGRES_ANY;
        c = skip_space(c + 3);
    } else if (starts_with_word(c, "FIRST")) {
        c = skip_space(c + 5);
    } else if (*c < '0' || *c > '9') {
        /* A bare list of names: FIRST 1. */
        *ret_method = POSTGRES_FIRST;
        *ret_count = 1;
        return true;
    }
    if (*c < '0' || *c > '9') {
        return false;
    }
    count = strtol(c, &end, 10);
    if (*skip_space(end) != '(' || count <= 0 || count > 10000) {
        return false;
    }
    *ret_method = method;
    *ret_count = count;
    return true;
}

static const struct postgres_sender *sender_of_pid(const struct postgres_facts *primary,
                                                   int64_t pid)
{
    for (size_t i = 0; i < primary->sender_count; i++) {
        if (pid != 0 && primary->senders[i].pid == pid) {
            return &primary->senders[i];
        }
    }
    return NULL;
}

static const struct postgres_sender *sender_of_slot(const struct postgres_facts *primary,
                                                    const char *slot)
{
    for (size_t i = 0; i < primary->slot_count; i++) {
        if (strcmp(primary->slots[i].name, slot) == 0) {
            return sender_of_pid(primary, primary->slots[i].active_pid);
        }
    }
    return NULL;
}

/* The only sender of that name; NULL when there is none or several. */
static const struct postgres_sender *sender_of_name(const struct postgres_facts *primary,
                                                    const char *name, bool *ret_ambiguous)
{
    const struct postgres_sender *found = NULL;

    for (size_t i = 0; i < primary->sender_count; i++) {
        if (strcmp(primary->senders[i].application_name, name) != 0) {
            continue;
        }
        if (found != NULL) {
            *ret_ambiguous = true;
            return NULL;
        }
        found = &primary->senders[i];
    }
    return found;
}

/* While the standby cannot be asked, only the very connection that was known to be its own will
 * do: another standby may have taken its name. */
static const struct postgres_sender *remembered_sender(const struct postgres_pair *pair,
                                                       bool *ret_ambiguous)
{
    const struct postgres_memory *memory = pair->memory;
    const struct postgres_sender *sender =
        memory->has_sender ? sender_of_pid(&pair->primary.facts, memory->sender_pid) : NULL;

    if (sender != NULL && strcmp(sender->backend_start, memory->sender_start) == 0) {
        return sender;
    }
    *ret_ambiguous = pair->primary.facts.sender_count > 0;
    return NULL;
}

static bool is_loopback(const char *address)
{
    return strncmp(address, "127.", 4) == 0 || strcmp(address, "::1") == 0;
}

/* Whether the sender may belong to another standby than the one that was asked. The primary was
 * asked first: what its sender says is flushed the standby must have by now. And unless the user
 * vouches for the name, the sender's client has to be where we reached the standby, as far as that
 * can be told: in a cascade both levels may have the same names and slots. */
static bool is_doubtful(const struct postgres_pair *pair, const struct postgres_sender *sender)
{
    const struct postgres_facts *replica = &pair->replica.facts;
    const char *here = replica->address;
    const char *there = sender->client_address;

    if (sender->flushed.known &&
        !(replica->received.known && replica->received.bytes >= sender->flushed.bytes) &&
        !(replica->replayed.known && replica->replayed.bytes >= sender->flushed.bytes)) {
        return true;
    }
    if (strcmp(sender->application_name, replica->receiver.application_name) != 0) {
        return true;
    }
    return pair->settings->standby_name == NULL && *here != '\0' && *there != '\0' &&
           !is_loopback(here) && !is_loopback(there) && strcmp(here, there) != 0;
}

/* The standby was asked and has a receiver: which sender does it listen to? */
static const struct postgres_sender *sender_of_receiver(const struct postgres_pair *pair,
                                                        bool *ret_ambiguous)
{
    const struct postgres_facts *primary = &pair->primary.facts;
    const struct postgres_receiver *receiver = &pair->replica.facts.receiver;
    const char *wanted = pair->settings->standby_name;
    const struct postgres_sender *sender;

    if (*receiver->application_name == '\0' ||
        (wanted != NULL && strcmp(wanted, receiver->application_name) != 0)) {
        *ret_ambiguous = true;
        return NULL;
    }
    sender = *receiver->slot != '\0'
                 ? sender_of_slot(primary, receiver->slot)
                 : sender_of_name(primary, receiver->application_name, ret_ambiguous);
    if (sender != NULL && is_doubtful(pair, sender)) {
        *ret_ambiguous = true;
        return NULL;
    }
    return sender;
}

const struct postgres_sender *postgres_find_sender(struct postgres_pair *pair, bool *ret_ambiguous)
{
    const struct postgres_facts *primary = &pair->primary.facts;
    struct postgres_memory *memory = pair->memory;
    const struct postgres_sender *sender = NULL;

    *ret_ambiguous = false;
    if (!pair->primary.reached) {
        *ret_ambiguous = true;
    } else if (!pair->replica.configured) {
        sender = sender_of_name(primary, pair->settings->standby_name, ret_ambiguous);
    } else if (!pair->replica.reached) {
        sender = remembered_sender(pair, ret_ambiguous);
    } else if (pair->replica.facts.receiver.streaming) {
        sender = sender_of_receiver(pair, ret_ambiguous);
    }
    if (pair->replica.reached) {
        memory->has_sender = sender != NULL;
    }
    if (sender != NULL) {
        memory->sender_pid = sender->pid;
        (void)snprintf(memory->sender_start, sizeof memory->sender_start, "%s",
                       sender->backend_start);
    }
    return sender;
}

/* With ANY a commit waits for some of the candidates; for this one for certain only when no
 * fewer than all that are there are needed. */
static bool quorum_needs_all(const struct postgres_facts *primary, int64_t count)
{
    int64_t candidates = 0;

    for (size_t i = 0; i < primary->sender_count; i++) {
        candidates += strcmp(primary->senders[i].sync_state, "quorum") == 0 ? 1 : 0;
    }
    return candidates <= count;
}

/* The setting that our own session sees is that of everybody, unless our role or database has
 * one of its own. */
static bool is_own_override(const char *source)
{
    return strcmp(source, "user") == 0 || strcmp(source, "database") == 0 ||
           strcmp(source, "database user") == 0 || strcmp(source, "client") == 0 ||
           strcmp(source, "session") == 0;
}

static bool waits_for_flush(const char *synchronous_commit)
{
    return strcmp(synchronous_commit, "on") == 0 || strcmp(synchronous_commit, "remote_apply") == 0;
}

enum answer postgres_zero_data_loss(const struct postgres_pair *pair,
                                    const struct postgres_sender *sender, bool ambiguous)
{
    const struct postgres_facts *primary = &pair->primary.facts;
    enum postgres_method method;
    int64_t count;

    if (!pair->primary.reached) {
        return ANSWER_UNKNOWN;
    }
    if (!postgres_standby_names_parse(primary->synchronous_standby_names, &method, &count)) {
        return ANSWER_UNKNOWN;
    }
    if (method == POSTGRES_ASYNCHRONOUS || primary->weak_overrides > 0) {
        return ANSWER_NO;
    }
    if (is_own_override(primary->synchronous_commit_source)) {
        return ANSWER_UNKNOWN;
    }
    if (!waits_for_flush(primary->synchronous_commit)) {
        return ANSWER_NO;
    }
    if (sender == NULL) {
        return ambiguous ? ANSWER_UNKNOWN : ANSWER_NO;
    }
    if (!sender->streaming) {
        return ANSWER_NO;
    }
    if (strcmp(sender->sync_state, "sync") == 0) {
        return ANSWER_YES;
    }
    return strcmp(sender->sync_state, "quorum") == 0 && quorum_needs_all(primary, count)
               ? ANSWER_YES
               : ANSWER_NO;
}
