/* SPDX-License-Identifier: Apache-2.0 */
/* Documents that tell of backups: the output of a command, a file, or the answer of a URL. */

#ifndef COLLECTORS_BACKUP_TRANSPORT_H
#define COLLECTORS_BACKUP_TRANSPORT_H

#include "collectors/backup_settings.h"
#include "collectors/http_fetch.h"

/* What one session keeps for its documents. */
struct backup_documents;

/* Reads the secrets. NULL with *error set on failure. */
struct backup_documents *backup_documents_new(const struct backup_settings *settings,
                                              struct error *error);
void backup_documents_free(struct backup_documents *documents);

struct backup_document {
    char *text; /* Terminated; from malloc. */
    size_t length;
};

/* The document by `command`, `file` or `url`. `now` is by the system's clock. A command that ends
 * with another status than 0 failed, whatever it printed. */
bool backup_document_get(struct backup_documents *documents, const struct deadline *deadline,
                         double now, struct backup_document *ret_document, struct error *error);

/* The second one, by `archive_command` or `archive_file`; only if there is one of them. */
bool backup_archive_document_get(struct backup_documents *documents,
                                 const struct deadline *deadline, double now,
                                 struct backup_document *ret_document, struct error *error);
void backup_document_release(struct backup_document *document);

#endif
