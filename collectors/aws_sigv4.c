/* SPDX-License-Identifier: Apache-2.0 */
/* AWS Signature Version 4: requests signed with a key that never travels. */

#include "collectors/aws_sigv4.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>

#include "exporter/cleanup.h"

#define ALGORITHM "AWS4-HMAC-SHA256"
#define SHA256_BYTES 32
#define DAY_BYTES 8

static const char digits[] = "0123456789abcdef";

struct text_stream {
    FILE *file;
    char *text;
    size_t length;
};

static void stream_init(struct text_stream *stream)
{
    stream->file = open_memstream(&stream->text, &stream->length);
    if (stream->file == NULL) {
        abort();
    }
}

static char *stream_detach(struct text_stream *stream)
{
    if (fclose(stream->file) != 0) {
        abort();
    }
    return stream->text;
}

static void *allocate(size_t count, size_t size)
{
    void *memory = calloc(count + 1, size);

    if (memory == NULL) {
        abort();
    }
    return memory;
}

static void free_array(char ***texts)
{
    free(*texts);
}

static void to_text(const unsigned char bytes[SHA256_BYTES], char text[AWS_SHA256_TEXT_BYTES])
{
    for (size_t i = 0; i < SHA256_BYTES; i++) {
        text[2 * i] = digits[bytes[i] >> 4];
        text[2 * i + 1] = digits[bytes[i] & 0xF];
    }
    text[AWS_SHA256_TEXT_BYTES - 1] = '\0';
}

void aws_sha256_text(const void *bytes, size_t length, char text[AWS_SHA256_TEXT_BYTES])
{
    unsigned char digest[SHA256_BYTES];

    if (gnutls_hash_fast(GNUTLS_DIG_SHA256, bytes, length, digest) != 0) {
        abort();
    }
    to_text(digest, text);
}

static void hmac(const void *key, size_t key_length, const char *text, size_t length,
                 unsigned char ret_digest[SHA256_BYTES])
{
    if (gnutls_hmac_fast(GNUTLS_MAC_SHA256, key, key_length, text, length, ret_digest) != 0) {
        abort();
    }
}

void aws_date_text(double unix_seconds, char text[AWS_DATE_BYTES])
{
    time_t seconds = (time_t)unix_seconds;
    struct tm parts;

    if (gmtime_r(&seconds, &parts) == NULL ||
        strftime(text, AWS_DATE_BYTES, "%Y%m%dT%H%M%SZ", &parts) != AWS_DATE_BYTES - 1) {
        abort();
    }
}

static void write_encoded(FILE *out, const char *text, bool keeps_slashes)
{
    for (const char *c = text; *c != '\0'; c++) {
        unsigned char byte = (unsigned char)*c;

        if ((byte < 0x80 && isalnum(byte)) || strchr("-._~", byte) != NULL ||
            (keeps_slashes && byte == '/')) {
            (void)fputc(byte, out);
        } else {
            (void)fprintf(out, "%%%02X", byte);
        }
    }
}

char *aws_uri_encode(const char *text, bool keeps_slashes)
{
    struct text_stream stream;

    stream_init(&stream);
    write_encoded(stream.file, text, keeps_slashes);
    return stream_detach(&stream);
}

/* --- The query: `name=value`, encoded. Sorted as whole texts they would be in another order where
 * one name is the beginning of another one. --- */

static int compare_parameters(const void *a, const void *b)
{
    const char *one = *(char *const *)a;
    const char *other = *(char *const *)b;
    size_t one_length = strcspn(one, "=");
    size_t other_length = strcspn(other, "=");
    int order = memcmp(one, other, one_length < other_length ? one_length : other_length);

    if (order != 0) {
        return order;
    }
    if (one_length != other_length) {
        return one_length < other_length ? -1 : 1;
    }
    return strcmp(one + one_length, other + other_length);
}

char *aws_query_text(const struct aws_pair *query, size_t count)
{
    CLEANUP(free_array) char **parameters = allocate(count, sizeof *parameters);
    struct text_stream stream;

    for (size_t i = 0; i < count; i++) {
        stream_init(&stream);
        write_encoded(stream.file, query[i].name, false);
        (void)fputc('=', stream.file);
        write_encoded(stream.file, query[i].value, false);
        parameters[i] = stream_detach(&stream);
    }
    qsort(parameters, count, sizeof *parameters, compare_parameters);
    stream_init(&stream);
    for (size_t i = 0; i < count; i++) {
        (void)fprintf(stream.file, "%s%s", i == 0 ? "" : "&", parameters[i]);
        free(parameters[i]);
    }
    return stream_detach(&stream);
}

/* --- Headers: `name:value`, the name in small letters, runs of blanks as one. --- */

static void write_header(FILE *out, const struct aws_pair *header)
{
    bool has_blank = false;
    bool has_text = false;

    for (const char *c = header->name; *c != '\0'; c++) {
        (void)fputc(tolower((unsigned char)*c), out);
    }
    (void)fputc(':', out);
    for (const char *c = header->value; *c != '\0'; c++) {
        if (*c == ' ' || *c == '\t') {
            has_blank = true;
            continue;
        }
        if (has_blank && has_text) {
            (void)fputc(' ', out);
        }
        (void)fputc(*c, out);
        has_blank = false;
        has_text = true;
    }
    (void)fputc('\n', out);
}

static int compare_names(const void *a, const void *b)
{
    return strcasecmp((*(const struct aws_pair *const *)a)->name,
                      (*(const struct aws_pair *const *)b)->name);
}

static void free_pairs(const struct aws_pair ***pairs)
{
    free(*pairs);
}

static const struct aws_pair **sort_headers(const struct aws_request *request)
{
    const struct aws_pair **sorted = allocate(request->header_count, sizeof *sorted);

    for (size_t i = 0; i < request->header_count; i++) {
        sorted[i] = &request->headers[i];
    }
    qsort(sorted, request->header_count, sizeof *sorted, compare_names);
    return sorted;
}

static void write_names(FILE *out, const struct aws_pair *const *sorted, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        (void)fputs(i == 0 ? "" : ";", out);
        for (const char *c = sorted[i]->name; *c != '\0'; c++) {
            (void)fputc(tolower((unsigned char)*c), out);
        }
    }
}

char *aws_canonical_request(const struct aws_request *request, const char *service)
{
    CLEANUP(free_pairs) const struct aws_pair **sorted = sort_headers(request);
    CLEANUP(free_text) char *query = aws_query_text(request->query, request->query_count);
    CLEANUP(free_text) char *path = NULL;
    struct text_stream stream;

    if (strcmp(service, "s3") != 0) {
        path = aws_uri_encode(request->path, true);
    }
    stream_init(&stream);
    (void)fprintf(stream.file, "%s\n%s\n%s\n", request->method, path != NULL ? path : request->path,
                  query);
    for (size_t i = 0; i < request->header_count; i++) {
        write_header(stream.file, sorted[i]);
    }
    (void)fputc('\n', stream.file);
    write_names(stream.file, sorted, request->header_count);
    (void)fprintf(stream.file, "\n%s", request->payload_sha256);
    return stream_detach(&stream);
}

/* "" when there is none: the request is refused then, and nothing worse. */
static const char *find_date(const struct aws_request *request)
{
    for (size_t i = 0; i < request->header_count; i++) {
        if (strcasecmp(request->headers[i].name, "x-amz-date") == 0) {
            return request->headers[i].value;
        }
    }
    return "";
}

/* The key of one day, region and service. */
static void derive_key(const struct aws_signer *signer, const char *date,
                       unsigned char ret_key[SHA256_BYTES])
{
    const char *const parts[] = {signer->region, signer->service, "aws4_request"};
    char *first;
    size_t length = strlen("AWS4") + strlen(signer->secret_access_key);

    if (asprintf(&first, "AWS4%s", signer->secret_access_key) < 0) {
        abort();
    }
    hmac(first, length, date, strnlen(date, DAY_BYTES), ret_key);
    explicit_bzero(first, length);
    free(first);
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        hmac(ret_key, SHA256_BYTES, parts[i], strlen(parts[i]), ret_key);
    }
}

char *aws_authorization(const struct aws_request *request, const struct aws_signer *signer)
{
    CLEANUP(free_text) char *canonical = aws_canonical_request(request, signer->service);
    CLEANUP(free_pairs) const struct aws_pair **sorted = sort_headers(request);
    CLEANUP(free_text) char *signed_text = NULL;
    const char *date = find_date(request);
    unsigned char key[SHA256_BYTES];
    unsigned char signature[SHA256_BYTES];
    char hash[AWS_SHA256_TEXT_BYTES];
    struct text_stream stream;
    int length;

    aws_sha256_text(canonical, strlen(canonical), hash);
    length = asprintf(&signed_text, ALGORITHM "\n%s\n%.*s/%s/%s/aws4_request\n%s", date, DAY_BYTES,
                      date, signer->region, signer->service, hash);
    if (length < 0) {
        abort();
    }
    derive_key(signer, date, key);
    hmac(key, sizeof key, signed_text, (size_t)length, signature);
    explicit_bzero(key, sizeof key);
    to_text(signature, hash);
    stream_init(&stream);
    (void)fprintf(stream.file, ALGORITHM " Credential=%s/%.*s/%s/%s/aws4_request, SignedHeaders=",
                  signer->access_key_id, DAY_BYTES, date, signer->region, signer->service);
    write_names(stream.file, sorted, request->header_count);
    (void)fprintf(stream.file, ", Signature=%s", hash);
    return stream_detach(&stream);
}
