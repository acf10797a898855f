// A todo from Go: read, changed, and one that is not there. Needs nothing else.
package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"strings"
)

type todo struct {
	Name   string
	Done   bool
	Detail string // of a problem
}

func models() string {
	if url := os.Getenv("MODELS_URL"); url != "" {
		return url
	}
	return "http://localhost:8080/models"
}

func ask(method, path, body string) (answer todo, err error) {
	request, err := http.NewRequest(method, models()+path, strings.NewReader(body))
	if err != nil {
		return
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Prefer", "return=representation")
	reply, err := http.DefaultClient.Do(request)
	if err != nil {
		return
	}
	defer reply.Body.Close()
	return answer, json.NewDecoder(reply.Body).Decode(&answer)
}

func main() {
	read, err := ask("GET", "/todo/1", "")
	changed, err2 := ask("PATCH", "/todo/1", `{"done": true}`)
	missing, err3 := ask("GET", "/todo/4", "")
	if err != nil || err2 != nil || err3 != nil {
		fmt.Fprintln(os.Stderr, err, err2, err3)
		os.Exit(1)
	}
	fmt.Printf("%s\ndone: %t\n%s\n", read.Name, changed.Done, missing.Detail)
}
