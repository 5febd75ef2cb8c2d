/* SPDX-License-Identifier: Apache-2.0 */
/* "Did you mean …?": the known word that is nearest to a misspelt one. */

#include "exporter/closest.h"

#include <string.h>

#define WORD_BYTES_MAX 64

static size_t smallest(size_t a, size_t b, size_t c)
{
    size_t least = a < b ? a : b;

    return least < c ? least : c;
}

/* How many letters must be changed, added or removed (Levenshtein). Both are short. */
static size_t edit_distance(const char *a, size_t a_length, const char *b, size_t b_length)
{
    size_t row[WORD_BYTES_MAX + 1];

    for (size_t j = 0; j <= b_length; j++) {
        row[j] = j;
    }
    for (size_t i = 1; i <= a_length; i++) {
        size_t diagonal = row[0];

        row[0] = i;
        for (size_t j = 1; j <= b_length; j++) {
            size_t above = row[j];

            row[j] = smallest(above + 1, row[j - 1] + 1, diagonal + (a[i - 1] != b[j - 1]));
            diagonal = above;
        }
    }
    return row[b_length];
}

const char *closest_match(const char *word, const char *const *candidates, size_t count)
{
    size_t length = strlen(word);
    /* A third of the letters may be wrong, but a word with more than three wrong is another. */
    size_t distance = length < 6 ? 1 : length < 9 ? 2 : 3;
    const char *best = NULL;

    if (length == 0 || length > WORD_BYTES_MAX) {
        return NULL;
    }
    for (size_t i = 0; i < count; i++) {
        size_t candidate_length = strlen(candidates[i]);

        if (candidate_length > WORD_BYTES_MAX) {
            continue;
        }

        size_t d = edit_distance(word, length, candidates[i], candidate_length);

        if (d < distance || (d == distance && best == NULL)) {
            best = candidates[i];
            distance = d;
        }
    }
    return best;
}
