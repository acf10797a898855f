-- GET of an item, a key after the other: of one model, or of many in turn.
local keys, step, at, requests = 10000, 7919, 0, {}
init = function(args)
    local base, models = args[1], tonumber(args[2])
    for key = 0, keys - 1 do
        local before = models > 0 and "/models/model" .. key % models .. "/" or base
        requests[key] = wrk.format("GET", before .. key)
    end
end
request = function()
    at = (at + step) % keys
    return requests[at]
end
