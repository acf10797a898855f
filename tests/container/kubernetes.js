// Judges Kubernetes' objects, a JSON array on standard input, by the models in the folder
// node_modules that is named: prints what is wrong, a line each.
const [, , modules] = process.argv;
const path = require("path");
const models = {
    ConfigMap: "v1/ConfigMap",
    Deployment: "apps/v1/Deployment",
};

// The validators do not mind a name that they do not know: it is one that they never ask for.
function watched(value, place, unknown) {
    if (value === null || typeof value !== "object")
        return value;
    const copy = Array.isArray(value) ? [] : {};
    for (const name of Object.keys(value)) {
        const member = watched(value[name], `${place}/${name}`, unknown);
        unknown.add(`${place}/${name}`);
        Object.defineProperty(copy, name, {
            enumerable: true,
            get() {
                unknown.delete(`${place}/${name}`);
                return member;
            },
        });
    }
    return copy;
}

function complaints(object) {
    const model = require(path.join(modules, "kubernetes-models", models[object.kind]))[object.kind];
    const unknown = new Set();
    const checked = new model({});
    for (const [name, value] of Object.entries(object))
        checked[name] = watched(value, name, unknown);
    try {
        checked.validate();
    } catch (error) {
        return [error.message];
    }
    return [...unknown].map((place) => `${object.kind}: ${place} is unknown`);
}

const objects = JSON.parse(require("fs").readFileSync(0));
console.log(objects.flatMap(complaints).join("\n"));
