/* Forgetting a file's texts. */
#include "model/settings_wipe.h"

#include <libconfig.h>
#include <string.h>

#include "base/mem.h"

void settings_wipe(struct config_setting_t *node)
{
    if (node->type == CONFIG_TYPE_STRING && node->value.sval)
        mem_wipe(node->value.sval, strlen(node->value.sval));
    for (int i = 0; i < config_setting_length(node); i++)
        settings_wipe(config_setting_get_elem(node, (unsigned)i));
}
