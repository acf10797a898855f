/* The database fixture with songs in "music", and queries of them in few words. */
#ifndef DYNAMOD_TESTS_SONG_FIXTURE_H
#define DYNAMOD_TESTS_SONG_FIXTURE_H

#include "database_fixture.h"

/* Opens it with the songs of the artist "a", whose years are -5 0 0.5 1 2 10 100, and one
 * of "aa" and of "A". Some have a title; 0, 2, 10 and aa's 3 the label "x". */
void songs_open(struct fixture *f);

struct dm_value value(enum dm_type type, const char *text);

/* Of the table: an artist; the years of "a" in a range (high: NULL but for BETWEEN). */
struct key_condition partition(const char *hash);
struct key_condition years(enum range_kind kind, const char *low, const char *high);

/* Of by_title, within "a"; of by_label. */
struct key_condition titles(enum range_kind kind, const char *low);
struct key_condition label(const char *hash);

/* "note.a,year" */
struct projection projection(struct fixture *f, const char *text);

/* attribute_exists(name) */
const struct condition *has(struct fixture *f, const char *name);

/* Of "music" where the request names no table; must succeed. */
struct store_result query(struct fixture *f, struct store_query request);

/* The years of the items, "1 2". */
struct dm_str years_of(struct fixture *f, const struct store_result *result);

/* The query gives these, and nothing follows. */
void expect_years(struct fixture *f, struct store_query request, const char *expected);

#endif
