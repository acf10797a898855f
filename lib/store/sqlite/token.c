/* Tokens, kept in the file for ten minutes. */
#include "store/sqlite/token.h"

#include <stdio.h>

#include "base/error.h"
#include "base/str.h"
#include "codec/ddb_json.h"
#include "expr/render.h"
#include "store/sqlite/statement.h"

enum { TOKEN_LIFE_MS = 10 * 60 * 1000, REQUEST_MAX = 64 * 1024 * 1024 };

/* --- fingerprints --- */

static void render_entry(const struct store_transact_entry *entry, struct arena *arena,
                         struct dm_buf *out)
{
    struct render render;
    render_init(&render, arena);
    buf_printf(out, "%d:%zu:%.*s", (int)entry->kind, entry->table.len,
               STR_ARG(entry->table));
    if (entry->item)
        ddb_json_write_item(entry->item, out);
    if (entry->key)
        ddb_json_write_value(&entry->key->hash, out);
    if (entry->key && entry->key->range_attribute.name.len)
        ddb_json_write_value(&entry->key->range, out);
    if (entry->condition)
        render_condition(&render, entry->condition, out);
    buf_add_char(out, ';');
    if (entry->update)
        render_update(&render, entry->update, out);
    render_placeholders(&render, out);
}

/* FNV-1a: a client who contrives a collision cheats nobody but itself. */
static long long fingerprint(struct dm_str text)
{
    uint64_t hash = 0xcbf29ce484222325;
    for (size_t i = 0; i < text.len; i++)
        hash = (hash ^ (unsigned char)text.ptr[i]) * 0x100000001b3;
    return (long long)(hash >> 1);
}

enum dm_code token_init(struct token *token, const struct writes *writes,
                        struct arena *arena, struct dm_error *err)
{
    DM_AUTO_DONE(dm_buf) text;
    buf_init(&text, REQUEST_MAX);
    for (size_t i = 0; i < writes->count; i++)
        render_entry(&writes->entries[i], arena, &text);
    DM_TRY(buf_check(&text, "transaction", err));
    *token = (struct token){writes->token, fingerprint(buf_str(&text)), writes->wall_ms};
    return DM_OK;
}

/* --- the table of tokens --- */

static enum dm_code mismatch(struct dm_error *err)
{
    error_set(err, DM_E_CONFLICT,
              "DynamoDB rejected the request because you retried a request with a "
              "different payload but with an idempotent token that was already used.");
    if (err)
        snprintf(err->upstream_type, sizeof err->upstream_type,
                 "IdempotentParameterMismatchException");
    return DM_E_CONFLICT;
}

enum dm_code token_find(struct database *database, const struct token *token,
                        bool *ret_known, struct dm_error *err)
{
    DM_AUTO_DONE(statement) find;
    bool found = false;
    DM_TRY(statement_init(&find, database, STATEMENT_TOKEN_FIND, err));
    statement_bind_text(&find, 1, token->text);
    statement_bind_int(&find, 2, token->wall_ms);
    DM_TRY(statement_step(&find, &found, err));
    if (found && statement_int(&find, 0) != token->fingerprint)
        return mismatch(err);
    *ret_known = found;
    return DM_OK;
}

static enum dm_code forget_old(struct database *database, int64_t wall_ms,
                               struct dm_error *err)
{
    DM_AUTO_DONE(statement) forget;
    DM_TRY(statement_init(&forget, database, STATEMENT_TOKENS_FORGET, err));
    statement_bind_int(&forget, 1, wall_ms);
    return statement_run(&forget, err);
}

enum dm_code token_keep(struct database *database, const struct token *token,
                        struct dm_error *err)
{
    DM_TRY(forget_old(database, token->wall_ms, err));
    DM_AUTO_DONE(statement) keep;
    DM_TRY(statement_init(&keep, database, STATEMENT_TOKEN_KEEP, err));
    statement_bind_text(&keep, 1, token->text);
    statement_bind_int(&keep, 2, token->fingerprint);
    statement_bind_int(&keep, 3, token->wall_ms + TOKEN_LIFE_MS);
    return statement_run(&keep, err);
}
