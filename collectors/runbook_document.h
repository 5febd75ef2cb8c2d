/* SPDX-License-Identifier: Apache-2.0 */
/* The text of a runbook, from a file or over HTTP. */

#ifndef COLLECTORS_RUNBOOK_DOCUMENT_H
#define COLLECTORS_RUNBOOK_DOCUMENT_H

#include "collectors/http_fetch.h"
#include "exporter/evidence.h"

struct runbook_settings {
    const char *file;
    const char *url;
    const char *required_sections;
    const char *owner;
    const char *ca_file;
    const char *token_file;
};

struct runbook_document {
    char *text; /* Terminated and without zero bytes; from malloc. */
    size_t length;
    struct reading modified; /* As the file system or server says; it proves nothing. */
};

/* `client` and `token` (NULL: none) are only used for a URL. At most RUNBOOK_BYTES_MAX are read,
 * and of files only regular ones, since others may never end. */
bool runbook_document_read(const struct runbook_settings *settings, struct http_client *client,
                           const char *token, const struct deadline *deadline,
                           struct runbook_document *ret_document, struct error *error);
void runbook_document_release(struct runbook_document *document);

#endif
