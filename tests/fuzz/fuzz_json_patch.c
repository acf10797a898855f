/* JSON Patch (RFC 6902). */
#include "fuzz.h"
#include "patch_check.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    patch_check(PATCH_JSON, fuzz_text(bytes, len));
    return 0;
}
