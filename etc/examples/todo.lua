-- A todo from Lua: read, changed, and one that is not there. Needs LuaSocket and cjson.
local http, ltn12, json = require("socket.http"), require("ltn12"), require("cjson")
local models = os.getenv("MODELS_URL") or "http://localhost:8080/models"

local function ask(method, path, body)
    local reply, text = {}, body and json.encode(body) or ""
    local fields = { ["content-type"] = body and "application/json", ["content-length"] = #text,
                     prefer = "return=representation" }
    local _, status = http.request { url = models .. path, method = method, headers = fields,
                                     source = ltn12.source.string(text), sink = ltn12.sink.table(reply) }
    return json.decode(table.concat(reply)), status
end

print(ask("GET", "/todo/1").name)
print("done: " .. tostring(ask("PATCH", "/todo/1", { done = true }).done))
print(ask("GET", "/todo/4").detail) -- its second value is 404
