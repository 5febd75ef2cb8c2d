/* SPDX-License-Identifier: Apache-2.0 */
/* What a request says, as options of libcurl. */

#ifndef COLLECTORS_HTTP_OPTIONS_H
#define COLLECTORS_HTTP_OPTIONS_H

#include <curl/curl.h>

#include "collectors/http_fetch.h"

/* Sets all that the request decides, on a handle that was reset; `connect_to` is for
 * CURLOPT_CONNECT_TO, kept by the caller until the transfer has ended. */
void http_options_set(CURL *easy, const struct http_request *request,
                      struct curl_slist *connect_to);

#endif
