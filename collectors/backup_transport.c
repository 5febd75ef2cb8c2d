/* SPDX-License-Identifier: Apache-2.0 */
/* Documents that tell of backups: the output of a command, a file, or the answer of a URL. */

#include "collectors/backup_transport.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "collectors/backup_catalog.h"
#include "collectors/command.h"
#include "exporter/bounds.h"
#include "exporter/cleanup.h"
#include "exporter/duration.h"
#include "exporter/file.h"
#include "exporter/secret.h"

/* Programs are found here when the exporter has no PATH itself. */
#define PATH_USUAL "/usr/local/bin:/usr/bin:/bin"
#define MAX_AGE_USUAL_MS (60LL * 60 * 1000)

struct backup_documents {
    const struct backup_settings *settings;
    char **environment; /* Of commands; NULL: there are none. */
    /* Values of environment_files, which are to stand in no message. */
    char **secrets;
    size_t secret_count;
    struct http_client *client; /* NULL: there is no URL. */
    char *token;
};

static void *allocate(size_t count, size_t size)
{
    void *memory = calloc(count, size);

    if (memory == NULL) {
        abort();
    }
    return memory;
}

static size_t count_pairs(const struct setting_pair *pairs)
{
    size_t count = 0;

    while (pairs != NULL && pairs[count].key != NULL) {
        count++;
    }
    return count;
}

static char *make_variable(const char *name, const char *value)
{
    char *variable;

    if (asprintf(&variable, "%s=%s", name, value) < 0) {
        abort();
    }
    return variable;
}

static bool has_variable(const struct setting_pair *pairs, const char *name)
{
    for (; pairs != NULL && pairs->key != NULL; pairs++) {
        if (strcmp(pairs->key, name) == 0) {
            return true;
        }
    }
    return false;
}

/* Those that nearly every program needs, unless the settings give another value. */
static size_t add_usual(const struct backup_settings *settings, char **environment)
{
    const char *path = getenv("PATH");
    const char *home = getenv("HOME");
    const struct setting_pair usual[] = {
        {"PATH", path != NULL ? path : PATH_USUAL}, {"HOME", home}, {"LANG", "C"}};
    size_t count = 0;

    for (size_t i = 0; i < sizeof usual / sizeof usual[0]; i++) {
        if (usual[i].value != NULL && !has_variable(settings->environment, usual[i].key) &&
            !has_variable(settings->environment_files, usual[i].key)) {
            environment[count++] = make_variable(usual[i].key, usual[i].value);
        }
    }
    return count;
}

static bool read_environment(struct backup_documents *documents, struct error *error)
{
    const struct backup_settings *settings = documents->settings;
    size_t plain = count_pairs(settings->environment);
    size_t files = count_pairs(settings->environment_files);
    size_t count;

    documents->environment = allocate(plain + files + 4, sizeof *documents->environment);
    documents->secrets = allocate(files + 1, sizeof *documents->secrets);
    count = add_usual(settings, documents->environment);
    for (size_t i = 0; i < plain; i++) {
        documents->environment[count++] =
            make_variable(settings->environment[i].key, settings->environment[i].value);
    }
    for (size_t i = 0; i < files; i++) {
        const struct setting_pair *pair = &settings->environment_files[i];
        char **secret = &documents->secrets[documents->secret_count];

        if (!secret_read(pair->value, secret, error)) {
            return error_prefix(error, pair->key);
        }
        documents->secret_count++;
        documents->environment[count++] = make_variable(pair->key, *secret);
    }
    return true;
}

struct backup_documents *backup_documents_new(const struct backup_settings *settings,
                                              struct error *error)
{
    struct backup_documents *documents = allocate(1, sizeof *documents);
    bool good = true;

    documents->settings = settings;
    if (settings->command != NULL || settings->archive_command != NULL) {
        good = read_environment(documents, error);
    }
    if (settings->url != NULL) {
        documents->client = http_client_new();
        good = good && (settings->token_file == NULL ||
                        secret_read(settings->token_file, &documents->token, error));
    }
    if (!good) {
        backup_documents_free(documents);
        return NULL;
    }
    return documents;
}

void backup_documents_free(struct backup_documents *documents)
{
    if (documents == NULL) {
        return;
    }
    for (size_t i = 0; documents->environment != NULL && documents->environment[i] != NULL; i++) {
        secret_free(&documents->environment[i]);
    }
    for (size_t i = 0; i < documents->secret_count; i++) {
        secret_free(&documents->secrets[i]);
    }
    free(documents->environment);
    free(documents->secrets);
    http_client_free(documents->client);
    secret_free(&documents->token);
    free(documents);
}

void backup_document_release(struct backup_document *document)
{
    free(document->text);
    *document = (struct backup_document){.text = NULL};
}

/* --- Commands. --- */

/* A tool may quote the password that was wrong; at the end of a line that was cut, a part of it. */
static void hide_secrets(const struct backup_documents *documents, char *text)
{
    size_t text_length = strlen(text);

    for (size_t i = 0; i < documents->secret_count; i++) {
        const char *secret = documents->secrets[i];
        size_t length = strlen(secret);
        size_t part = length < text_length ? length : text_length;

        for (char *at = text; (at = strstr(at, secret)) != NULL; at += length) {
            memset(at, '*', length);
        }
        while (part > 0 && strncmp(text + text_length - part, secret, part) != 0) {
            part--;
        }
        if (text_length + 1 == COMMAND_COMPLAINT_BYTES) {
            memset(text + text_length - part, '*', part);
        }
    }
}

static bool run(const struct backup_documents *documents, const char *const *argv,
                const struct deadline *deadline, struct backup_document *ret_document,
                struct error *error)
{
    struct command command = {.argv = argv,
                              .environment = (const char *const *)documents->environment,
                              .output_bytes_max = BACKUP_DOCUMENT_BYTES_MAX};
    CLEANUP(command_result_release) struct command_result result = {.output = NULL};

    if (!command_run(&command, deadline, &result, error)) {
        return false;
    }
    if (result.exit_status != 0) {
        hide_secrets(documents, result.complaint);
        return error_set(
            error, ERROR_QUERY, "%s: failed with status %d: %s", argv[0], result.exit_status,
            *result.complaint != '\0' ? result.complaint : "and wrote nothing to standard error");
    }
    *ret_document = (struct backup_document){.text = result.output, .length = result.length};
    result.output = NULL;
    return true;
}

/* --- Files. --- */

/* `what` is a file or URL. */
static bool check_age(const struct backup_settings *settings, const char *what, double modified,
                      double now, struct error *error)
{
    int64_t limit_ms = settings->max_age_ms > 0 ? settings->max_age_ms : MAX_AGE_USUAL_MS;
    char age[DURATION_TEXT_BYTES];
    char limit[DURATION_TEXT_BYTES];

    if (modified > now + BACKUP_CLOCKS_APART_SECONDS_MAX) {
        return error_set(error, ERROR_INCONSISTENT,
                         "%s: is dated in the future, so its age is not known; compare the clocks",
                         what);
    }
    if ((now - modified) * 1000 > (double)limit_ms) {
        duration_describe(age, now - modified);
        duration_format(limit, limit_ms);
        return error_set(error, ERROR_INCONSISTENT,
                         "%s: was written %s ago, \"max_age\" is %s; does the job that writes it "
                         "still run?",
                         what, age, limit);
    }
    return true;
}

static bool read_file(const struct backup_settings *settings, const char *path, double now,
                      struct backup_document *ret_document, struct error *error)
{
    struct stat status;

    /* Before it is read: when it is replaced meanwhile it is newer than what was looked at. */
    if (stat(path, &status) == 0 &&
        !check_age(settings, path,
                   (double)status.st_mtim.tv_sec + (double)status.st_mtim.tv_nsec / 1e9, now,
                   error)) {
        return false;
    }
    return file_read(path, BACKUP_DOCUMENT_BYTES_MAX, &ret_document->text, &ret_document->length,
                     error) ||
           error_prefix(error, path);
}

/* --- URLs. --- */

/* Of a file the header Last-Modified tells its age; else Date does, which is when the answer was
 * made, also of one that a cache kept. */
static bool check_answer(const struct backup_documents *documents, double now, struct error *error)
{
    const struct backup_settings *settings = documents->settings;
    double modified;

    if (http_client_date(documents->client, "Last-Modified", &modified) ||
        http_client_date(documents->client, "Date", &modified)) {
        return check_age(settings, "the document", modified, now, error);
    }
    return settings->max_age_ms == 0 ||
           error_set(error, ERROR_INCONSISTENT,
                     "the answer has neither Last-Modified nor Date, so \"max_age\" cannot be "
                     "checked; make the server send one, or remove \"max_age\"");
}

static void release_answer(struct http_answer *answer)
{
    http_answer_release(answer);
}

static bool fetch(const struct backup_documents *documents, const struct deadline *deadline,
                  double now, struct backup_document *ret_document, struct error *error)
{
    const struct backup_settings *settings = documents->settings;
    CLEANUP(release_answer) struct http_answer answer = {0};
    CLEANUP(secret_free) char *authorization = NULL;
    const char *headers[] = {"Accept: application/json, */*;q=0.8", NULL, NULL};
    struct http_request request = {.url = settings->url,
                                   .headers = headers,
                                   .ca_file = settings->ca_file,
                                   .body_bytes_max = BACKUP_DOCUMENT_BYTES_MAX};

    if (documents->token != NULL) {
        if (asprintf(&authorization, "Authorization: Bearer %s", documents->token) < 0) {
            abort();
        }
        headers[1] = authorization;
    }
    if (!http_fetch(documents->client, &request, deadline, &answer, error) ||
        !http_status_check(answer.status, error) || !check_answer(documents, now, error)) {
        return error_prefix(error, "url");
    }
    *ret_document = (struct backup_document){.text = answer.body, .length = answer.length};
    answer.body = NULL;
    return true;
}

bool backup_document_get(struct backup_documents *documents, const struct deadline *deadline,
                         double now, struct backup_document *ret_document, struct error *error)
{
    const struct backup_settings *settings = documents->settings;

    if (settings->command != NULL) {
        return run(documents, settings->command, deadline, ret_document, error);
    }
    if (settings->file != NULL) {
        return read_file(settings, settings->file, now, ret_document, error);
    }
    return fetch(documents, deadline, now, ret_document, error);
}

bool backup_archive_document_get(struct backup_documents *documents,
                                 const struct deadline *deadline, double now,
                                 struct backup_document *ret_document, struct error *error)
{
    const struct backup_settings *settings = documents->settings;

    if (settings->archive_command != NULL) {
        return run(documents, settings->archive_command, deadline, ret_document, error);
    }
    return read_file(settings, settings->archive_file, now, ret_document, error);
}
