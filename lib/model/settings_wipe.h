/* Forgetting a file's texts. */
#ifndef DYNAMOD_MODEL_SETTINGS_WIPE_H
#define DYNAMOD_MODEL_SETTINGS_WIPE_H

struct config_setting_t;

/* Overwrites the texts of a node of libconfig's, and of all below it: some are secrets.
 */
void settings_wipe(struct config_setting_t *node);

#endif
