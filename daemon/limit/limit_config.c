/* The defaults of the limits. */
#include "daemon/limit/limit_config.h"

struct limit_config limit_config_default(void)
{
    return (struct limit_config){
        .exchanges = 4096,
        .target_bytes = 8 * 1024,
        .header_bytes = 16 * 1024,
        .body_bytes = 16 * 1024 * 1024,
        .memory_bytes = (size_t)256 * 1024 * 1024,
        .header_timeout_ms = 10000,
        .body_timeout_ms = 30000,
        .send_timeout_ms = 30000,
    };
}
