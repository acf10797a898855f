/* Folding what happens again and again: a table of kinds that only grows. */
#include "daemon/log/log_fold.h"

#include "base/str.h"

/* FNV-1a, each text ended by a byte that no text has. */
static uint64_t hash_text(uint64_t hash, const char *text)
{
    for (; text && *text; text++)
        hash = (hash ^ (unsigned char)*text) * 0x100000001B3U;
    return (hash ^ 0xFF) * 0x100000001B3U;
}

/* Two kinds of equal hash would be told as one: among 256, once in 10^15. */
static uint64_t hash_kind(const char *message, const struct log_kind *kind)
{
    uint64_t hash = hash_text(0xCBF29CE484222325U, message);
    hash = hash_text(hash, kind->app);
    hash = hash_text(hash, kind->model);
    hash = hash_text(hash, kind->type);
    return hash ? hash : 1;
}

static void copy_name(char name[LOG_FOLD_NAME_MAX], const char *text)
{
    size_t len = text ? strnlen(text, LOG_FOLD_NAME_MAX - 1) : 0;
    if (len)
        memcpy(name, text, len);
    name[len] = '\0';
}

static void name_slot(struct log_fold_slot *slot, enum log_level level,
                      const char *message, const struct log_kind *kind)
{
    slot->level = level;
    slot->message = message;
    copy_name(slot->app, kind->app);
    copy_name(slot->model, kind->model);
    copy_name(slot->type, kind->type);
    atomic_store(&slot->is_named, true);
}

/* Takes a free slot: whoever comes first names it. */
static bool take_slot(struct log_fold_slot *slot, uint64_t key, enum log_level level,
                      const char *message, const struct log_kind *kind)
{
    uint64_t found = 0;
    if (!atomic_compare_exchange_strong(&slot->key, &found, key))
        return found == key;
    name_slot(slot, level, message, kind);
    return true;
}

static struct log_fold_slot *slot_of(struct log_fold *fold, enum log_level level,
                                     const char *message, const struct log_kind *kind)
{
    static const struct log_kind others = {.type = "others"};
    uint64_t key = hash_kind(message, kind);
    for (size_t i = 0; i < LOG_FOLD_KINDS; i++) {
        struct log_fold_slot *slot = &fold->slots[(key + i) % LOG_FOLD_KINDS];
        uint64_t found = atomic_load(&slot->key);
        if (found == key || (!found && take_slot(slot, key, level, message, kind)))
            return slot;
    }
    struct log_fold_slot *last = &fold->slots[LOG_FOLD_KINDS];
    take_slot(last, 1, level, message, &others);
    return last;
}

bool log_fold_admits(struct log_fold *fold, enum log_level level, const char *message,
                     const struct log_kind *kind)
{
    struct log_fold_slot *slot = slot_of(fold, level, message, kind);
    uint64_t before = atomic_fetch_add(&slot->seen, 1);
    return before < (atomic_load(&slot->is_folding) ? 1 : LOG_FOLD_FIRST);
}

static void sweep_slot(struct log_fold_slot *slot, log_folded_fn tell, void *ctx)
{
    uint64_t told = atomic_load(&slot->is_folding) ? 1 : LOG_FOLD_FIRST;
    uint64_t seen = atomic_exchange(&slot->seen, 0);
    atomic_store(&slot->is_folding, seen > told);
    if (seen > told)
        tell(slot, seen - told, ctx);
}

void log_fold_sweep(struct log_fold *fold, log_folded_fn tell, void *ctx)
{
    for (size_t i = 0; i <= LOG_FOLD_KINDS; i++)
        if (atomic_load(&fold->slots[i].is_named))
            sweep_slot(&fold->slots[i], tell, ctx);
}
