/* Fills a manual page in mdoc(7) with the tables that read the settings. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "daemon/config.h"

enum { COLUMNS = 78 };

/* --- text --- */

/* A line of text that mdoc takes for nothing else. */
static void print_word(const char *word, size_t len)
{
    if (word[0] == '.' || word[0] == '\'')
        fputs("\\&", stdout);
    for (size_t i = 0; i < len; i++)
        if (word[i] == '\\')
            fputs("\\e", stdout);
        else
            putchar(word[i]);
}

/* A sentence begins a line of its own, as mdoc(7) wants it. */
static void print_text(const char *text)
{
    size_t column = 0;
    bool ended = false;
    while (*text) {
        size_t len = strcspn(text, " ");
        if (column && (ended || column + 1 + len > COLUMNS)) {
            putchar('\n');
            column = 0;
        }
        if (column)
            putchar(' ');
        print_word(text, len);
        column += len + 1;
        ended = len > 1 && text[len - 1] == '.';
        text += len + strspn(text + len, " ");
    }
    putchar('\n');
}

/* --- settings --- */

/* What a function reads is of its preset's type. */
static const char *value_like(const char *preset)
{
    return preset && preset[0] == '"'   ? "text"
           : preset && preset[0] == '[' ? "texts"
                                        : "value";
}

static const char *value_of(const struct setting *row)
{
    if (row->group)
        return row->many ? "groups" : "group";
    switch (row->type) {
    case SETTING_STRING:
        return "text";
    case SETTING_STRINGS:
        return "texts";
    case SETTING_BOOL:
        return "true | false";
    case SETTING_COUNT:
        return "number";
    case SETTING_SECONDS:
        return "seconds";
    case SETTING_GROUP:
    case SETTING_NODE:
    case SETTING_READ:
        break;
    }
    return value_like(row->preset);
}

/* One argument of a macro, whatever is in it. */
static void print_argument(const char *text)
{
    fputs("\"\\&", stdout);
    for (; *text; text++)
        if (*text == '"')
            fputs("\\(dq", stdout);
        else
            putchar(*text);
    putchar('"');
}

static void print_limits(const struct setting *row)
{
    if (row->type == SETTING_COUNT)
        printf("%u to %u.\n", row->min, row->max);
    if (row->type == SETTING_SECONDS)
        printf("%g to %g.\n", row->min / 1000.0, row->max / 1000.0);
    if (row->preset) {
        fputs("The default is\n.Ql ", stdout);
        print_argument(row->preset);
        puts(" .");
    }
}

static void print_row(const struct setting *row)
{
    if (!row->doc) {
        fprintf(stderr, "the setting %s has no doc\n", row->name);
        exit(1);
    }
    printf(".It Ic %s Ns \\ = Ar %s\n", row->name, value_of(row));
    print_text(row->doc);
    print_limits(row);
}

/* The table's settings, then those of each group in it; a table that says what an outer
 * one says too is not said twice. */
static void print_table(const struct setting_table *table)
{
    puts(".Bl -tag -width Ds");
    for (size_t i = 0; i < table->count; i++)
        print_row(&table->rows[i]);
    puts(".El");
    for (size_t i = 0; i < table->count; i++) {
        const struct setting *row = &table->rows[i];
        if (!row->group || row->inherits)
            continue;
        printf(".Ss %s %s\n", row->many ? "Each of" : "\\&In", row->name);
        print_table(row->group);
    }
}

/* --- the page --- */

static const struct {
    const char *line;
    const struct setting_table *table;
} places[] = {
    {".\\\" the settings of dynamod.conf\n", &config_settings},
    {".\\\" the settings of an app\n", &app_settings},
};

static void print_line(const char *line)
{
    for (size_t i = 0; i < DM_COUNT(places); i++)
        if (strcmp(line, places[i].line) == 0) {
            print_table(places[i].table);
            return;
        }
    fputs(line, stdout);
}

int main(int argc, char **argv)
{
    if (argc != 3 || !freopen(argv[1], "r", stdin) || !freopen(argv[2], "w", stdout)) {
        fputs("usage: settings_page TEMPLATE PAGE\n", stderr);
        return 2;
    }
    char line[1024];
    while (fgets(line, sizeof line, stdin))
        print_line(line);
    return ferror(stdin) || fclose(stdout) ? 1 : 0;
}
