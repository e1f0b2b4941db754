// An independent witness: Microsoft's own client of Storage Mover, unmodified, in every api-version it knows: every operation, every type of
// endpoint that the version has, a PATCH of everything that can be changed. Prints one JSON line with what it saw.
//
//   node arm-storagemover-versions.mjs ENDPOINT
//
// Environment: MOVER_NODE_MODULES (where the client is), MOVER_TOKEN (a bearer token), NODE_EXTRA_CA_CERTS (the control plane's ca.pem).
import assert from 'node:assert/strict';
import path from 'node:path';
import { createRequire } from 'node:module';

const require = createRequire(path.join(process.env.MOVER_NODE_MODULES, 'witness.js'));
const { StorageMoverClient, KnownVersions } = require('@azure/arm-storagemover');

const endpoint = process.argv[2];
const headers = { authorization: `Bearer ${process.env.MOVER_TOKEN}`, 'content-type': 'application/json' };
const credential = { getToken: async () => ({ token: process.env.MOVER_TOKEN, expiresOnTimestamp: Date.now() + 3_600_000 }) };
const subscriptions = await (await fetch(`${endpoint}/subscriptions?api-version=2022-12-01`, { headers })).json();
const subscription = subscriptions.value[0].subscriptionId;
const wait = { updateIntervalInMs: 50 };
const seen = { versions: [] };

for (const version of Object.values(KnownVersions)) {
  const client = new StorageMoverClient(credential, subscription, { endpoint, apiVersion: version });
  seen.versions.push({ version, ...(await everything(client, version)) });
}

console.log(JSON.stringify(seen));

async function everything(client, version) {
  const has = (since) => version >= since;
  const group = `versions-${version}`;
  const base = `/subscriptions/${subscription}/resourceGroups/${group}`;
  const at = [group, 'm1'];
  const made = await fetch(`${endpoint}${base}?api-version=2021-04-01`, { method: 'PUT', headers, body: '{"location":"eastus"}' });
  assert.ok(made.ok, await made.text());
  assert.ok((await all(client.operations.list())).some((one) => one.name === 'Microsoft.StorageMover/storageMovers/read'));

  await client.storageMovers.createOrUpdate(...at, { location: 'eastus', properties: { description: 'one' } });
  const mover = await client.storageMovers.update(...at, { tags: { a: '1' }, properties: { description: 'two' } });
  assert.deepEqual([mover.tags.a, (await client.storageMovers.get(...at)).properties.description], ['1', 'two']);
  assert.equal((await all(client.storageMovers.list(group))).length, 1);
  assert.ok((await all(client.storageMovers.listBySubscription())).some((one) => one.id === mover.id));

  const types = endpointTypes(base, has);
  for (const [name, properties, change] of types) {
    await client.endpoints.createOrUpdate(...at, name, {
      properties: { ...properties, description: 'one' },
      ...(has('2025-07-01') && { identity: { type: 'SystemAssigned' } }),
    });
    const { endpointType } = properties;
    const changed = await client.endpoints.update(...at, name, { properties: { endpointType, description: 'two', ...change } });
    const { provisioningState, ...kept } = JSON.parse(JSON.stringify((await client.endpoints.get(...at, name)).properties));
    assert.deepEqual(kept, { ...kept, ...properties, ...change, description: 'two' });
    assert.deepEqual([provisioningState, changed.properties.endpointType], ['Succeeded', endpointType]);
    assert.equal((await client.endpoints.get(...at, name)).identity?.type, has('2025-07-01') ? 'SystemAssigned' : undefined);
  }

  assert.deepEqual((await all(client.endpoints.list(...at))).map((one) => one.name).sort(), types.map(([name]) => name).sort());

  const arc = { arcResourceId: `${base}/providers/Microsoft.HybridCompute/machines/a1`, arcVmUuid: '3bb2c024-eba9-4d18-9e7a-1d772fcc5fe9' };
  const recurrence = { days: ['Monday'], startTime: { hour: 9, minute: 0 }, endTime: { hour: 18, minute: 30 }, limitInMbps: 10 };
  await client.agents.createOrUpdate(...at, 'a1', { properties: arc });
  await client.agents.update(...at, 'a1', { properties: { description: 'two', uploadLimitSchedule: { weeklyRecurrences: [recurrence] } } });
  const agent = (await client.agents.get(...at, 'a1')).properties;
  assert.deepEqual([agent.description, agent.uploadLimitSchedule.weeklyRecurrences[0].limitInMbps], ['two', 10]);
  assert.equal((await all(client.agents.list(...at))).length, 1);

  await client.projects.createOrUpdate(...at, 'p1', { properties: { description: 'one' } });
  await client.projects.update(...at, 'p1', { properties: { description: 'two' } });
  assert.equal((await client.projects.get(...at, 'p1')).properties.description, 'two');
  assert.equal((await all(client.projects.list(...at))).length, 1);

  const job = [...at, 'p1', 'j1'];
  await client.jobDefinitions.createOrUpdate(...job, {
    properties: {
      copyMode: 'Additive', sourceName: 'nfs', targetName: 'blobs', agentName: 'a1', sourceSubpath: '/below',
      ...(has('2025-07-01') && { jobType: 'OnPremToCloud' }),
      ...(has('2025-08-01') && { dataIntegrityValidation: 'SaveFileMD5' }),
      ...(has('2025-12-01') && { preservePermissions: true, schedule: weekly() }),
    },
  });
  await client.jobDefinitions.update(...job, { properties: { copyMode: 'Mirror', description: 'two' } });
  const definition = (await client.jobDefinitions.get(...job)).properties;
  assert.deepEqual([definition.copyMode, definition.description, definition.sourceSubpath], ['Mirror', 'two', '/below']);
  assert.equal(definition.schedule?.frequency, has('2025-12-01') ? 'Weekly' : undefined);
  assert.equal((await all(client.jobDefinitions.list(...at, 'p1'))).length, 1);

  const started = await client.jobDefinitions.startJob(...job);
  assert.equal((await client.jobDefinitions.stopJob(...job)).jobRunResourceId, started.jobRunResourceId);
  const [run] = await all(client.jobRuns.list(...job));
  assert.equal((await client.jobRuns.get(...job, run.name)).id, started.jobRunResourceId);

  const connections = has('2025-08-01') ? await connect(client, at, base) : 0;

  // Away again, one by one: the agent is unregistered by its DELETE.
  await client.jobDefinitions.delete(...job, wait);
  await client.projects.delete(...at, 'p1', wait);
  await client.agents.delete(...at, 'a1', wait);
  await assert.rejects(client.agents.get(...at, 'a1'), (error) => error.statusCode === 404);
  for (const [name] of types) {
    await client.endpoints.delete(...at, name, wait);
  }

  assert.equal((await all(client.endpoints.list(...at))).length, 0);
  await client.storageMovers.delete(...at, wait);
  await assert.rejects(client.storageMovers.get(...at), (error) => error.code === 'ResourceNotFound');
  return { types: types.length, connections };
}

function endpointTypes(base, has) {
  const storageAccountResourceId = `${base}/providers/Microsoft.Storage/storageAccounts/account`;
  const vault = 'https://contoso.vault.azure.net/secrets';
  const smb = (name) => ({ type: 'AzureKeyVaultSmb', usernameUri: `${vault}/${name}-user`, passwordUri: `${vault}/${name}-password` });
  const s3 = (name) => ({ type: 'AzureKeyVaultS3WithHMAC', accessKeyUri: `${vault}/${name}-access`, secretKeyUri: `${vault}/${name}-secret` });
  return [
    ['nfs', { endpointType: 'NfsMount', host: 'filer.example.org', export: '/data', nfsVersion: 'NFSv3' }],
    ['blobs', { endpointType: 'AzureStorageBlobContainer', storageAccountResourceId, blobContainerName: 'container' }],
    ['smb', { endpointType: 'SmbMount', host: 'filer.example.org', shareName: 'data', credentials: smb('one') }, { credentials: smb('two') }],
    ['share', { endpointType: 'AzureStorageSmbFileShare', storageAccountResourceId, fileShareName: 'share' }],
    ...(has('2025-07-01') ? [
      ['nfs-share', { endpointType: 'AzureStorageNfsFileShare', storageAccountResourceId, fileShareName: 'share' }],
      ['aws', {
        endpointType: 'AzureMultiCloudConnector',
        multiCloudConnectorId: `${base}/providers/Microsoft.HybridConnectivity/publicCloudConnectors/aws`,
        awsS3BucketId: `${base}/providers/Microsoft.AwsConnector/s3Buckets/bucket`,
      }],
    ] : []),
    ...(has('2025-12-01') ? [
      ['s3', {
        endpointType: 'S3WithHMAC', sourceUri: 'https://s3.example.org/bucket', sourceType: 'MINIO', endpointKind: 'Source', credentials: s3('one'),
      }, { credentials: s3('two') }],
    ] : []),
  ];
}

async function connect(client, at, base) {
  const privateLinkServiceId = `${base}/providers/Microsoft.Network/privateLinkServices/link`;
  const made = await client.connections.createOrUpdate(...at, 'c1', { properties: { privateLinkServiceId, description: 'one' } });
  assert.equal((await client.connections.get(...at, 'c1')).properties.privateLinkServiceId, privateLinkServiceId);
  assert.ok(made.properties.connectionStatus);
  const { length } = await all(client.connections.list(...at));
  await client.connections.delete(...at, 'c1', wait);
  await assert.rejects(client.connections.get(...at, 'c1'), (error) => error.statusCode === 404);
  return length;
}

function weekly() {
  const day = (days) => new Date(Math.floor(Date.now() / 86_400_000 + days) * 86_400_000);
  return {
    frequency: 'Weekly', isActive: false, startDate: day(1), endDate: day(30), executionTime: { hour: 9, minute: 30 }, daysOfWeek: ['Monday'],
  };
}

async function all(pages) {
  const found = [];
  for await (const one of pages) {
    found.push(one);
  }

  return found;
}
