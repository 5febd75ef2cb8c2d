/* SPDX-License-Identifier: Apache-2.0 */
/* The settings of the backup collector. */

#include "collectors/backup_settings.h"

#define AT(member) offsetof(struct backup_settings, member)

const struct setting backup_setting_table[] = {
    {"format", SETTING_TEXT, AT(format), NULL, true,
     "Whose backups they are: pgbackrest, barman, wal-g, restic, velero, cnpg, etcd, objects (an "
     "S3 bucket) or files."},
    {"command", SETTING_TEXTS, AT(command), NULL, false,
     "Program and arguments, run without a shell, that print what the tool knows as JSON: "
     "`[pgbackrest, info, --output=json]`. It has to end within `timeout`; then it is killed "
     "together with all that it started."},
    {"environment", SETTING_PAIRS, AT(environment), NULL, false,
     "Variables of its environment, which has only PATH, HOME and LANG=C otherwise. No secrets: "
     "they may be shown."},
    {"environment_files", SETTING_PAIRS, AT(environment_files), NULL, false,
     "The same with the paths of files that hold the values: `{RESTIC_PASSWORD: /run/secrets/"
     "restic}`."},
    {"file", SETTING_FILE, AT(file), NULL, false,
     "JSON file that a job writes with the output of the tool, under another name first and then "
     "moved here. For tools that only run where the exporter does not."},
    {"max_age", SETTING_DURATION, AT(max_age_ms), NULL, false,
     "What `file`, `archive_file` and `url` (by Last-Modified, or else Date) say does not count "
     "when it is older; 1h by default. When it is given, a `url` has to tell one of the two."},
    {"url", SETTING_TEXT, AT(url), NULL, false,
     "http(s) address that answers with the output of the tool."},
    {"token_file", SETTING_FILE, AT(token_file), NULL, false,
     "File with a token that is sent as `Authorization: Bearer`; https only."},
    {"ca_file", SETTING_FILE, AT(ca_file), NULL, false,
     "PEM file with the certificate authorities of the server that is asked; the system's by "
     "default."},
    {"glob", SETTING_TEXT, AT(glob), NULL, false,
     "For files and etcd: absolute path of the backups with wildcards, `/backups/db/*.dump`."},
    BACKUP_OBJECTS_SETTING_ROWS(struct backup_settings, objects),
    {"ignore", SETTING_TEXTS, AT(ignore), NULL, false,
     "For files, etcd and objects: patterns of names that are no finished backups; `[*.tmp, "
     "*.part, "
     "*.partial, *.incomplete, *.filepart, *.swp]` by default."},
    {"name_time", SETTING_TEXT, AT(name_time), NULL, false,
     "For files, etcd and objects: the form of the date in names, which is when the backup was "
     "begun: %Y %m %d %H %M %S and %s (Unix time) as in date(1), with all else as it is: "
     "`%Y-%m-%dT%H%M%SZ`. In UTC. The last part of the path counts; of several dates the oldest."},
    {"dump_duration", SETTING_DURATION, AT(dump_duration_ms), NULL, false,
     "For files, etcd and objects whose names tell no time: how long it takes at most to make one. "
     "The data is as of the start, which is taken to be that long before the modification time; "
     "so a copy must keep that. One of name_time, which is better, and this is needed, but for "
     "directories of etcd-manager."},
    {"settle", SETTING_DURATION, AT(settle_ms), "1m", false,
     "For files and etcd: how long a file must not have been written to before it counts as "
     "complete."},
    KUBERNETES_SETTING_ROWS("", struct backup_settings, kubernetes),
    {"namespace", SETTING_TEXT, AT(namespace), NULL, false,
     "For velero and cnpg: where the objects are in the Kubernetes cluster; `velero`, or that of "
     "the context or the pod, by default."},
    {"repository", SETTING_TEXT, AT(repository), "", false,
     "The repository that counts: key of a pgBackRest repository, storage of WAL-G, storage "
     "location of Velero. Needed where there are several, because one that is lost with the region "
     "must not hide another one that is out of date."},
    {"set", SETTING_TEXT, AT(set), "", false,
     "The set of backups that counts: stanza of pgBackRest, server of Barman, `host:path,path` of "
     "restic, schedule of Velero, cluster of CloudNativePG. Without it the worst of all decides, "
     "and one that vanishes makes the source `inconsistent` for a day."},
    {"min_size", SETTING_SIZE, AT(min_size_bytes), NULL, false,
     "A backup that is smaller, or whose size is not known, does not count."},
    {"schedule", SETTING_DURATION, AT(schedule_ms), NULL, false,
     "How often there should be a new one: `24h`. Gives dr_backup_next_due_timestamp_seconds. More "
     "than three of these between two backups, without WAL, is a hole: the recovery window begins "
     "behind it."},
    {"accept_partial", SETTING_BOOLEAN, AT(accept_partial), "false", false,
     "Whether backups count that lack some of their content (PartiallyFailed of Velero)."},
    {"archive_command", SETTING_TEXTS, AT(archive_command), NULL, false,
     "With pgbackrest, barman and wal-g: program and arguments that tell which WAL segments the "
     "archive has, run as `command` is. Needed for WAL to make the recovery point newer: only it "
     "tells gaps."},
    {"archive_file", SETTING_FILE, AT(archive_file), NULL, false,
     "The same from a file that a job writes, as with `file`."},
    {"primary_dsn", SETTING_DSN, AT(primary_dsn), NULL, false,
     "With pgbackrest, barman and wal-g: libpq connection string of the primary. When WAL was "
     "written is known only from there, so without it, and without archive_command or "
     "archive_file, the recovery point is that of the newest backup."},
    {"primary_password_file", SETTING_FILE, AT(primary_password_file), NULL, false,
     "File with its password."},
    {"wal_segment_size", SETTING_SIZE, AT(wal_segment_bytes), "16MiB", false,
     "Size of the primary's WAL segments (wal_segment_size of PostgreSQL)."},
};

bool backup_settings_give(const struct backup_settings *own, enum backup_transport transport)
{
    const void *const values[BACKUP_TRANSPORT_COUNT] = {
        [BACKUP_BY_COMMAND] = own->command,
        [BACKUP_BY_FILE] = own->file,
        [BACKUP_BY_URL] = own->url,
        [BACKUP_BY_GLOB] = own->glob,
        [BACKUP_BY_S3] = own->objects.s3.bucket,
    };

    return values[transport] != NULL;
}

enum backup_transport backup_settings_transport(const struct backup_settings *own)
{
    enum backup_transport transport = 0;

    while (transport < BACKUP_BY_KUBERNETES && !backup_settings_give(own, transport)) {
        transport++;
    }
    return transport;
}
