/* SPDX-License-Identifier: Apache-2.0 */
/* Kubernetes quantities ("1500m", "64Gi", "1e3"), without floating point.
 *
 * Grammar: <signedNumber><suffix>, suffix Ki Mi Gi Ti Pi Ei | n u m "" k M G T P E |
 * e<signedNumber> or E<signedNumber>; "1E" is 10^18, "1E3" is 1000.
 * https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/ */

#ifndef COLLECTORS_QUANTITY_H
#define COLLECTORS_QUANTITY_H

#include <stdbool.h>
#include <stdint.h>

/* What one unit of the result is: the scheduler counts CPU in thousandths, all else in ones. */
enum quantity_unit { QUANTITY_ONES, QUANTITY_THOUSANDTHS };

/* Rounds up to the next unit, as the scheduler does; beyond INT64_MAX it is INT64_MAX. Digits
 * behind the 17th are rounded up. False for what is no quantity, and for a negative one, which
 * neither a request nor a node can have. */
bool quantity_parse(const char *text, enum quantity_unit unit, int64_t *ret_amount);

/* Sums that end at INT64_MAX, and differences that end at 0. Amounts are not negative. */
int64_t quantity_add(int64_t a, int64_t b);
int64_t quantity_subtract(int64_t a, int64_t b);

#endif
