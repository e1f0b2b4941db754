// An independent witness: Microsoft's client of deployments, unmodified, against a control plane: validation, what-if, deployment, operations,
// lists, export, cancellation and deletion, at a resource group and at the subscription. Prints one JSON line with what it saw.
//
//   node arm-resourcesdeployments.mjs ENDPOINT
//
// Environment: MOVER_NODE_MODULES (where the clients are), MOVER_TOKEN (a bearer token), NODE_EXTRA_CA_CERTS (the control plane's ca.pem).
import assert from 'node:assert/strict';
import path from 'node:path';
import { createRequire } from 'node:module';

const require = createRequire(path.join(process.env.MOVER_NODE_MODULES, 'witness.js'));
const { DeploymentsClient } = require('@azure/arm-resourcesdeployments');
const { StorageMoverClient } = require('@azure/arm-storagemover');

const endpoint = process.argv[2];
const headers = { authorization: `Bearer ${process.env.MOVER_TOKEN}`, 'content-type': 'application/json' };
const credential = { getToken: async () => ({ token: process.env.MOVER_TOKEN, expiresOnTimestamp: Date.now() + 3_600_000 }) };
const subscriptions = await (await fetch(`${endpoint}/subscriptions?api-version=2022-12-01`, { headers })).json();
const subscription = subscriptions.value[0].subscriptionId;
const { deployments, deploymentOperations } = new DeploymentsClient(credential, subscription, { endpoint });
const movers = new StorageMoverClient(credential, subscription, { endpoint });
const schema = 'https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#';
const wait = { updateIntervalInMs: 50 };
const many = 300;

// The same steps at both scopes; a deployment to the subscription makes its group and deploys to it.
const group = 'witness-deployments';
const made = await fetch(
  `${endpoint}/subscriptions/${subscription}/resourceGroups/${group}?api-version=2021-04-01`, { method: 'PUT', headers, body: '{"location":"eastus"}' });
assert.ok(made.ok, await made.text());
const atGroup = {
  group,
  template: moverTemplate,
  body: (properties) => ({ properties }),
  validate: (name, body) => deployments.validate(group, name, body, wait),
  whatIf: (name, body) => deployments.whatIf(group, name, body, wait),
  create: (name, body) => deployments.createOrUpdate(group, name, body, wait),
  get: (name) => deployments.get(group, name),
  exists: async (name) => (await deployments.checkExistence(group, name)).body,
  list: (options) => all(deployments.listByResourceGroup(group, options)),
  operations: (name) => all(deploymentOperations.list(group, name)),
  operation: (name, id) => deploymentOperations.get(group, name, id),
  exportTemplate: (name) => deployments.exportTemplate(group, name),
  cancel: (name) => deployments.cancel(group, name),
  delete: (name) => deployments.delete(group, name, wait),
};
const atSubscription = {
  group: 'witness-deployments-below',
  template: (projects) => belowTemplate('witness-deployments-below', projects),
  body: (properties) => ({ location: 'eastus', properties }),
  validate: (name, body) => deployments.validateAtSubscriptionScope(name, body, wait),
  whatIf: (name, body) => deployments.whatIfAtSubscriptionScope(name, body, wait),
  create: (name, body) => deployments.createOrUpdateAtSubscriptionScope(name, body, wait),
  get: (name) => deployments.getAtSubscriptionScope(name),
  exists: async (name) => (await deployments.checkExistenceAtSubscriptionScope(name)).body,
  list: (options) => all(deployments.listAtSubscriptionScope(options)),
  operations: (name) => all(deploymentOperations.listAtSubscriptionScope(name)),
  operation: (name, id) => deploymentOperations.getAtSubscriptionScope(name, id),
  exportTemplate: (name) => deployments.exportTemplateAtSubscriptionScope(name),
  cancel: (name) => deployments.cancelAtSubscriptionScope(name),
  delete: (name) => deployments.deleteAtSubscriptionScope(name, wait),
};

console.log(JSON.stringify({ group: await everything(atGroup), subscription: await everything(atSubscription) }));

async function everything(at) {
  const seen = {};
  const body = at.body({ mode: 'Incremental', template: at.template(1), parameters: { mover: { value: 'm1' } } });

  // Ahead of the deployment.
  assert.equal(await at.exists('d1'), false);
  await assert.rejects(at.get('d1'), (error) => error.statusCode === 404 && error.code === 'DeploymentNotFound');
  const valid = await at.validate('d1', body);
  assert.equal(valid.error, undefined);
  assert.equal(valid.properties.provisioningState, 'Succeeded');

  // Of what validation refuses, the client tells no more than that it failed.
  await assert.rejects(at.validate('d1', at.body({ mode: 'Incremental', template: at.template(1) })), /has failed/);
  seen.told = changes(await at.whatIf('d1', body));

  // The deployment, and what became of it.
  const done = await at.create('d1', body);
  assert.equal(done.properties.provisioningState, 'Succeeded');
  assert.equal(done.properties.parameters.mover.value, 'm1');
  assert.ok(done.properties.timestamp instanceof Date);
  const mover = await movers.storageMovers.get(at.group, 'm1');
  assert.equal(done.properties.outputs.id.value.toLowerCase(), mover.id.toLowerCase());
  assert.ok(await at.exists('d1'));
  assert.equal((await at.get('d1')).properties.templateHash, (await deployments.calculateTemplateHash(at.template(1))).templateHash);
  seen.toldAgain = changes(await at.whatIf('d1', body));

  const steps = await at.operations('d1');
  seen.operations = steps.map((step) => `${step.properties.provisioningOperation} ${step.properties.provisioningState}`).sort();
  assert.deepEqual((await at.operation('d1', steps[0].operationId)).id, steps[0].id);
  const { template } = await at.exportTemplate('d1');
  assert.deepEqual([template.resources.length, Object.keys(template.parameters)], [at.template(1).resources.length, ['mover']]);

  // Lists, over pages of three.
  for (const name of ['d2', 'd3', 'd4']) {
    await at.create(name, body);
  }

  assert.deepEqual((await at.list()).map((one) => one.name).filter((name) => /^d[1-4]$/.test(name)).sort(), ['d1', 'd2', 'd3', 'd4']);

  // What fails names its cause.
  await assert.rejects(
    at.create('d5', at.body({ mode: 'Incremental', template: at.template(1), parameters: { mover: { value: '..' } } })),
    (error) => error.code === 'InvalidTemplateDeployment');

  // Canceled while it runs: what it had not reached stays away.
  const running = at.create('d6', at.body({ mode: 'Incremental', template: at.template(many), parameters: { mover: { value: 'm2' } } }));
  await running.submitted();
  await at.cancel('d6');
  seen.canceled = (await at.get('d6')).properties.provisioningState;
  await assert.rejects(at.cancel('d6'), (error) => error.statusCode === 409);
  await running.catch((error) => error);
  const reached = (await all(movers.projects.list(at.group, 'm2')).catch(() => [])).length;
  assert.ok(reached < many, `${reached} of ${many} projects`);

  for (const name of ['d1', 'd2', 'd3', 'd4', 'd6']) {
    await at.delete(name);
    assert.equal(await at.exists(name), false);
  }

  assert.equal((await movers.storageMovers.get(at.group, 'm1')).name, 'm1');
  return seen;
}

function moverTemplate(projects) {
  return {
    $schema: schema,
    contentVersion: '1.0.0.0',
    parameters: { mover: { type: 'string' } },
    resources: [
      { type: 'Microsoft.StorageMover/storageMovers', apiVersion: '2025-07-01', name: "[parameters('mover')]", location: 'eastus', properties: {} },
      {
        type: 'Microsoft.StorageMover/storageMovers/projects',
        apiVersion: '2025-07-01',
        name: "[format('{0}/p{1}', parameters('mover'), copyIndex())]",
        copy: { name: 'projects', count: projects },
        dependsOn: ["[resourceId('Microsoft.StorageMover/storageMovers', parameters('mover'))]"],
        properties: {},
      },
    ],
    outputs: { id: { type: 'string', value: "[resourceId('Microsoft.StorageMover/storageMovers', parameters('mover'))]" } },
  };
}

function belowTemplate(below, projects) {
  return {
    $schema: 'https://schema.management.azure.com/schemas/2018-05-01/subscriptionDeploymentTemplate.json#',
    contentVersion: '1.0.0.0',
    parameters: { mover: { type: 'string' } },
    resources: [
      { type: 'Microsoft.Resources/resourceGroups', apiVersion: '2021-04-01', name: below, location: 'eastus' },
      {
        type: 'Microsoft.Resources/deployments',
        apiVersion: '2022-09-01',
        name: 'inside',
        resourceGroup: below,
        dependsOn: [`[subscriptionResourceId('Microsoft.Resources/resourceGroups', '${below}')]`],
        properties: {
          mode: 'Incremental',
          expressionEvaluationOptions: { scope: 'inner' },
          parameters: { mover: { value: "[parameters('mover')]" } },
          template: moverTemplate(projects),
        },
      },
    ],
    outputs: { id: { type: 'string', value: "[reference('inside').outputs.id.value]" } },
  };
}

function changes(told) {
  assert.equal(told.status, 'Succeeded');
  return told.changes.map((change) => change.changeType);
}

async function all(pages) {
  const found = [];
  for await (const one of pages) {
    found.push(one);
  }

  return found;
}
