/* SPDX-License-Identifier: Apache-2.0 */
/* Whatever a quantity is, it is refused or not negative; and counted in thousandths it is between a
 * thousand times its rounded value and a thousand less. */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "collectors/quantity.h"

#define LENGTH_MAX 200

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char text[LENGTH_MAX + 1];
    int64_t ones = 0;
    int64_t thousandths = 0;
    bool good;

    if (size > LENGTH_MAX) {
        return 0;
    }
    memcpy(text, data, size);
    text[size] = '\0';
    good = quantity_parse(text, QUANTITY_ONES, &ones);
    if (good != quantity_parse(text, QUANTITY_THOUSANDTHS, &thousandths) || ones < 0 ||
        thousandths < 0) {
        abort();
    }
    /* The 18th digit is rounded before either is. */
    if (good && ones < 1000000000000 &&
        (thousandths > ones * 1000 || thousandths <= (ones - 1) * 1000) && ones > 0) {
        abort();
    }
    if (good && (ones == 0) != (thousandths == 0)) {
        abort();
    }
    return 0;
}
