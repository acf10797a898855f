/*
 * A todo from C: read, changed, and one that is not there. (With libdynamod no HTTP is
 * needed: see get_item.c.)
 *
 *     cc todo.c -lcurl -ljansson -o todo
 */
#include <curl/curl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

static json_t *ask(CURL *curl, const char *method, const char *path, const char *body)
{
    const char *models = getenv("MODELS_URL");
    char url[512], *text = NULL;
    size_t len = 0;
    FILE *reply = open_memstream(&text, &len);
    struct curl_slist *fields = curl_slist_append(NULL, "Content-Type: application/json");
    fields = curl_slist_append(fields, "Prefer: return=representation");

    snprintf(url, sizeof url, "%s%s", models ? models : "http://localhost:8080/models",
             path);
    curl_easy_reset(curl);
    curl_easy_setopt(curl, CURLOPT_URL, url);
    curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, method);
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body);
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, fields);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, reply);
    CURLcode code = curl_easy_perform(curl);
    fclose(reply);
    json_t *answer = code ? NULL : json_loads(text, 0, NULL);
    curl_slist_free_all(fields);
    free(text);
    return answer;
}

int main(void)
{
    CURL *curl = curl_easy_init();
    json_t *read = ask(curl, "GET", "/todo/1", NULL);
    json_t *changed = ask(curl, "PATCH", "/todo/1", "{\"done\": true}");
    json_t *missing = ask(curl, "GET", "/todo/4", NULL);
    int failed = !read || !changed || !missing;
    if (!failed)
        printf("%s\ndone: %s\n%s\n", json_string_value(json_object_get(read, "name")),
               json_is_true(json_object_get(changed, "done")) ? "true" : "false",
               json_string_value(json_object_get(missing, "detail")));
    json_decref(read);
    json_decref(changed);
    json_decref(missing);
    curl_easy_cleanup(curl);
    return failed;
}
