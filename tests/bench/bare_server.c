/* SPDX-License-Identifier: Apache-2.0 */
/* The least that libmicrohttpd can do: every request is answered with the bytes of one file from
 * a constant buffer. What the exporter costs is judged next to it. */

#include <microhttpd.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static struct MHD_Response *response;

static enum MHD_Result answer(void *argument, struct MHD_Connection *connection, const char *path,
                              const char *method, const char *version, const char *upload,
                              size_t *upload_length, void **context)
{
    (void)argument;
    (void)path;
    (void)method;
    (void)version;
    (void)upload;
    (void)upload_length;
    /* The first of two calls; an answer here would close the connection. */
    if (*context == NULL) {
        *context = response;
        return MHD_YES;
    }
    return MHD_queue_response(connection, MHD_HTTP_OK, response);
}

static char *read_file(const char *path, size_t *ret_length)
{
    FILE *file = fopen(path, "rb");
    long length;
    char *text;

    if (file == NULL || fseek(file, 0, SEEK_END) != 0 || (length = ftell(file)) < 0) {
        perror(path);
        exit(EXIT_FAILURE);
    }
    rewind(file);
    text = malloc((size_t)length + 1);
    if (text == NULL || fread(text, 1, (size_t)length, file) != (size_t)length) {
        perror(path);
        exit(EXIT_FAILURE);
    }
    (void)fclose(file);
    *ret_length = (size_t)length;
    return text;
}

int main(int argc, char **argv)
{
    struct MHD_Daemon *daemon;
    size_t length;
    char *text;

    if (argc != 3) {
        (void)fputs("usage: bare_server PORT FILE\n", stderr);
        return 2;
    }
    text = read_file(argv[2], &length);
    response = MHD_create_response_from_buffer(length, text, MHD_RESPMEM_PERSISTENT);
    daemon =
        MHD_start_daemon(MHD_USE_EPOLL_INTERNAL_THREAD, (unsigned short)strtoul(argv[1], NULL, 10),
                         NULL, NULL, answer, NULL, MHD_OPTION_END);
    if (response == NULL || daemon == NULL) {
        (void)fputs("bare_server: cannot start\n", stderr);
        return EXIT_FAILURE;
    }
    for (;;) {
        (void)pause();
    }
}
