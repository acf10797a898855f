-- GET of an item, a key after the other.
local keys, step, at, requests = 10000, 7919, 0, {}
init = function()
    for key = 0, keys - 1 do
        requests[key] = wrk.format("GET", "/models/item/" .. key)
    end
end
request = function()
    at = (at + step) % keys
    return requests[at]
end
