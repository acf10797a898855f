#!/bin/sh
# A todo from a shell: read, changed, and one that is not there. Needs curl and jq.
models=${MODELS_URL:-http://localhost:8080/models}

curl -sS "$models/todo/1" | jq -r .name
curl -sS -X PATCH --json '{"done": true}' -H 'Prefer: return=representation' "$models/todo/1" |
    jq -r '"done: \(.done)"'
curl -sS "$models/todo/4" | jq -r .detail
