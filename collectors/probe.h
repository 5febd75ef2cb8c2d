/* SPDX-License-Identifier: Apache-2.0 */
/* Endpoints that users reach: over HTTP, TCP, and by their DNS records.
 *
 * What proves what: an endpoint that refuses, does not answer in time, shows a certificate that is
 * not trusted or says something else than expected was asked and is not fit: the collection
 * succeeds, the evidence names the problem, the check fails. Where this side cannot ask (ca_file is
 * gone, a name cannot be resolved, no route, the resolver does not tell who is responsible), the
 * collection fails and the check is unknown. A timeout counts against the endpoint, because nobody
 * can tell whose side it is. A source of `role: primary` proves nothing: what it measures are
 * metrics only, because the loss of the primary must not make the DR region "not ready". */

#ifndef COLLECTORS_PROBE_H
#define COLLECTORS_PROBE_H

#include "exporter/collector.h"

extern const struct collector probe_collector;

#endif
