/* SPDX-License-Identifier: Apache-2.0 */
/* What services of AWS and Azure answer when they refuse, as an error that says what to do. */

#include "collectors/aws_error.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "collectors/xml.h"
#include "exporter/cleanup.h"
#include "exporter/duration.h"

#define MESSAGE_BYTES 200

struct problem {
    char code[AWS_CODE_BYTES];
    char message[MESSAGE_BYTES];
};

/* Codes that mean more than their status. */
static const struct {
    const char *code;
    enum error_kind kind;
    const char *remedy;
} codes[] = {
    {"AccessDenied", ERROR_PERMISSION, "allow it in the policy of the user or role"},
    {"AccessDeniedException", ERROR_PERMISSION, "allow it in the policy of the user or role"},
    {"AllAccessDisabled", ERROR_PERMISSION, "ask the owner of the bucket"},
    {"InvalidAccessKeyId", ERROR_AUTH, "the service does not know this access key"},
    {"InvalidClientTokenId", ERROR_AUTH, "the service does not know this access key"},
    {"UnrecognizedClientException", ERROR_AUTH, "the service does not know this access key"},
    {"InvalidSignatureException", ERROR_AUTH, "the secret is not that of the access key"},
    {"SignatureDoesNotMatch", ERROR_AUTH, "the secret is not that of the access key"},
    {"ExpiredToken", ERROR_AUTH, "the credentials have expired"},
    {"ExpiredTokenException", ERROR_AUTH, "the credentials have expired"},
    {"InvalidToken", ERROR_AUTH, "the session token is not of these credentials"},
    {"InvalidIdentityToken", ERROR_AUTH, "check the identity provider and the token's audience"},
    {"TokenRefreshRequired", ERROR_AUTH, "the credentials have expired"},
    {"NoSuchBucket", ERROR_NOT_FOUND, "there is no such bucket; compare its name and the endpoint"},
    {"NoSuchKey", ERROR_NOT_FOUND, "there is no such object"},
    {"NoSuchVersion", ERROR_NOT_FOUND, "there is no such version of the object"},
    {"SlowDown", ERROR_QUERY, "too many requests; ask less often (interval)"},
    {"ThrottlingException", ERROR_QUERY, "too many requests; ask less often (interval)"},
    {"Throttling", ERROR_QUERY, "too many requests; ask less often (interval)"},
    {"ServiceUnavailable", ERROR_QUERY, "the service cannot answer now"},
    {"InternalError", ERROR_QUERY, "the service cannot answer now"},
    {"InternalServiceFault", ERROR_QUERY, "the service cannot answer now"},
    /* Azure: https://learn.microsoft.com/rest/api/storageservices/common-rest-api-error-codes */
    {"AuthenticationFailed", ERROR_AUTH, "the SAS token is wrong, or not good at this time"},
    {"AuthorizationServiceMismatch", ERROR_PERMISSION, "the SAS token is not for blobs (ss=b)"},
    {"AuthorizationResourceTypeMismatch", ERROR_PERMISSION,
     "the SAS token is not for the service (srt=s)"},
    {"AuthorizationPermissionMismatch", ERROR_PERMISSION, "the SAS token may not read (sp=r)"},
    {"InsufficientAccountPermissions", ERROR_PERMISSION,
     "the account's secondary may not be read; it needs RA-GRS or RA-GZRS"},
    {"ServerBusy", ERROR_QUERY, "too many requests; ask less often (interval)"},
    {"RequestTimeout", ERROR_QUERY, "the service did not get the request in time"},
};

static void keep(char *place, size_t size, const char *text)
{
    (void)snprintf(place, size, "%s", text);
    for (char *c = place; *c != '\0'; c++) {
        if ((unsigned char)*c < ' ' || (unsigned char)*c >= 0x7F) {
            *c = '?';
        }
    }
}

/* S3: `Error/Code`; STS: `ErrorResponse/Error/Code`. */
static bool take(void *context, const char *path, const char *text, struct error *error)
{
    struct problem *problem = context;
    const char *element = strstr(path, "Error/");

    (void)error;
    if (element == NULL) {
        return true;
    }
    if (strcmp(element, "Error/Code") == 0) {
        keep(problem->code, sizeof problem->code, text);
    } else if (strcmp(element, "Error/Message") == 0) {
        keep(problem->message, sizeof problem->message, text);
    }
    return true;
}

static void free_document(cJSON **document)
{
    cJSON_Delete(*document);
}

/* CloudWatch: {"__type": "com.example#Code", "message": "…"}. */
static void read_json(const struct aws_refusal *refusal, struct problem *problem)
{
    CLEANUP(free_document) cJSON *document = cJSON_ParseWithLength(refusal->body, refusal->length);
    const char *type = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(document, "__type"));
    const char *message = cJSON_GetStringValue(cJSON_GetObjectItem(document, "message"));

    if (type != NULL) {
        keep(problem->code, sizeof problem->code,
             strchr(type, '#') != NULL ? strchr(type, '#') + 1 : type);
    }
    if (message != NULL) {
        keep(problem->message, sizeof problem->message, message);
    }
}

static void read_problem(const struct aws_refusal *refusal, struct problem *ret_problem)
{
    struct error ignored;

    *ret_problem = (struct problem){.code = ""};
    if (refusal->length > 0 && *refusal->body == '{') {
        read_json(refusal, ret_problem);
    } else if (refusal->length > 0) {
        (void)xml_read(refusal->body, refusal->length, take, ret_problem, &ignored);
    }
}

void aws_error_code(const struct aws_refusal *refusal, char code[AWS_CODE_BYTES])
{
    struct problem problem;

    read_problem(refusal, &problem);
    memcpy(code, problem.code, AWS_CODE_BYTES);
}

bool aws_error_is_passing(int status)
{
    return status == 429 || status == 500 || status == 502 || status == 503 || status == 504;
}

/* CloudWatch names the reason only in its message. */
static bool is_skew(const struct problem *problem)
{
    return strcmp(problem->code, "RequestTimeTooSkewed") == 0 ||
           strncmp(problem->message, "Signature expired", 17) == 0 ||
           strncmp(problem->message, "Signature not yet current", 25) == 0;
}

static bool set_skew(const struct aws_refusal *refusal, struct error *error)
{
    char skew[DURATION_TEXT_BYTES];

    if (!refusal->knows_clock) {
        return error_set(error, ERROR_INCONSISTENT,
                         "RequestTimeTooSkewed: the clocks of this host and of the service are too "
                         "far apart; synchronise them");
    }
    duration_describe(skew, fabs(refusal->clock_offset_seconds));
    return error_set(error, ERROR_INCONSISTENT,
                     "RequestTimeTooSkewed: the clock of this host is %s %s that of the service; "
                     "synchronise them",
                     skew, refusal->clock_offset_seconds > 0 ? "behind" : "ahead of");
}

static bool is_redirection(const struct aws_refusal *refusal, const char *code)
{
    return (refusal->status >= 300 && refusal->status < 400) ||
           strcmp(code, "AuthorizationHeaderMalformed") == 0 ||
           strcmp(code, "IllegalLocationConstraintException") == 0;
}

static bool set_redirection(const struct aws_refusal *refusal, const struct problem *problem,
                            struct error *error)
{
    if (refusal->region != NULL) {
        return error_set(error, ERROR_INCONSISTENT,
                         "the bucket is in region \"%.40s\"; write that as its region",
                         refusal->region);
    }
    return error_set(error, ERROR_INCONSISTENT,
                     "status %d: %s %s; compare the region and the endpoint", refusal->status,
                     problem->code, problem->message);
}

static bool set_by_status(const struct aws_refusal *refusal, const struct problem *problem,
                          struct error *error)
{
    int status = refusal->status;
    const char *blank = *problem->code != '\0' ? ": " : "";

    if (status == 401 || status == 407) {
        return error_set(error, ERROR_AUTH,
                         "status %d%s%s: the service wants other credentials; compare them", status,
                         blank, problem->code);
    }
    if (status == 403) {
        return error_set(error, ERROR_PERMISSION,
                         "status 403%s%s: not allowed; check the policy of the user or role", blank,
                         problem->code);
    }
    if (status == 404) {
        return error_set(error, ERROR_NOT_FOUND,
                         "status 404%s%s: not found; compare the names and the endpoint", blank,
                         problem->code);
    }
    if (aws_error_is_passing(status)) {
        return error_set(error, ERROR_QUERY, "status %d%s%s: the service cannot answer now", status,
                         blank, problem->code);
    }
    return error_set(error, ERROR_PROTOCOL,
                     "status %d%s%s %s; is it the address of such a service?", status, blank,
                     problem->code, problem->message);
}

bool aws_error_set(const struct aws_refusal *refusal, struct error *error)
{
    struct problem problem;

    read_problem(refusal, &problem);
    if (is_skew(&problem)) {
        return set_skew(refusal, error);
    }
    if (is_redirection(refusal, problem.code)) {
        return set_redirection(refusal, &problem, error);
    }
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
        if (strcmp(codes[i].code, problem.code) == 0) {
            return error_set(error, codes[i].kind, "%s: %s", problem.code, codes[i].remedy);
        }
    }
    return set_by_status(refusal, &problem, error);
}
