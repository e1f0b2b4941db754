// An independent witness: Microsoft's own client of Storage Mover, unmodified and with its default api-version, against a control plane.
// Prints one JSON line with what it saw; exit code 0 only when every step went as the client expects.
//
//   node arm-storagemover.mjs ENDPOINT SUBSCRIPTION                                   creates everything, starts, stops, polls to Canceled, deletes
//   node arm-storagemover.mjs ENDPOINT SUBSCRIPTION GROUP MOVER AGENT HOST EXPORT ACCOUNT_ID CONTAINER
//                                     with a live agent: creates endpoints, project and definition, polls the run to Succeeded, deletes
//
// Environment: MOVER_NODE_MODULES (where the client is), MOVER_TOKEN (a bearer token), NODE_EXTRA_CA_CERTS (the control plane's ca.pem).
import assert from 'node:assert/strict';
import path from 'node:path';
import { createRequire } from 'node:module';

const require = createRequire(path.join(process.env.MOVER_NODE_MODULES, 'witness.js'));
const { StorageMoverClient } = require('@azure/arm-storagemover');

const [endpoint, subscription, ...job] = process.argv.slice(2);
const token = process.env.MOVER_TOKEN;
const scopes = new Set();
const credential = {
  getToken: async (scope) => {
    [scope].flat().forEach((one) => scopes.add(one));
    return { token, expiresOnTimestamp: Date.now() + 3_600_000 };
  },
};
const client = new StorageMoverClient(credential, subscription, { endpoint });
const seen = {};

if (job.length === 7) {
  await migrate(...job);
} else {
  await everything('witness', 'mover1');
}

seen.scopes = [...scopes];
console.log(JSON.stringify(seen));

async function everything(group, mover) {
  await call('PUT', `/subscriptions/${subscription}/resourceGroups/${group}`, { location: 'eastus' });
  const created = await client.storageMovers.createOrUpdate(group, mover, { location: 'eastus', tags: { by: 'witness' }, properties: { description: 'd' } });
  assert.equal(created.type, 'microsoft.storagemover/storagemovers');
  assert.ok((created.systemData ?? {}).createdAt instanceof Date);

  const base = `/subscriptions/${subscription}/resourceGroups/${group}`;
  const source = await client.endpoints.createOrUpdate(group, mover, 'source', {
    properties: { endpointType: 'NfsMount', host: '127.0.0.1', export: '/export', nfsVersion: 'NFSv3' },
  });
  assert.equal(source.properties.endpointType, 'NfsMount');
  await client.endpoints.createOrUpdate(group, mover, 'target', {
    properties: {
      endpointType: 'AzureStorageBlobContainer',
      storageAccountResourceId: `${base}/providers/Microsoft.Storage/storageAccounts/account`,
      blobContainerName: 'container',
    },
  });
  await client.endpoints.update(group, mover, 'source', { properties: { endpointType: 'NfsMount', description: 'changed' } });
  await client.agents.createOrUpdate(group, mover, 'agent1', {
    properties: {
      arcResourceId: `${base}/providers/Microsoft.HybridCompute/machines/agent1`,
      arcVmUuid: '3bb2c024-eba9-4d18-9e7a-1d772fcc5fe9',
    },
  });
  await client.projects.createOrUpdate(group, mover, 'project1', {});
  await client.jobDefinitions.createOrUpdate(group, mover, 'project1', 'job1', {
    properties: { copyMode: 'Additive', sourceName: 'source', targetName: 'target', agentName: 'agent1' },
  });
  seen.endpoints = (await all(client.endpoints.list(group, mover))).length;
  assert.equal(seen.endpoints, 2);

  await run(group, mover, 'project1', 'job1', ['Canceled'], true);
  seen.runs = (await all(client.jobRuns.list(group, mover, 'project1', 'job1'))).length;
  assert.equal(seen.runs, 1);

  await assert.rejects(client.projects.get(group, mover, 'none'), (error) => error.statusCode === 404 && error.code === 'ResourceNotFound');
  await client.jobDefinitions.delete(group, mover, 'project1', 'job1');
  await client.endpoints.delete(group, mover, 'source');
  await client.agents.delete(group, mover, 'agent1');
  await client.projects.delete(group, mover, 'project1');
  await client.storageMovers.delete(group, mover);
  assert.equal((await all(client.storageMovers.listBySubscription())).length, 0);
}

async function migrate(group, mover, agentName, host, exported, storageAccountResourceId, blobContainerName) {
  await client.endpoints.createOrUpdate(group, mover, 'js-source', { properties: { endpointType: 'NfsMount', host, export: exported } });
  await client.endpoints.createOrUpdate(group, mover, 'js-target', {
    properties: { endpointType: 'AzureStorageBlobContainer', storageAccountResourceId, blobContainerName },
  });
  await client.projects.createOrUpdate(group, mover, 'js', { properties: { description: 'made by the npm client' } });
  await client.jobDefinitions.createOrUpdate(group, mover, 'js', 'job', {
    properties: { copyMode: 'Additive', sourceName: 'js-source', targetName: 'js-target', agentName },
  });
  await run(group, mover, 'js', 'job', ['Succeeded']);
  const [only] = await all(client.jobRuns.list(group, mover, 'js', 'job'));
  const { itemsScanned, itemsTransferred, bytesTransferred } = only.properties ?? only;
  Object.assign(seen, { itemsScanned, itemsTransferred, bytesTransferred });
  await client.jobDefinitions.delete(group, mover, 'js', 'job');
  await client.endpoints.delete(group, mover, 'js-source');
  await client.projects.delete(group, mover, 'js');
  assert.equal((await all(client.projects.list(group, mover))).length, 0);
}

async function run(group, mover, project, definition, ends, stops = false) {
  const started = await client.jobDefinitions.startJob(group, mover, project, definition);
  const name = started.jobRunResourceId.split('/').at(-1);
  if (stops) {
    await client.jobDefinitions.stopJob(group, mover, project, definition);
  }

  const limit = Date.now() + 120_000;
  let status;
  do {
    assert.ok(Date.now() < limit, `the run is still ${status}`);
    const found = await client.jobRuns.get(group, mover, project, definition, name);
    status = found.properties?.status ?? found.status;
    await new Promise((done) => setTimeout(done, 200));
  } while (!['Succeeded', 'Failed', 'Canceled'].includes(status));

  assert.ok(ends.includes(status), `the run ended as ${status}`);
  seen.status = status;
}

async function all(pages) {
  const found = [];
  for await (const one of pages) {
    found.push(one);
  }

  return found;
}

async function call(method, resource, body) {
  const response = await fetch(`${endpoint}${resource}?api-version=2021-04-01`, {
    method,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  assert.ok(response.ok, `${method} ${resource}: ${response.status} ${await response.text()}`);
}
