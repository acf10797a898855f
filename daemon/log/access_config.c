/* Reading the group access_log. */
#include "daemon/log/access_config.h"

#include "base/str.h"
#include "daemon/config.h"
#include "daemon/log/access_format.h"

static enum dm_code read_file(struct settings *file, struct settings_node *node,
                              void *target, struct dm_error *err)
{
    struct access_config *config = target;
    struct dm_str text;
    DM_TRY(settings_string(file, node, &text, err));
    if (!text.len)
        return settings_expected(file, node, err, "a file, or \"-\"");
    if (!str_equal(text, STR("-")))
        return settings_path(file, text, &config->file, err);
    config->file = text;
    return DM_OK;
}

static enum dm_code read_format(struct settings *file, struct settings_node *node,
                                void *target, struct dm_error *err)
{
    struct access_config *config = target;
    const struct access_format *format = NULL;
    struct dm_error wrong;
    DM_TRY(settings_string(file, node, &config->format, err));
    enum dm_code code =
        access_format_parse(config->format, settings_arena(file), &format, &wrong);
    if (code == DM_E_CONFIG)
        return settings_expected(file, node, err, "%s", wrong.message);
    if (code)
        *err = wrong;
    return code;
}

static const struct setting table[] = {
    {.name = "file",
     .doc = "A file that lines are added to, relative to this one, or \"-\" for standard "
            "output. SIGUSR1 has it opened anew, once it was moved away.",
     .type = SETTING_READ,
     .read = read_file,
     .expected = "a file, or \"-\""},
    {.name = "format",
     .doc = "\"common\" is the Common Log Format, \"json\" an object a line; else a line "
            "with variables, as \"$time_iso8601 $request_method $path $status\". What a "
            "client sent is escaped in it.",
     .type = SETTING_READ,
     .read = read_format,
     .preset = "\"common\""},
};

const struct setting_table access_config_settings = {table, DM_COUNT(table)};

enum dm_code access_config_read(struct settings *file, struct settings_node *node,
                                void *target, struct dm_error *err)
{
    struct access_config config = {.format = STR("common")};
    if (!settings_is_group(node))
        return settings_expected(file, node, err, "a group with a file");
    DM_TRY(settings_read(file, node, table, DM_COUNT(table), &config, err));
    if (!config.file.len)
        return settings_expected(file, node, err, "a group with a file");
    ((struct config *)target)->access_log = config;
    return DM_OK;
}
