/* The few macros that every file uses. */
#ifndef DYNAMOD_BASE_MACROS_H
#define DYNAMOD_BASE_MACROS_H

#include "dynamod.h"

/* Returns the code of an expression that failed. The only macro that may return. */
#define DM_TRY(expression)                                                               \
    do {                                                                                 \
        enum dm_code dm_try_code_ = (expression);                                        \
        if (dm_try_code_)                                                                \
            return dm_try_code_;                                                         \
    } while (0)

/* DM_AUTO(dm_item) *item = NULL; is freed at the end of its scope unless taken. */
#define DM_AUTO(type) __attribute__((cleanup(type##_auto_))) struct type

#define DM_AUTO_DEFINE(type, free_fn)                                                    \
    static inline void type##_auto_(struct type **object)                                \
    {                                                                                    \
        free_fn(*object);                                                                \
    }

/* For embedded objects: DM_AUTO_DONE(dm_buf) buf = {…}; */
#define DM_AUTO_DONE(type) __attribute__((cleanup(type##_auto_done_))) struct type

#define DM_AUTO_DONE_DEFINE(type, done_fn)                                               \
    static inline void type##_auto_done_(struct type *object)                            \
    {                                                                                    \
        done_fn(object);                                                                 \
    }

/* Moves ownership out of an automatic pointer. */
#define DM_TAKE(pointer)                                                                 \
    __extension__({                                                                      \
        __typeof__(pointer) dm_taken_ = (pointer);                                       \
        (pointer) = NULL;                                                                \
        dm_taken_;                                                                       \
    })

#define DM_COUNT(array) (sizeof(array) / sizeof((array)[0]))

#define DM_PRINTF(text, first) __attribute__((format(printf, text, first)))

/* The object that embeds `member`. */
#define DM_CONTAINER(pointer, type, member)                                              \
    ((type *)(void *)((char *)(pointer)-offsetof(type, member)))

#endif
