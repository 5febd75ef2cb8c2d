/* SPDX-License-Identifier: Apache-2.0 */
/* What a client wants, from its Accept and Accept-Encoding headers (RFC 9110, section 12.5). */

#ifndef EXPORTER_HTTP_NEGOTIATION_H
#define EXPORTER_HTTP_NEGOTIATION_H

#include <stdbool.h>

#include "exporter/exposition.h"

/* The better liked of the two formats; text when the client likes both equally, neither, or sent
 * no header (NULL): a page in an unexpected format helps more than an error. */
enum exposition_format http_negotiate_format(const char *accept);

/* True if gzip is acceptable and no worse than an uncompressed page. */
bool http_accepts_gzip(const char *accept_encoding);

#endif
