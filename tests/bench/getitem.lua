-- DynamoDB's own GetItem, a key after the other: what the daemon's GET is measured against.
local keys, step, at, requests = 10000, 7919, 0, {}
local headers = {
    ["Content-Type"] = "application/x-amz-json-1.0",
    ["X-Amz-Target"] = "DynamoDB_20120810.GetItem",
    ["Authorization"] = "AWS4-HMAC-SHA256 Credential=bench/20240101/us-east-1/dynamodb/" ..
        "aws4_request, SignedHeaders=host, Signature=0",
}
init = function()
    for key = 0, keys - 1 do
        requests[key] = wrk.format("POST", "/", headers,
            '{"TableName":"item","Key":{"id":{"S":"' .. key .. '"}}}')
    end
end
request = function()
    at = (at + step) % keys
    return requests[at]
end
