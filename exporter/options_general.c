/* SPDX-License-Identifier: Apache-2.0 */
/* The flags that every command has. */

#include <stdlib.h>
#include <string.h>

#include "exporter/options_flags.h"

static const char *set_config_file(struct options *options, const char *value)
{
    options->config_file = value;
    options->config_file_given = true;
    return *value == '\0' ? "give the path of a file" : NULL;
}

/* `host:port`, `[::1]:port` or `:port`. */
static const char *set_listen_address(struct options *options, const char *value)
{
    static const char *const form = "write HOST:PORT, [IPV6]:PORT or :PORT";
    const char *colon = strrchr(value, ':');
    const char *host = value;
    size_t length = colon == NULL ? 0 : (size_t)(colon - value);
    size_t digits = colon == NULL ? 0 : strspn(colon + 1, "0123456789");
    long port = digits == 0 || digits > 5 ? 65536 : strtol(colon + 1, NULL, 10);
    bool bracketed = length >= 2 && value[0] == '[' && value[length - 1] == ']';

    if (colon == NULL || colon[1 + digits] != '\0') {
        return form;
    }
    if (port > UINT16_MAX) {
        return "give a port from 0 to 65535";
    }
    if (bracketed) {
        host++;
        length -= 2;
    }
    /* Without brackets nobody knows where an IPv6 address ends. */
    if (length >= sizeof options->listen_host || memchr(host, '[', length) != NULL ||
        memchr(host, ']', length) != NULL || bracketed != (memchr(host, ':', length) != NULL)) {
        return form;
    }
    options->listen_address = value;
    memcpy(options->listen_host, host, length);
    options->listen_host[length] = '\0';
    options->listen_port = (uint16_t)port;
    return NULL;
}

static const char *set_telemetry_path(struct options *options, const char *value)
{
    options->telemetry_path = value;
    /* The board and the health pages have fixed places. */
    if (value[0] != '/' || value[1] == '\0' || strncmp(value, "/-/", 3) == 0 ||
        strpbrk(value, "?# ") != NULL) {
        return "write a path such as /metrics, which is neither / nor below /-/";
    }
    return NULL;
}

static const char *set_web_config_file(struct options *options, const char *value)
{
    options->web_config_file = value;
    return *value == '\0' ? "give the path of a file" : NULL;
}

static const char *set_enable_lifecycle(struct options *options, const char *value)
{
    (void)value;
    options->enable_lifecycle = true;
    return NULL;
}

static const char *set_log_level(struct options *options, const char *value)
{
    return log_level_parse(value, &options->log_level) ? NULL : "write debug, info, warn or error";
}

static const char *set_log_format(struct options *options, const char *value)
{
    return log_format_parse(value, &options->log_format) ? NULL : "write logfmt or json";
}

static const char *set_version(struct options *options, const char *value)
{
    (void)value;
    options->version = true;
    return NULL;
}

static const char *set_help(struct options *options, const char *value)
{
    (void)value;
    options->help = true;
    return NULL;
}

const struct flag general_flags[GENERAL_FLAG_COUNT] = {
    {"--config.file", "PATH", "dr.yml", "The configuration.", set_config_file, false},
    {"--web.listen-address", "ADDRESS", ":10112", "Where to answer: HOST:PORT or :PORT.",
     set_listen_address, false},
    {"--web.telemetry-path", "PATH", "/metrics", "Where Prometheus finds the metrics.",
     set_telemetry_path, false},
    {"--web.config.file", "PATH", NULL, "TLS and passwords, in exporter-toolkit's format.",
     set_web_config_file, false},
    {"--web.enable-lifecycle", NULL, NULL, "Allow reloading by POST /-/reload.",
     set_enable_lifecycle, false},
    {"--log.level", "LEVEL", "info", "debug, info, warn or error.", set_log_level, false},
    {"--log.format", "FORMAT", "logfmt", "logfmt or json.", set_log_format, false},
    {"--version", NULL, NULL, "Print the version.", set_version, false},
    {"--help", NULL, NULL, "Print this help.", set_help, false},
};
