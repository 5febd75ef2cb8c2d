/* SPDX-License-Identifier: Apache-2.0 */
/* A whole text in gzip form (RFC 1952). */

#ifndef EXPORTER_GZIP_H
#define EXPORTER_GZIP_H

#include <stddef.h>

/* The result is from malloc. Out of memory aborts. */
void gzip_compress(const char *text, size_t length, char **ret_bytes, size_t *ret_length);

#endif
