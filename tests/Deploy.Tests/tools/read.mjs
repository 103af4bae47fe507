// Reads YAML files, and says what is wrong with them: manifests by Kubernetes' and the Prometheus operator's schemas, docker-compose.yml by Compose's.
//   node read.mjs kubernetes|compose|plain FILE …      writes {"FILE": {"documents": […], "problems": ["…"]}}
// The schemas come compiled and let unknown members pass. A validator reads every member that it knows, so a member that is there and was not read
// is unknown; of a map it asks for all names at once.
import { readFileSync } from "node:fs";
import Ajv from "ajv";
import addFormats from "ajv-formats";
import YAML from "yaml";


function watched(value, path, unread) {
  if (value === null || typeof value !== "object") return value;
  const children = Object.fromEntries(Object.keys(value).map((key) => [key, watched(value[key], `${path}/${key}`, unread)]));
  if (Array.isArray(value)) return Object.values(children);
  const read = new Set();
  let isMap = false;
  unread.push(() => (isMap ? [] : Object.keys(value).filter((key) => !read.has(key)).map((key) => `${path}/${key} is unknown`)));
  return new Proxy(value, {
    get(target, key) {
      read.add(key);
      return key in children ? children[key] : target[key];
    },
    ownKeys(target) {
      isMap = true;
      return Reflect.ownKeys(target);
    },
  });
}

// A model names the schema that it is checked with.
async function validatorOf({ apiVersion, kind }) {
  const from = String(apiVersion).startsWith("monitoring.coreos.com/") ? "@kubernetes-models/prometheus-operator" : "kubernetes-models";
  try {
    const models = new URL(`node_modules/${from}/`, import.meta.url);
    const model = readFileSync(new URL(`${apiVersion}/${kind}.js`, models), "utf8");
    return (await import(new URL(`_schemas/${/_schemas\/(\w+)\.js/.exec(model)[1]}.js`, models))).validate;
  } catch (error) {
    if (error.code === "ENOENT") return null;
    throw error;
  }
}

async function manifestProblems(manifest) {
  const name = `${manifest.kind} ${manifest.metadata?.name}`;
  const validate = await validatorOf(manifest);
  if (validate === null) return [`${name}: there is no ${manifest.apiVersion}/${manifest.kind}`];
  const unread = [];
  const problems = validate(watched(manifest, "", unread)) ? [] : validate.errors.map((error) => `${error.instancePath} ${error.keyword} ${JSON.stringify(error.params)}`);
  return [...problems, ...unread.flatMap((look) => look())].map((problem) => `${name}: ${problem}`);
}

function composeProblems(document) {
  const ajv = new Ajv({ strict: false, allErrors: true });
  addFormats(ajv);
  const { $schema, ...schema } = JSON.parse(readFileSync(new URL("node_modules/dclint/schemas/compose.schema.json", import.meta.url), "utf8"));
  const check = ajv.compile(schema);
  return check(document) ? [] : check.errors.map((error) => `${error.instancePath} ${error.message} ${JSON.stringify(error.params)}`);
}

const [what, ...files] = process.argv.slice(2);
const answer = {};
for (const file of files) {
  const parsed = YAML.parseAllDocuments(readFileSync(file, "utf8"), { merge: true });
  const problems = parsed.flatMap((document) => document.errors.map((error) => error.message));
  const documents = parsed.map((document) => document.toJS()).filter((document) => document !== null);
  for (const document of documents) {
    if (what === "kubernetes") problems.push(...(await manifestProblems(document)));
    if (what === "compose") problems.push(...composeProblems(document));
  }
  answer[file] = { documents, problems };
}
process.stdout.write(JSON.stringify(answer));
