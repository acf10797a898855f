<?php
// A todo from PHP: read, changed, and one that is not there. Needs no extension.
$models = getenv('MODELS_URL') ?: 'http://localhost:8080/models';

function ask(string $method, string $url, ?array $body = null): array
{
    $http = ['method' => $method, 'ignore_errors' => true, 'timeout' => 15];
    $http['header'] = ['Content-Type: application/json', 'Prefer: return=representation'];
    $http['content'] = $body === null ? '' : json_encode($body);
    return json_decode(file_get_contents($url, false, stream_context_create(['http' => $http])), true);
}

echo ask('GET', "$models/todo/1")['name'], "\n";
echo 'done: ', json_encode(ask('PATCH', "$models/todo/1", ['done' => true])['done']), "\n";
echo ask('GET', "$models/todo/4")['detail'], "\n"; // "status" is 404
