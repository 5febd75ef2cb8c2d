/* SPDX-License-Identifier: Apache-2.0 */
/* The files of a configuration: the main one and those that it includes. */

#include <errno.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>

#include "exporter/bounds.h"
#include "exporter/cleanup.h"
#include "exporter/config_reader.h"

static const struct setting file_rows[] = {
    {.key = "exporter",
     .type = SETTING_MAPPING,
     .help = "This process, and defaults of the sources; in one file only."},
    {.key = "tiers", .type = SETTING_LIST, .required = true, .help = "Classes of services."},
    {.key = "services", .type = SETTING_LIST, .required = true, .help = "What is recovered."},
    {.key = "sources",
     .type = SETTING_LIST,
     .required = true,
     .help = "What is measured: the copies of the data, and other evidence."},
    {.key = "include",
     .type = SETTING_LIST,
     .help = "Further files of the same form, whose lists are appended: a path or pattern such as "
             "`conf.d/*.yml`, or a list of them, relative to this file; in the main file only."},
};
const struct config_table config_file_table = {file_rows, sizeof file_rows / sizeof file_rows[0]};

/* Takes the file; NULL if it could not be parsed. */
static void add_file(struct config_reader *reader, struct yaml_file *file)
{
    if (file == NULL) {
        reader->file_missing = true;
        reader->incomplete = true;
        return;
    }
    reader->files = reallocarray(reader->files, reader->file_count + 1, sizeof(struct yaml_file *));
    if (reader->files == NULL) {
        abort();
    }
    reader->files[reader->file_count++] = file;
}

/* The keys of a file; whether required ones are there only shows over all files. */
static void check_keys(struct config_reader *reader, const struct yaml_file *file)
{
    struct setting_loader loader = {reader->config->arena, &reader->report, "this file", false};
    struct yaml_value root = yaml_root(file);
    struct setting rows[sizeof file_rows / sizeof file_rows[0]];
    struct setting_section section = {rows, config_file_table.count, NULL};

    if (root.node == NULL || yaml_is_null(root)) {
        yaml_report_value(&reader->report, root,
                          "the file is empty; write tiers, services and sources, see "
                          "\"dr_exporter settings\"");
        return;
    }
    memcpy(rows, file_rows, sizeof rows);
    for (size_t i = 0; i < config_file_table.count; i++) {
        rows[i].required = false;
    }
    settings_load(&loader, root, &section, 1);
}

/* Files by their real path, so that none is read twice, the including one not at all. */
struct file_set {
    const char *real_paths[CONFIG_FILES_MAX];
    size_t count;
};

/* False if the file is in the set already. */
static bool file_set_add(struct file_set *set, struct arena *arena, const char *path)
{
    CLEANUP(free_text) char *real = realpath(path, NULL);

    for (size_t i = 0; i < set->count; i++) {
        if (strcmp(set->real_paths[i], real == NULL ? path : real) == 0) {
            return false;
        }
    }
    set->real_paths[set->count++] = arena_strdup(arena, real == NULL ? path : real);
    return true;
}

/* The pattern as seen from here, with the directory of the including file taken literally. */
static const char *full_pattern(struct arena *arena, const char *includer, const char *pattern)
{
    const char *slash = strrchr(includer, '/');
    char *full;
    char *end;

    if (slash == NULL || *pattern == '/') {
        return pattern;
    }
    full = arena_alloc(arena, 2 * (size_t)(slash - includer) + strlen(pattern) + 2);
    end = full;
    for (const char *c = includer; c <= slash; c++) {
        if (strchr("*?[\\", *c) != NULL) {
            *end++ = '\\';
        }
        *end++ = *c;
    }
    memcpy(end, pattern, strlen(pattern) + 1);
    return full;
}

static void include_matches(struct config_reader *reader, struct file_set *set,
                            struct yaml_value place, const glob_t *matches)
{
    for (size_t i = 0; i < matches->gl_pathc; i++) {
        if (set->count == CONFIG_FILES_MAX) {
            yaml_report_value(&reader->report, place,
                              "\"include\" leads to more than %d files; use a narrower pattern",
                              CONFIG_FILES_MAX);
            return;
        }
        if (!file_set_add(set, reader->config->arena, matches->gl_pathv[i])) {
            continue;
        }

        size_t before = reader->file_count;

        add_file(reader,
                 yaml_file_load(matches->gl_pathv[i], (unsigned)set->count, &reader->report));
        if (reader->file_count == before) {
            continue;
        }
        check_keys(reader, reader->files[before]);

        struct yaml_value inner = yaml_lookup(yaml_root(reader->files[before]), "include");

        if (inner.node != NULL) {
            yaml_report_value(&reader->report, inner,
                              "an included file includes others; list them in \"include\" of %s",
                              reader->files[0]->name);
        }
    }
}

/* A directory that is not there matches nothing; one that cannot be read hides files. */
static int on_glob_error(const char *path, int number)
{
    (void)path;
    return number != ENOENT && number != ENOTDIR;
}

static void include_pattern(struct config_reader *reader, struct file_set *set,
                            struct yaml_value place)
{
    struct arena *arena = reader->config->arena;
    struct setting_loader loader = {arena, &reader->report, "this file", false};
    const char *pattern = setting_name(&loader, "include", place);
    glob_t matches = {0};
    int result;

    if (pattern == NULL) {
        return;
    }
    /* glob(3) sorts, in the locale "C" of this process by bytes. */
    result = glob(full_pattern(arena, place.file->name, pattern), 0, on_glob_error, &matches);
    if (result == GLOB_NOSPACE) {
        abort();
    }
    if (result == GLOB_ABORTED) {
        yaml_report_value(&reader->report, place,
                          "\"include\" cannot read a directory of \"%s\"; check permissions",
                          pattern);
    } else if (result == GLOB_NOMATCH && strpbrk(pattern, "*?[") == NULL) {
        yaml_report_value(&reader->report, place,
                          "the included file \"%s\" does not exist; check the path, which is "
                          "relative to this file",
                          pattern);
    } else if (result == GLOB_NOMATCH) {
        config_warn(reader->config, arena_printf(arena, "include: no file matches \"%s\" of %s",
                                                 pattern, place.file->name));
    } else {
        include_matches(reader, set, place, &matches);
    }
    globfree(&matches);
}

void config_read_files(struct config_reader *reader, const char *path)
{
    struct file_set set = {.count = 0};

    (void)file_set_add(&set, reader->config->arena, path);
    add_file(reader, yaml_file_load(path, 0, &reader->report));
    if (reader->file_count == 0) {
        return;
    }
    check_keys(reader, reader->files[0]);

    struct yaml_value include = yaml_lookup(yaml_root(reader->files[0]), "include");

    if (include.node != NULL && !yaml_is_list(include)) {
        include_pattern(reader, &set, include);
    }
    for (size_t i = 0; yaml_is_list(include) && i < yaml_length(include); i++) {
        include_pattern(reader, &set, yaml_item(include, i));
    }
}

void config_read_text(struct config_reader *reader, const char *text, size_t length,
                      const char *name)
{
    add_file(reader, yaml_file_parse(text, length, name, 0, &reader->report));
    if (reader->file_count == 0) {
        return;
    }
    check_keys(reader, reader->files[0]);

    struct yaml_value include = yaml_lookup(yaml_root(reader->files[0]), "include");

    if (include.node != NULL) {
        yaml_report_value(&reader->report, include,
                          "\"include\" needs a file on disk; load this one by its path");
    }
}

/* The list `key` of one file; absent if it is not there or not a list, which is reported. */
static struct yaml_value section_of(struct config_reader *reader, const struct yaml_file *file,
                                    const char *key)
{
    struct yaml_value list = yaml_lookup(yaml_root(file), key);

    if (list.node != NULL && (!yaml_is_list(list) || yaml_length(list) == 0)) {
        yaml_report_value(&reader->report, list,
                          "\"%s\" must be a list with at least one entry, not %s; write \"- name: "
                          "…\" below it",
                          key, yaml_is_list(list) ? "an empty one" : yaml_kind(list));
        reader->incomplete = true;
        list.node = NULL;
    }
    return list;
}

struct yaml_value *config_section(struct config_reader *reader, const char *key, size_t *ret_count)
{
    struct yaml_value *items =
        arena_alloc_array(reader->config->arena, CONFIG_ENTRIES_MAX, sizeof *items);
    size_t present = 0;
    size_t count = 0;

    for (size_t i = 0; i < reader->file_count; i++) {
        struct yaml_value list = section_of(reader, reader->files[i], key);
        size_t length = yaml_length(list);

        present += yaml_lookup(yaml_root(reader->files[i]), key).node != NULL;
        if (length > CONFIG_ENTRIES_MAX - count) {
            yaml_report_value(&reader->report, list, "more than %d %s; split the plan",
                              CONFIG_ENTRIES_MAX, key);
            length = CONFIG_ENTRIES_MAX - count;
        }
        for (size_t j = 0; j < length; j++) {
            items[count++] = yaml_item(list, j);
        }
    }
    if (count == 0) {
        reader->incomplete = true;
    }
    if (count == 0 && present == 0 && !reader->file_missing) {
        yaml_report_value(&reader->report, yaml_root(reader->files[0]),
                          "missing \"%s\"; add a list with at least one entry", key);
    }
    *ret_count = count;
    return items;
}
