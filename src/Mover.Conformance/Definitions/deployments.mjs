// Reduces Azure's client for deployments to its facts, in the form of the API definitions.
//   node deployments.mjs FOLDER     FOLDER is the unpacked npm package @azure/arm-resources 5.2.0
// Writes deployments.json beside this script.
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const source = process.argv[2];
if (!source) {
  console.error('usage: node deployments.mjs FOLDER');
  process.exit(2);
}

const group = '/subscriptions/{subscriptionId}/resourcegroups/{resourceGroupName}';
const subscription = '/subscriptions/{subscriptionId}';

// The package lists every status for each long-running operation. These are the answers to its first request, by the Azure SDK for Python
// (azure-mgmt-resource, 2022-09-01). A 202 has no body: its result is where Location points to.
const firstAnswers = {
  createOrUpdate: [200, 201], delete: [202, 204], validate: [200, 202], whatIf: [200, 202], exportTemplate: [200, 202],
};

// Where the live service differs from the package, or answers what the package does not name. Each with its reason.
const any = {};
const text = { type: 'string' };
const diagnostic = {
  type: 'object', required: ['level', 'code', 'message'], properties: { level: text, code: text, message: text, target: text },
};
const observed = {
  // Recorded in every operation.
  'DeploymentOperationProperties.trackingId': text,
  // A property that changes may have any value; the package says object.
  'WhatIfPropertyChange.before': any,
  'WhatIfPropertyChange.after': any,
  // Recorded: a type of which no resource names a location has null among its locations.
  'ProviderResourceType.locations': { type: 'array', items: { ...text, 'x-nullable': true } },
  // Recorded beside the changes.
  'WhatIfOperationResult.properties.correlationId': text,
  // Named by 2025-04-01 (@azure/arm-resourcesdeployments, @azure/arm-resources 8): what-if says what it left out, an export may be Bicep.
  'WhatIfOperationResult.properties.diagnostics': { type: 'array', items: diagnostic },
  'ResourceGroupExportResult.output': text,
  // Recorded: validate answers the deployment as it would be. 2025-04-01 names the first three.
  'DeploymentValidateResult.id': text,
  'DeploymentValidateResult.name': text,
  'DeploymentValidateResult.type': text,
  'DeploymentValidateResult.location': text,
  'DeploymentValidateResult.tags': { type: 'object', additionalProperties: text },
};

const folder = path.join(source, 'dist-esm', 'src');
const read = name => fs.readFileSync(path.join(folder, name), 'utf8');
const module = code => `data:text/javascript;base64,${Buffer.from(code).toString('base64')}`;
const mappersAt = module(read('models/mappers.js'));
const parametersAt = module(read('models/parameters.js').replace('"../models/mappers"', JSON.stringify(mappersAt)));
const mappers = await import(mappersAt);
const parameters = await import(parametersAt);
const sorted = value => Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));
const used = new Set();

// Errors are those of ARM, which common.json describes.
function reference(name) {
  const common = { CloudError: 'ErrorResponse', ErrorResponse: 'ErrorDetail', ErrorAdditionalInfo: 'ErrorAdditionalInfo' }[name];
  if (!common) {
    used.add(name);
  }

  return { $ref: common ? `common#/definitions/${common}` : `#/definitions/${name}` };
}

function schema({ type, readOnly, nullable, constraints }) {
  const facts = {
    Composite: () => reference(type.className),
    Sequence: () => ({ type: 'array', items: schema(type.element) }),
    Dictionary: () => ({ type: 'object', ...(type.value.type.name === 'any' ? {} : { additionalProperties: schema(type.value) }) }),
    Enum: () => ({ type: 'string', enum: type.allowedValues, isOpen: false }),
    DateTime: () => ({ type: 'string', format: 'date-time' }),
    String: () => text,
    Boolean: () => ({ type: 'boolean' }),
    Number: () => ({ type: 'number' }),
    any: () => any,
  }[type.name]();
  return {
    ...facts, ...(readOnly ? { readOnly: true } : {}), ...(nullable ? { 'x-nullable': true } : {}),
    ...(constraints?.Pattern ? { pattern: constraints.Pattern.source } : {}),
    ...(constraints?.MinLength ? { minLength: constraints.MinLength } : {}),
    ...(constraints?.MaxLength ? { maxLength: constraints.MaxLength } : {}),
  };
}

// A name such as properties.changes stands for a property of a property.
function definition(name) {
  const facts = { type: 'object', required: [], properties: {} };
  for (const one of Object.values(mappers[name].type.modelProperties ?? {})) {
    const names = one.serializedName.split('.');
    let at = facts;
    for (const above of names.slice(0, -1)) {
      at = at.properties[above] ??= { type: 'object', properties: {} };
    }

    at.properties[names.at(-1)] = schema(one);
    if (one.required) {
      facts.required.push(one.serializedName);
    }
  }

  for (const [place, inner] of Object.entries(observed)) {
    const [of, ...names] = place.split('.');
    if (of === name) {
      const at = names.slice(0, -1).reduce((above, one) => above.properties[one], facts);
      at.properties[names.at(-1)] = inner;
    }
  }

  return { ...facts, required: facts.required.length > 0 ? facts.required : undefined, properties: sorted(facts.properties) };
}

function parameter(place, given) {
  const facts = schema(given.mapper);
  const required = given.mapper.required || place === 'path' ? { required: true } : {};
  return { name: given.mapper.serializedName, in: place, ...required, ...facts };
}

function responses(name, given) {
  const first = given[202] ? firstAnswers[name.replace(/At\w+$/, '')] : undefined;
  return Object.fromEntries(Object.entries(given)
    .filter(([status]) => status === 'default' || !first || first.includes(Number(status)))
    .map(([status, one]) => [status, one.bodyMapper && status !== '202' ? { schema: schema(one.bodyMapper) } : {}]));
}

// Clients send files of templates as they are: with comments and the like, which are not JSON.
function operation(kind, name, spec) {
  const body = spec.requestBody;
  const isLooseJson = kind === 'Deployments' ? { isLooseJson: true } : {};
  const inPath = spec.urlParameters.filter(one => !['$host', 'scope'].includes(one.parameterPath));
  return {
    operationId: `${kind}_${name[0].toUpperCase()}${name.slice(1)}`,
    parameters: [
      ...inPath.map(one => parameter('path', one)),
      ...(spec.queryParameters ?? []).map(one => parameter('query', one)),
      ...(body ? [{ name: 'body', in: 'body', required: true, ...isLooseJson, schema: schema(body.mapper) }] : []),
    ],
    responses: responses(name, spec.responses),
    ...(spec.responses[202] ? { isLongRunning: true } : {}),
  };
}

const paths = {};
function add(route, verb, facts) {
  const at = route.replace(/\/$/, '');
  (paths[at] ??= {})[verb] ??= facts;
}

async function addAll(file, kind, isWanted) {
  const specs = read(`operations/${file}.js`).split('// Operation Specifications')[1];
  const names = [...specs.matchAll(/^const (\w+)OperationSpec = /gm)].map(one => one[1])
    .filter(name => !name.endsWith('Next') && isWanted(name));
  const all = await import(module(`
    import * as Mappers from ${JSON.stringify(mappersAt)};
    import * as Parameters from ${JSON.stringify(parametersAt)};
    const coreClient = { createSerializer() {} };
    ${specs}
    export { ${names.map(name => `${name}OperationSpec`).join(', ')} };`));
  for (const name of names) {
    const spec = all[`${name}OperationSpec`];
    const verb = spec.httpMethod.toLowerCase();
    for (const scope of spec.path.startsWith('/{scope}/') ? [group, subscription] : ['']) {
      add(spec.path.replace('/{scope}', scope), verb, operation(kind, name, spec));
    }
  }
}

// What is at a scope of any kind comes last: it names what a kind of scope has not named itself.
const isOfMover = name => !/At(Scope|TenantScope|ManagementGroupScope)$/.test(name);
await addAll('deployments', 'Deployments', isOfMover);
await addAll('deploymentOperations', 'DeploymentOperations', isOfMover);
await addAll('deploymentOperations', 'DeploymentOperations', name => name.endsWith('AtScope'));
await addAll('resourceGroups', 'ResourceGroups', name => name === 'exportTemplate');

// The package follows the addresses in headers without naming them; these answers were recorded.
for (const scope of [group, subscription]) {
  const at = `${scope}/providers/Microsoft.Resources/deployments/{deploymentName}`;
  const error = { default: { schema: reference('CloudError') } };
  const asked = [{ name: 'operationId', in: 'path', required: true, ...text }];
  add(`${at}/operationStatuses/{operationId}`, 'get', {
    operationId: 'Deployments_GetStatus', parameters: asked, responses: { 200: { schema: { $ref: '#/definitions/Status' } }, ...error },
  });
  add(`${at}/operationResults/{operationId}`, 'get', {
    operationId: 'Deployments_GetResult', parameters: asked, responses: { 202: {}, 204: {}, ...error },
  });
}

const definitions = {
  Status: { type: 'object', required: ['status'], properties: { status: text, error: reference('ErrorResponse') } },
};
for (let left = [...used]; left.length > 0; left = [...used].filter(name => !definitions[name])) {
  left.forEach(name => { definitions[name] = definition(name); });
}

const target = path.join(path.dirname(fileURLToPath(import.meta.url)), 'deployments.json');
fs.writeFileSync(target, JSON.stringify({ version: '2021-04-01', paths: sorted(paths), definitions: sorted(definitions) }, null, 1) + '\n');
console.log(`${Object.values(paths).flatMap(Object.keys).length} operations, ${Object.keys(definitions).length} schemas`);
