/* SPDX-License-Identifier: Apache-2.0 */
/* Objects of the source that were written lately: has the store replicated them? */

#ifndef COLLECTORS_S3_REPLICATION_SAMPLE_H
#define COLLECTORS_S3_REPLICATION_SAMPLE_H

#include "collectors/s3_replication.h"

/* Holds a recovery point that the evidence has back to before the oldest object that is not
 * replicated; takes it away when that cannot be told. */
bool s3_sample_collect(struct s3_replication_session *session, struct collection *collection,
                       struct error *error);

#endif
