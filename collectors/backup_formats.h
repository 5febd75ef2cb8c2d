/* SPDX-License-Identifier: Apache-2.0 */
/* Backup tools that tell as JSON what they have.
 *
 * pgBackRest: https://pgbackrest.org/command.html#command-info and src/command/info/info.c
 * Barman: https://docs.pgbarman.org/ and barman/output.py, barman/diagnose.py
 * WAL-G: https://wal-g.readthedocs.io/PostgreSQL/
 * restic: https://restic.readthedocs.io/en/stable/075_scripting.html */

#ifndef COLLECTORS_BACKUP_FORMATS_H
#define COLLECTORS_BACKUP_FORMATS_H

#include "collectors/backup_catalog.h"

/* `pgbackrest info --output=json`. Repositories are named by their key, sets are stanzas. A backup
 * is as of its stop. */
backup_read backup_pgbackrest_read;

/* `pgbackrest --stanza=STANZA --repo=KEY repo-ls --recurse --output=json archive/STANZA`: only the
 * names of segments tell gaps. */
backup_read backup_pgbackrest_read_archive;

/* `barman -f json list-backup SERVER` (or `all`); sets are servers. A backup is as of its end. */
backup_read backup_barman_read;

/* `barman diagnose`, or `barman -f json show-backup SERVER latest`, which tells of gaps, but not in
 * all versions whose database it is. */
backup_read backup_barman_read_archive;

/* `wal-g backup-list --detail --json`; repositories are its storages. A backup is as of its end. */
backup_read backup_wal_g_read;

/* `wal-g wal-verify integrity timeline --json`. */
backup_read backup_wal_g_read_archive;

/* `restic snapshots --json`; sets are `host:path,path`, as restic itself groups them: the newest
 * snapshot of one directory must not hide that another one was not backed up. A snapshot is as of
 * its start. */
backup_read backup_restic_read;

#endif
