/* Numbers: the canonical text of a canonical text is itself, and is a JSON number. */
#include "base/str.h"
#include "codec/json_scan.h"
#include "fuzz.h"
#include "value/number.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    struct number once, twice;
    struct dm_str text = fuzz_text(bytes, len);
    bool valid = number_check(text, NULL) == DM_OK;
    fuzz_check(valid == (number_parse(text, &once, NULL) == DM_OK));
    if (!valid)
        return 0;

    struct dm_str canonical = {once.text, once.len};
    fuzz_check(once.len <= NUMBER_TEXT_MAX);
    fuzz_check(json_scan_number(once.text, once.text + once.len) == once.text + once.len);
    fuzz_check(number_parse(canonical, &twice, NULL) == DM_OK);
    fuzz_check(str_equal(canonical, (struct dm_str){twice.text, twice.len}));
    return 0;
}
