/* SPDX-License-Identifier: Apache-2.0 */
/* The text of a runbook, from a file or over HTTP. */

#include "collectors/runbook_document.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "exporter/bounds.h"
#include "exporter/cleanup.h"

static bool set_file_error(int number, struct error *error)
{
    enum error_kind kind = number == ENOENT || number == ENOTDIR ? ERROR_NOT_FOUND
                           : number == EACCES || number == EPERM ? ERROR_PERMISSION
                                                                 : ERROR_INTERNAL;

    return error_set(error, kind, "cannot be read: %s", strerrordesc_np(number));
}

static bool check_status(const struct stat *status, struct error *error)
{
    if (!S_ISREG(status->st_mode)) {
        return error_set(error, ERROR_PROTOCOL,
                         "is %s, not a regular file; give the path of the document",
                         S_ISDIR(status->st_mode)    ? "a directory"
                         : S_ISFIFO(status->st_mode) ? "a pipe"
                                                     : "a device or socket");
    }
    if (status->st_size > RUNBOOK_BYTES_MAX) {
        return error_set(error, ERROR_PROTOCOL,
                         "has %lld bytes, more than the %ld that a runbook may have",
                         (long long)status->st_size, RUNBOOK_BYTES_MAX);
    }
    return true;
}

/* Looks before it opens: opening a pipe or device can block, or do something. */
static bool open_regular(const char *path, int *ret_descriptor, struct stat *status,
                         struct error *error)
{
    CLEANUP(close_descriptor) int descriptor = -1;

    if (stat(path, status) != 0) {
        return set_file_error(errno, error);
    }
    if (!check_status(status, error)) {
        return false;
    }
    descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (descriptor < 0 || fstat(descriptor, status) != 0) {
        return set_file_error(errno, error);
    }
    if (!check_status(status, error)) {
        return false;
    }
    *ret_descriptor = descriptor;
    descriptor = -1;
    return true;
}

static bool read_file(const char *path, struct runbook_document *document, struct error *error)
{
    CLEANUP(close_descriptor) int descriptor = -1;
    CLEANUP(free_text) char *text = NULL;
    struct stat status;
    size_t length = 0;
    ssize_t count;

    if (!open_regular(path, &descriptor, &status, error)) {
        return false;
    }
    text = malloc((size_t)status.st_size + 1);
    if (text == NULL) {
        abort();
    }
    do {
        count = read(descriptor, text + length, (size_t)status.st_size - length);
        length += count > 0 ? (size_t)count : 0;
    } while (count > 0);
    if (count < 0) {
        return set_file_error(errno, error);
    }
    text[length] = '\0';
    *document = (struct runbook_document){.text = text, .length = length};
    document->modified.known = true;
    document->modified.value = (double)status.st_mtim.tv_sec + (double)status.st_mtim.tv_nsec / 1e9;
    text = NULL;
    return true;
}

static void release_answer(struct http_answer *answer)
{
    http_answer_release(answer);
}

static bool fetch(const struct runbook_settings *settings, struct http_client *client,
                  const char *token, const struct deadline *deadline,
                  struct runbook_document *document, struct error *error)
{
    CLEANUP(release_answer) struct http_answer answer = {0};
    CLEANUP(free_text) char *authorization = NULL;
    const char *headers[] = {"Accept: text/markdown, text/plain, text/html;q=0.9, */*;q=0.8", NULL,
                             NULL};
    struct http_request request = {.url = settings->url,
                                   .headers = headers,
                                   .ca_file = settings->ca_file,
                                   .body_bytes_max = RUNBOOK_BYTES_MAX};

    if (token != NULL) {
        if (asprintf(&authorization, "Authorization: Bearer %s", token) < 0) {
            abort();
        }
        headers[1] = authorization;
    }
    if (!http_fetch(client, &request, deadline, &answer, error) ||
        !http_status_check(answer.status, error)) {
        return false;
    }
    *document = (struct runbook_document){.text = answer.body, .length = answer.length};
    document->modified.known = http_client_date(client, "Last-Modified", &document->modified.value);
    answer.body = NULL;
    return true;
}

bool runbook_document_read(const struct runbook_settings *settings, struct http_client *client,
                           const char *token, const struct deadline *deadline,
                           struct runbook_document *ret_document, struct error *error)
{
    struct runbook_document document = {0};
    bool got = settings->file != NULL ? read_file(settings->file, &document, error)
                                      : fetch(settings, client, token, deadline, &document, error);

    if (got && memchr(document.text, '\0', document.length) != NULL) {
        runbook_document_release(&document);
        got = error_set(error, ERROR_PROTOCOL,
                        "contains a zero byte; a runbook is text in UTF-8: Markdown, AsciiDoc or "
                        "HTML");
    }
    if (!got) {
        return error_prefix(error, settings->file != NULL ? settings->file : "url");
    }
    *ret_document = document;
    return true;
}

void runbook_document_release(struct runbook_document *document)
{
    free(document->text);
    *document = (struct runbook_document){0};
}
