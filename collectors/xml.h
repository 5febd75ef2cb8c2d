/* SPDX-License-Identifier: Apache-2.0 */
/* XML as the services of AWS and Azure send it, element by element. */

#ifndef COLLECTORS_XML_H
#define COLLECTORS_XML_H

#include <stdbool.h>
#include <stddef.h>

#include "exporter/error.h"

/* Called at the end of each element with the names that lead to it,
 * `ListBucketResult/Contents/Key`, and the text behind its last child (all of it, when it has
 * none). Both are only valid during the call. False with *error set ends the reading. */
typedef bool xml_take(void *context, const char *path, const char *text, struct error *error);

/* ERROR_PROTOCOL for what is not XML or has a document type, which these services never send and
 * which could make a short text long. */
bool xml_read(const char *text, size_t length, xml_take *take, void *context, struct error *error);

#endif
