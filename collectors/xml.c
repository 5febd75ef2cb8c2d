/* SPDX-License-Identifier: Apache-2.0 */
/* XML as the services of AWS and Azure send it, element by element. */

#include "collectors/xml.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include <expat.h>

#include "exporter/bounds.h"

struct reading {
    XML_Parser parser;
    xml_take *take;
    void *context;
    struct error *error; /* Set when the parser was stopped. */
    size_t path_length;
    size_t text_length;
    char path[XML_PATH_BYTES_MAX];
    char text[XML_TEXT_BYTES_MAX];
};

static void refuse(struct reading *reading, const char *what)
{
    (void)error_set(reading->error, ERROR_PROTOCOL, "%s", what);
    (void)XML_StopParser(reading->parser, XML_FALSE);
}

static void start_element(void *context, const XML_Char *name, const XML_Char **attributes)
{
    struct reading *reading = context;
    size_t length = strlen(name);

    (void)attributes;
    if (reading->path_length + length + 2 > sizeof reading->path) {
        refuse(reading, "the XML is nested too deeply, or its names are too long");
        return;
    }
    if (reading->path_length > 0) {
        reading->path[reading->path_length++] = '/';
    }
    memcpy(reading->path + reading->path_length, name, length + 1);
    reading->path_length += length;
    reading->text_length = 0;
}

static void end_element(void *context, const XML_Char *name)
{
    struct reading *reading = context;
    size_t length = strlen(name);

    reading->text[reading->text_length] = '\0';
    if (!reading->take(reading->context, reading->path, reading->text, reading->error)) {
        (void)XML_StopParser(reading->parser, XML_FALSE);
        return;
    }
    reading->path_length -= reading->path_length > length ? length + 1 : length;
    reading->path[reading->path_length] = '\0';
    reading->text_length = 0;
}

static void take_text(void *context, const XML_Char *text, int length)
{
    struct reading *reading = context;

    if ((size_t)length >= sizeof reading->text - reading->text_length) {
        refuse(reading, "a text in the XML is too long");
        return;
    }
    memcpy(reading->text + reading->text_length, text, (size_t)length);
    reading->text_length += (size_t)length;
}

static void start_document_type(void *context, const XML_Char *name, const XML_Char *system_id,
                                const XML_Char *public_id, int has_internal_subset)
{
    (void)name;
    (void)system_id;
    (void)public_id;
    (void)has_internal_subset;
    refuse(context, "the XML has a document type");
}

static struct reading *reading_new(xml_take *take, void *context, struct error *error)
{
    struct reading *reading = calloc(1, sizeof *reading);

    if (reading == NULL) {
        abort();
    }
    reading->parser = XML_ParserCreate(NULL);
    if (reading->parser == NULL) {
        abort();
    }
    reading->take = take;
    reading->context = context;
    reading->error = error;
    XML_SetUserData(reading->parser, reading);
    XML_SetElementHandler(reading->parser, start_element, end_element);
    XML_SetCharacterDataHandler(reading->parser, take_text);
    XML_SetStartDoctypeDeclHandler(reading->parser, start_document_type);
    return reading;
}

static void reading_free(struct reading *reading)
{
    XML_ParserFree(reading->parser);
    /* Credentials come this way. */
    explicit_bzero(reading->text, sizeof reading->text);
    free(reading);
}

bool xml_read(const char *text, size_t length, xml_take *take, void *context, struct error *error)
{
    struct reading *reading = reading_new(take, context, error);
    enum XML_Error code = XML_ERROR_NONE;
    bool good = true;

    if (length > INT_MAX) {
        good = error_set(error, ERROR_PROTOCOL, "the XML is too long");
    } else if (XML_Parse(reading->parser, text, (int)length, 1) != XML_STATUS_OK) {
        code = XML_GetErrorCode(reading->parser);
        good = false;
    }
    if (code != XML_ERROR_NONE && code != XML_ERROR_ABORTED) {
        (void)error_set(error, ERROR_PROTOCOL, "not XML as expected: %s in line %lu",
                        XML_ErrorString(code), XML_GetCurrentLineNumber(reading->parser));
    }
    reading_free(reading);
    return good;
}
