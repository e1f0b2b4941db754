// An independent witness: Microsoft's generic management client, unmodified, against a control plane: groups, every type of Storage Mover by
// id, lists with filters, tags, providers, existence. Prints one JSON line with what it saw; exit code 0 only when all went as expected.
//
//   node arm-resources.mjs ENDPOINT
//
// Environment: MOVER_NODE_MODULES (where the client is), MOVER_TOKEN (a bearer token), NODE_EXTRA_CA_CERTS (the control plane's ca.pem).
import assert from 'node:assert/strict';
import path from 'node:path';
import { createRequire } from 'node:module';

const require = createRequire(path.join(process.env.MOVER_NODE_MODULES, 'witness.js'));
const { ResourceManagementClient } = require('@azure/arm-resources');

const endpoint = process.argv[2];
const token = process.env.MOVER_TOKEN;
const credential = { getToken: async () => ({ token, expiresOnTimestamp: Date.now() + 3_600_000 }) };
const listed = await fetch(`${endpoint}/subscriptions?api-version=2022-12-01`, { headers: { authorization: `Bearer ${token}` } });
const subscription = (await listed.json()).value[0].subscriptionId;
const client = new ResourceManagementClient(credential, subscription, { endpoint });
const group = 'witness-resources';
const base = `/subscriptions/${subscription}/resourceGroups/${group}`;
const mover = `${base}/providers/Microsoft.StorageMover/storageMovers/m1`;
const version = '2025-12-01';
const wait = { updateIntervalInMs: 50 };
const seen = {};

// Groups.
const created = await client.resourceGroups.createOrUpdate(group, { location: 'East US', tags: { by: 'witness' } });
assert.equal(created.location, 'eastus');
const patched = await client.resourceGroups.update(group, { tags: { by: 'witness', more: '1' } });
assert.equal(patched.tags.more, '1');
assert.ok((await all(client.resourceGroups.list({ filter: "tagName eq 'by' and tagValue eq 'witness'" }))).length === 1);
await assert.rejects(client.resourceGroups.get('none'), (error) => error.statusCode === 404 && error.code === 'ResourceGroupNotFound');
await assert.rejects(
  client.resourceGroups.createOrUpdate(group, { location: 'westus' }), (error) => error.code === 'InvalidResourceGroupLocation');

// Every type of Storage Mover that a client may make, by id.
const bodies = [
  [mover, { location: 'eastus', tags: { env: 'test' }, properties: { description: 'd' } }, { tags: { env: 'prod' } }],
  [`${mover}/endpoints/source`, { properties: { endpointType: 'NfsMount', host: '127.0.0.1', export: '/export' } },
    { properties: { endpointType: 'NfsMount', description: 'changed' } }],
  [`${mover}/endpoints/target`, { properties: {
    endpointType: 'AzureStorageBlobContainer',
    storageAccountResourceId: `${base}/providers/Microsoft.Storage/storageAccounts/account`,
    blobContainerName: 'container',
  } }, { properties: { endpointType: 'AzureStorageBlobContainer', description: 'changed' } }],
  [`${mover}/agents/agent1`, { properties: {
    arcResourceId: `${base}/providers/Microsoft.HybridCompute/machines/agent1`,
    arcVmUuid: '3bb2c024-eba9-4d18-9e7a-1d772fcc5fe9',
  } }, { properties: { description: 'changed' } }],
  [`${mover}/connections/c1`, { properties: { privateLinkServiceId: `${base}/providers/Microsoft.Network/privateLinkServices/p` } }, null],
  [`${mover}/projects/project1`, {}, { properties: { description: 'changed' } }],
  [`${mover}/projects/project1/jobDefinitions/job1`, { properties: {
    copyMode: 'Additive', sourceName: 'source', targetName: 'target', agentName: 'agent1',
  } }, { properties: { description: 'changed' } }],
];
for (const [id, body, change] of bodies) {
  const made = await client.resources.createOrUpdateById(id, version, body, wait);
  assert.equal(made.id.toLowerCase(), id.toLowerCase());
  assert.equal((await client.resources.getById(id, version)).name, id.split('/').at(-1));
  assert.equal((await client.resources.checkExistenceById(id, version)).body, true);
  if (change) {
    const updated = await client.resources.updateById(id, version, change, wait);
    assert.ok(updated.properties.description === 'changed' || updated.tags.env === 'prod');
  }
}

seen.types = bodies.length;
assert.equal((await client.resources.checkExistenceById(`${mover}/projects/none`, version)).body, false);
assert.equal((await client.resources.checkExistence(group, 'Microsoft.StorageMover', '', 'storageMovers', 'm1', version)).body, true);

// Lists, over pages of three.
for (const at of [1, 2, 3, 4, 5]) {
  await client.resources.createOrUpdateById(
    `${base}/providers/Microsoft.Storage/storageAccounts/account${at}`, '2023-01-01', { location: 'eastus', sku: { name: 'Standard_LRS' } }, wait);
}

const ofType = await all(client.resources.list({ filter: "resourceType eq 'Microsoft.Storage/storageAccounts'", expand: 'createdTime,provisioningState' }));
assert.equal(ofType.length, 5);
assert.ok(ofType[0].createdTime instanceof Date);
assert.equal((await all(client.resources.listByResourceGroup(group))).length, 6);
assert.equal((await all(client.resources.list({ filter: "tagName eq 'env' and tagValue eq 'prod'" }))).length, 1);

// Tags.
const scope = mover.slice(1);
await client.tagsOperations.createOrUpdateAtScope(scope, { properties: { tags: { a: '1' } } }, wait);
const merged = await client.tagsOperations.updateAtScope(scope, { operation: 'Merge', properties: { tags: { b: '2' } } }, wait);
assert.deepEqual({ ...merged.properties.tags }, { a: '1', b: '2' });
assert.deepEqual({ ...(await client.tagsOperations.getAtScope(scope)).properties.tags }, { a: '1', b: '2' });
assert.ok((await all(client.tagsOperations.list())).some((tag) => tag.tagName === 'a'));
await client.tagsOperations.deleteAtScope(scope, wait);

// Providers.
const provider = await client.providers.get('Microsoft.StorageMover');
assert.equal(provider.registrationState, 'Registered');
assert.ok(provider.resourceTypes.some((type) => type.resourceType === 'storageMovers' && type.apiVersions.includes(version)));
assert.ok((await all(client.providers.list())).length >= 4);
assert.ok((await all(client.providers.listAtTenantScope())).length >= 4);
await client.providers.register('Microsoft.StorageMover');

// Away again: synchronous, asynchronous, and the rest with its group.
for (const [id] of bodies.slice().reverse().filter(([id]) => id !== mover)) {
  await client.resources.deleteById(id, version, wait);
}

await client.resources.deleteById(mover, version, wait);
assert.equal((await client.resources.checkExistenceById(mover, version)).body, false);
await client.resourceGroups.delete(group, wait);
seen.groupIsGone = (await client.resourceGroups.checkExistence(group)).body === false;
console.log(JSON.stringify(seen));

async function all(pages) {
  const found = [];
  for await (const one of pages) {
    found.push(one);
  }

  return found;
}
