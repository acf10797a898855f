/* Reading DynamoDB's errors. */
#include "store/dynamodb/fault.h"

#include <jansson.h>
#include <stdio.h>

#include "base/error.h"
#include "base/str.h"

struct fault {
    const char *type; /* without the suffix "Exception", or "Error" in a reason */
    enum dm_code code;
    enum fault_retry retry;
    const char *message; /* NULL: DynamoDB's own */
};

static const char refused[] = "DynamoDB refused this app's credentials or policy";
static const char throttled[] = "DynamoDB throttled this request, and its retries";
static const char failed[] = "DynamoDB failed, and failed again at each retry";
static const char no_table[] = "the table does not exist";

/*
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html
 * and https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/CommonErrors.html
 */
static const struct fault faults[] = {
    {"AccessDenied", DM_E_REFUSED, FAULT_FINAL, refused},
    {"AuthFailure", DM_E_REFUSED, FAULT_CLOCK, refused},
    {"ConditionalCheckFailed", DM_E_CONDITION, FAULT_FINAL, NULL},
    {"ExpiredToken", DM_E_REFUSED, FAULT_CREDENTIALS, refused},
    {"IdempotentParameterMismatch", DM_E_CONFLICT, FAULT_FINAL, NULL},
    {"IncompleteSignature", DM_E_REFUSED, FAULT_CREDENTIALS, refused},
    {"InternalServerError", DM_E_UPSTREAM, FAULT_TRANSIENT, failed},
    {"InternalFailure", DM_E_UPSTREAM, FAULT_TRANSIENT, failed},
    {"InvalidSignature", DM_E_REFUSED, FAULT_SIGNATURE, refused},
    {"ItemCollectionSizeLimitExceeded", DM_E_VALIDATION, FAULT_FINAL, NULL},
    {"LimitExceeded", DM_E_THROTTLED, FAULT_FINAL, NULL},
    {"MissingAuthenticationToken", DM_E_REFUSED, FAULT_CREDENTIALS, refused},
    {"OptInRequired", DM_E_REFUSED, FAULT_FINAL, refused},
    {"ProvisionedThroughputExceeded", DM_E_THROTTLED, FAULT_THROTTLED, throttled},
    {"ReplicatedWriteConflict", DM_E_CONFLICT, FAULT_TRANSIENT, NULL},
    {"RequestExpired", DM_E_REFUSED, FAULT_CLOCK, refused},
    {"RequestInTheFuture", DM_E_REFUSED, FAULT_CLOCK, refused},
    {"RequestLimitExceeded", DM_E_THROTTLED, FAULT_THROTTLED, throttled},
    {"RequestTimeTooSkewed", DM_E_REFUSED, FAULT_CLOCK, refused},
    {"RequestTimeout", DM_E_TIMEOUT, FAULT_TRANSIENT, NULL},
    {"ResourceInUse", DM_E_CONFLICT, FAULT_FINAL, NULL},
    {"ResourceNotFound", DM_E_TABLE_NOT_FOUND, FAULT_FINAL, no_table},
    {"Serialization", DM_E_VALIDATION, FAULT_FINAL, NULL},
    {"ServiceUnavailable", DM_E_UPSTREAM, FAULT_TRANSIENT, failed},
    {"SignatureDoesNotMatch", DM_E_REFUSED, FAULT_SIGNATURE, refused},
    {"TableNotFound", DM_E_TABLE_NOT_FOUND, FAULT_FINAL, no_table},
    {"Throttling", DM_E_THROTTLED, FAULT_THROTTLED, throttled},
    {"TransactionCanceled", DM_E_CONFLICT, FAULT_FINAL, NULL},
    {"TransactionConflict", DM_E_CONFLICT, FAULT_FINAL, NULL},
    {"TransactionInProgress", DM_E_CONFLICT, FAULT_TRANSIENT, NULL},
    {"UnknownOperation", DM_E_VALIDATION, FAULT_FINAL, NULL},
    {"UnrecognizedClient", DM_E_REFUSED, FAULT_CREDENTIALS, refused},
    {"Validation", DM_E_VALIDATION, FAULT_FINAL, NULL},
};

static const struct fault *fault_find(struct dm_str type)
{
    if (str_ends(type, STR("Exception")))
        type.len -= strlen("Exception");
    for (size_t i = 0; i < DM_COUNT(faults); i++)
        if (str_equal(type, dm_str(faults[i].type)))
            return &faults[i];
    return NULL;
}

static struct dm_str json_text(const json_t *object, const char *name)
{
    const json_t *text = json_object_get(object, name);
    return (struct dm_str){json_string_value(text), json_string_length(text)};
}

/* "com.amazonaws.dynamodb.v20120810#ValidationException" → "ValidationException" */
static struct dm_str type_tail(struct dm_str type)
{
    const char *hash = type.len ? memchr(type.ptr, '#', type.len) : NULL;
    if (!hash)
        return type;
    return (struct dm_str){hash + 1, type.len - (size_t)(hash + 1 - type.ptr)};
}

/* DynamoDB's own words, unless they name the account. */
static struct dm_str own_message(const json_t *reply)
{
    struct dm_str message = json_text(reply, "message");
    if (!message.ptr)
        message = json_text(reply, "Message");
    if (message.ptr && strstr(message.ptr, "arn:"))
        return (struct dm_str){NULL, 0};
    return message;
}

static enum fault_retry unknown(unsigned status, struct dm_str type, struct dm_error *err)
{
    if (status >= 500) {
        error_set(err, DM_E_UPSTREAM, "%s", failed);
        return FAULT_TRANSIENT;
    }
    if (status == 429) {
        error_set(err, DM_E_THROTTLED, "%s", throttled);
        return FAULT_THROTTLED;
    }
    error_set(err, DM_E_UPSTREAM,
              type.len ? "DynamoDB answered with an error that is not known here"
                       : "the endpoint answered with status %u and no DynamoDB error",
              status);
    return FAULT_FINAL;
}

static enum fault_retry judge(unsigned status, const json_t *reply, struct dm_error *err)
{
    struct dm_str type = type_tail(json_text(reply, "__type"));
    const struct fault *fault = fault_find(type);
    enum fault_retry retry = FAULT_FINAL;

    if (!fault) {
        retry = unknown(status, type, err);
    } else {
        struct dm_str message =
            fault->message ? dm_str(fault->message) : own_message(reply);
        if (!message.len)
            message = STR("DynamoDB refused the request");
        error_set(err, fault->code, "%.*s", STR_ARG(message));
        retry = fault->retry;
    }
    snprintf(err->upstream_type, sizeof err->upstream_type, "%.*s", STR_ARG(type));
    return retry;
}

enum fault_retry fault_read(unsigned status, struct dm_str body, struct dm_error *err)
{
    json_t *reply = json_loadb(body.ptr ? body.ptr : "", body.len, 0, NULL);
    enum fault_retry retry = judge(status, reply, err);
    json_decref(reply);
    return retry;
}

enum dm_code fault_reason_code(struct dm_str code)
{
    if (str_equal(code, STR("None")))
        return DM_OK;
    if (str_ends(code, STR("Error")))
        code.len -= strlen("Error");
    const struct fault *fault = fault_find(code);
    return fault ? fault->code : DM_E_UPSTREAM;
}

bool fault_is_item_size(const struct dm_error *err)
{
    /* PutItem's; UpdateItem's. */
    return err->code == DM_E_VALIDATION &&
           (strstr(err->message, "Item size has exceeded") ||
            strstr(err->message, "Item size to update has exceeded"));
}

bool fault_is_key_mismatch(const struct dm_error *err)
{
    /* GetItem's and its kin's; Query's: a key's name, a key's type. */
    static const char *const sentences[] = {"key element does not match the schema",
                                            "missed key schema element",
                                            "does not match schema type"};
    if (err->code != DM_E_VALIDATION)
        return false;
    for (size_t i = 0; i < DM_COUNT(sentences); i++)
        if (strstr(err->message, sentences[i]))
            return true;
    return false;
}
