/* SPDX-License-Identifier: Apache-2.0 */
/* The settings of the redis collector. */

#include "collectors/redis_settings.h"

#include <stddef.h>

#include "collectors/redis_link.h"

const struct setting redis_setting_table[REDIS_SETTING_COUNT] = {
    {"primary", SETTING_TEXT, offsetof(struct redis_settings, primary), NULL, false,
     "Address of the primary: host:port, [IPv6]:port or the path of a Unix socket. Not needed with "
     "Sentinels, but then a failover to the replica leaves nothing to measure."},
    {"replica", SETTING_TEXT, offsetof(struct redis_settings, replica), NULL, false,
     "Address of the replica in the DR region. Needed, but for a cluster."},
    {"sentinels", SETTING_TEXT, offsetof(struct redis_settings, sentinels), NULL, false,
     "Addresses of all Sentinels, separated by blanks or commas. Their majority says which end is "
     "the primary, and whether the replica is a candidate."},
    {"master_name", SETTING_TEXT, offsetof(struct redis_settings, master_name), NULL, false,
     "Name under which the Sentinels monitor the primary."},
    {"region_nodes", SETTING_TEXT, offsetof(struct redis_settings, region_nodes), NULL, false,
     "Redis Cluster: addresses of all its nodes in the DR region as CLUSTER NODES lists them, "
     "separated by blanks or commas, instead of primary and replica. Every shard must have a "
     "replica there, or outside if its primary is there; the worst shard decides."},
    {"user", SETTING_TEXT, offsetof(struct redis_settings, user), NULL, false,
     "ACL user on both ends; without one the password is that of the default user."},
    {"password_file", SETTING_FILE, offsetof(struct redis_settings, password_file), NULL, false,
     "File with the password."},
    {"replica_password_file", SETTING_FILE, offsetof(struct redis_settings, replica_password_file),
     NULL, false, "File with the password of the replica, when it has another one."},
    {"sentinel_user", SETTING_TEXT, offsetof(struct redis_settings, sentinel_user), NULL, false,
     "ACL user on the Sentinels."},
    {"sentinel_password_file", SETTING_FILE,
     offsetof(struct redis_settings, sentinel_password_file), NULL, false,
     "File with the password for the Sentinels; without one they are asked without."},
    {"data_age_max", SETTING_DURATION, offsetof(struct redis_settings, data_age_max_ms), "5m",
     false,
     "A replica that heard nothing from its primary for longer is not promotable. With Sentinels, "
     "ten times their down-after-milliseconds is taken instead. For a cluster, write its "
     "cluster-node-timeout times cluster-replica-validity-factor."},
    {"tls", SETTING_BOOLEAN, offsetof(struct redis_settings, tls), "false", false,
     "Whether to speak TLS, also with Sentinels; certificates are always checked."},
    {"ca_file", SETTING_FILE, offsetof(struct redis_settings, ca_file), NULL, false,
     "File (PEM) with the authorities that may have signed the servers' certificates; the "
     "system's if it is not given."},
    {"cert_file", SETTING_FILE, offsetof(struct redis_settings, cert_file), NULL, false,
     "File (PEM) with the client certificate."},
    {"key_file", SETTING_FILE, offsetof(struct redis_settings, key_file), NULL, false,
     "File (PEM) with its key, when that is not in cert_file."},
    {"server_name", SETTING_TEXT, offsetof(struct redis_settings, server_name), NULL, false,
     "Name that the servers' certificates must have, when it is not the host of the address."},
};

static bool check_address(void *context, const char *address)
{
    return socket_address_check(address, context);
}

static bool count_address(void *context, const char *address)
{
    (void)address;
    return ++*(size_t *)context <= REDIS_SENTINELS_MAX;
}

static bool check_sentinels(const struct redis_settings *own, struct error *error)
{
    size_t count = 0;

    if (own->sentinels == NULL) {
        if (own->master_name != NULL || own->sentinel_user != NULL ||
            own->sentinel_password_file != NULL) {
            return error_set(error, ERROR_INTERNAL,
                             "\"master_name\" and \"sentinel_…\" are for Sentinels; give "
                             "\"sentinels\" too");
        }
        return true;
    }
    if (own->master_name == NULL) {
        return error_set(error, ERROR_INTERNAL,
                         "\"sentinels\" need the name of the primary; give \"master_name\" too");
    }
    if (own->sentinel_user != NULL && own->sentinel_password_file == NULL) {
        return error_set(error, ERROR_INTERNAL,
                         "\"sentinel_user\" needs a password; give \"sentinel_password_file\"");
    }
    if (!redis_addresses_each(own->sentinels, count_address, &count) || count == 0) {
        return error_set(error, ERROR_INTERNAL, "\"sentinels\" wants 1 to %d addresses",
                         REDIS_SENTINELS_MAX);
    }
    return redis_addresses_each(own->sentinels, check_address, error)
               ? true
               : error_prefix(error, "\"sentinels\"");
}

static bool check_cluster(const struct redis_settings *own, struct error *error)
{
    if (own->primary != NULL || own->replica != NULL || own->sentinels != NULL) {
        return error_set(error, ERROR_INTERNAL,
                         "\"region_nodes\" are for a cluster, which tells everything else; remove "
                         "\"primary\", \"replica\" and \"sentinels\"");
    }
    return redis_addresses_each(own->region_nodes, check_address, error)
               ? true
               : error_prefix(error, "\"region_nodes\"");
}

static bool check_tls(const struct redis_settings *own, struct error *error)
{
    if (!own->tls && (own->ca_file != NULL || own->cert_file != NULL || own->key_file != NULL ||
                      own->server_name != NULL)) {
        return error_set(error, ERROR_INTERNAL,
                         "\"ca_file\", \"cert_file\", \"key_file\" and \"server_name\" are for "
                         "TLS; give \"tls: true\" too");
    }
    if (own->key_file != NULL && own->cert_file == NULL) {
        return error_set(error, ERROR_INTERNAL,
                         "\"key_file\" is the key of a certificate; give \"cert_file\" too");
    }
    return true;
}

bool redis_settings_check(const void *settings, unsigned survives, struct error *error)
{
    const struct redis_settings *own = settings;

    (void)survives;
    if (own->user != NULL && own->password_file == NULL) {
        return error_set(error, ERROR_INTERNAL,
                         "\"user\" needs a password; give \"password_file\" too");
    }
    if (own->region_nodes != NULL) {
        return check_cluster(own, error) && check_tls(own, error);
    }
    if (own->replica == NULL) {
        return error_set(error, ERROR_INTERNAL,
                         "\"replica\" is missing; give the address of the replica, or "
                         "\"region_nodes\" for a cluster");
    }
    if (own->primary == NULL && own->sentinels == NULL) {
        return error_set(error, ERROR_INTERNAL,
                         "neither \"primary\" nor \"sentinels\" is given; give the address of the "
                         "primary, or of all Sentinels that know it");
    }
    if (own->primary != NULL && !socket_address_check(own->primary, error)) {
        return error_prefix(error, "\"primary\"");
    }
    if (!socket_address_check(own->replica, error)) {
        return error_prefix(error, "\"replica\"");
    }
    return check_sentinels(own, error) && check_tls(own, error);
}
