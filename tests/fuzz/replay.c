/* SPDX-License-Identifier: Apache-2.0 */
/* Gives a fuzz target a main() that runs files, and the files in directories, without libFuzzer:
 * the corpus is a regression test on every build. */

#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "exporter/cleanup.h"
#include "exporter/file.h"

#define INPUT_BYTES_MAX (64L * 1024 * 1024)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool replay_file(const char *path)
{
    CLEANUP(free_text) char *text = NULL;
    struct error error;
    size_t length;

    if (!file_read(path, INPUT_BYTES_MAX, &text, &length, &error)) {
        (void)fprintf(stderr, "%s: %s\n", path, error.message);
        return false;
    }

    /* Exactly as large as the input, so that a sanitizer sees the first byte beyond it. */
    CLEANUP(free_text) char *data = malloc(length == 0 ? 1 : length);

    if (data == NULL) {
        abort();
    }
    memcpy(data, text, length);
    (void)LLVMFuzzerTestOneInput((const uint8_t *)data, length);
    return true;
}

static void free_entries(struct dirent **entries, int count)
{
    for (int i = 0; i < count; i++) {
        free(entries[i]);
    }
    free(entries);
}

static bool replay_directory(const char *path, size_t *count)
{
    struct dirent **entries;
    int entry_count = scandir(path, &entries, NULL, alphasort);
    bool replayed = true;

    if (entry_count < 0) {
        (void)fprintf(stderr, "%s: cannot be read\n", path);
        return false;
    }
    for (int i = 0; i < entry_count; i++) {
        CLEANUP(free_text) char *file = NULL;

        if (entries[i]->d_name[0] == '.') {
            continue;
        }
        if (asprintf(&file, "%s/%s", path, entries[i]->d_name) < 0) {
            abort();
        }
        replayed = replay_file(file) && replayed;
        (*count)++;
    }
    free_entries(entries, entry_count);
    return replayed;
}

int main(int argc, char **argv)
{
    size_t count = 0;
    bool replayed = true;

    for (int i = 1; i < argc; i++) {
        struct stat status;

        if (stat(argv[i], &status) == 0 && S_ISDIR(status.st_mode)) {
            replayed = replay_directory(argv[i], &count) && replayed;
        } else {
            replayed = replay_file(argv[i]) && replayed;
            count++;
        }
    }
    if (count == 0) {
        (void)fprintf(stderr, "usage: %s FILE|DIRECTORY…; there was no input\n", argv[0]);
        return EXIT_FAILURE;
    }
    (void)printf("%zu inputs replayed\n", count);
    return replayed ? EXIT_SUCCESS : EXIT_FAILURE;
}
