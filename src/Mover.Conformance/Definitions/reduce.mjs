// Reduces Azure's API definitions to their facts: paths, verbs, parameters, status codes, headers and schemas, without prose.
//   node reduce.mjs FOLDER     FOLDER/<api-version>/storagemover.json, FOLDER/<newest>/examples/*.json
// Writes <api-version>.json for each version and examples.json beside this script.
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const source = process.argv[2];
if (!source) {
  console.error('usage: node reduce.mjs FOLDER');
  process.exit(2);
}

const target = path.dirname(fileURLToPath(import.meta.url));
const schemaFacts = new Set([
  '$ref', 'type', 'format', 'enum', 'default', 'readOnly', 'required', 'properties', 'allOf', 'items', 'additionalProperties',
  'discriminator', 'pattern', 'minimum', 'maximum', 'minLength', 'maxLength', 'minItems', 'maxItems', 'uniqueItems',
  'x-ms-mutability', 'x-ms-discriminator-value', 'x-ms-secret', 'x-nullable',
]);

const sorted = value => Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));
const reference = text => text.replace(/^.*\/common-types\/.*\/\w+\.json#/, 'common#');

function schema(given) {
  const facts = {};
  for (const [name, value] of Object.entries(given)) {
    if (name === 'properties') {
      facts.properties = sorted(Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, schema(inner)])));
    } else if (name === '$ref') {
      facts.$ref = reference(value);
    } else if (name === 'allOf') {
      facts.allOf = value.map(schema);
    } else if ((name === 'items' || name === 'additionalProperties') && typeof value === 'object') {
      facts[name] = schema(value);
    } else if (name === 'x-ms-enum') {
      facts.isOpen = value.modelAsString === true;
    } else if (name === 'x-ms-arm-id-details') {
      facts.armIdTypes = (value.allowedResources ?? []).map(allowed => allowed.type);
    } else if (schemaFacts.has(name)) {
      facts[name] = value;
    }
  }

  return facts;
}

function parameter(given, all) {
  const from = given.$ref?.startsWith('#/parameters/') ? all[given.$ref.split('/').pop()] : given;
  if (from.$ref) {
    return { $ref: reference(from.$ref) };
  }

  const facts = { name: from.name, in: from.in, ...(from.required ? { required: true } : {}) };
  return from.schema ? { ...facts, schema: schema(from.schema) } : { ...facts, ...schema({ ...from, required: undefined }) };
}

function response(given) {
  return {
    ...(given.headers ? { headers: Object.fromEntries(Object.entries(given.headers).map(([name, header]) => [name, schema(header)])) } : {}),
    ...(given.schema ? { schema: schema(given.schema) } : {}),
  };
}

function operation(given, all) {
  return {
    operationId: given.operationId,
    parameters: (given.parameters ?? []).map(one => parameter(one, all)),
    responses: Object.fromEntries(Object.entries(given.responses).map(([status, one]) => [status, response(one)])),
    ...(given['x-ms-long-running-operation'] ? { isLongRunning: true } : {}),
    ...(given['x-ms-pageable'] ? { isPageable: true } : {}),
  };
}

function definition(version, given) {
  const paths = {};
  for (const [route, verbs] of Object.entries(given.paths)) {
    const shared = verbs.parameters ?? [];
    paths[route] = Object.fromEntries(Object.entries(verbs)
      .filter(([verb]) => verb !== 'parameters')
      .map(([verb, one]) => [verb, operation({ ...one, parameters: [...shared, ...(one.parameters ?? [])] }, given.parameters ?? {})]));
  }

  return { version, paths: sorted(paths), definitions: sorted(Object.fromEntries(
    Object.entries(given.definitions).map(([name, one]) => [name, schema(one)]))) };
}

// What an example says in words is not a fact of the API.
function withoutProse(value) {
  if (Array.isArray(value)) {
    return value.map(withoutProse);
  }

  return value && typeof value === 'object'
    ? Object.fromEntries(Object.entries(value)
      .map(([name, inner]) => [name, name === 'description' && typeof inner === 'string' ? 'text' : withoutProse(inner)]))
    : value;
}

function examples(folder) {
  return fs.readdirSync(folder).filter(name => name.endsWith('.json')).sort().map(name => {
    const given = JSON.parse(fs.readFileSync(path.join(folder, name), 'utf8'));
    // Titles and operation ids of the examples sometimes belong to another one; the file's name does not.
    return {
      name: name.slice(0, -5),
      operationId: name.slice(0, -5).split('_').slice(0, 2).join('_'),
      parameters: withoutProse(given.parameters),
      responses: Object.fromEntries(Object.entries(given.responses)
        .map(([status, one]) => [status, one.body === undefined ? {} : { body: withoutProse(one.body) }])),
    };
  });
}

const write = (name, value) => fs.writeFileSync(path.join(target, name), JSON.stringify(value, null, 1) + '\n');
const versions = fs.readdirSync(source).filter(name => fs.existsSync(path.join(source, name, 'storagemover.json'))).sort();
for (const version of versions) {
  write(`${version}.json`, definition(version, JSON.parse(fs.readFileSync(path.join(source, version, 'storagemover.json'), 'utf8'))));
}

const newest = versions[versions.length - 1];
write('examples.json', { version: newest, examples: examples(path.join(source, newest, 'examples')) });
console.log(`${versions.length} definitions, newest ${newest}`);
