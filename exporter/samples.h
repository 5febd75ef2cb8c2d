/* SPDX-License-Identifier: Apache-2.0 */
/* What one collection measured: values of the collector's own metrics, made new every time. */

#ifndef EXPORTER_SAMPLES_H
#define EXPORTER_SAMPLES_H

#include <stddef.h>

struct samples;

/* Adds one value of metric `metric` (an index into the collector's table). A value that could
 * not be measured is not added: NaN is dropped. Values beyond SAMPLES_PER_COLLECTION_MAX are
 * dropped and counted in dr_source_samples_dropped. */
void samples_add(struct samples *samples, size_t metric, double value);

/* The same with the values of the metric's labels, in the order of its table row. They are
 * copied; they must be UTF-8 (other bytes are replaced) and are cut at LABEL_VALUE_BYTES_MAX. */
void samples_add_labelled(struct samples *samples, size_t metric, double value,
                          const char *const *label_values);

#endif
