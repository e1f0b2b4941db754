// An independent witness: Microsoft's client of subscriptions, unmodified, against a control plane. Prints one JSON line with what it saw.
//
//   node arm-subscriptions.mjs ENDPOINT
//
// Environment: MOVER_NODE_MODULES (where the client is), MOVER_TOKEN (a bearer token), NODE_EXTRA_CA_CERTS (the control plane's ca.pem).
import assert from 'node:assert/strict';
import path from 'node:path';
import { createRequire } from 'node:module';

const require = createRequire(path.join(process.env.MOVER_NODE_MODULES, 'witness.js'));
const { SubscriptionClient } = require('@azure/arm-resources-subscriptions');

const endpoint = process.argv[2];
const credential = { getToken: async () => ({ token: process.env.MOVER_TOKEN, expiresOnTimestamp: Date.now() + 3_600_000 }) };
const client = new SubscriptionClient(credential, { endpoint });

const [only, ...others] = await all(client.subscriptions.list());
assert.equal(others.length, 0);
assert.equal((await client.subscriptions.get(only.subscriptionId)).state, 'Enabled');
await assert.rejects(
  client.subscriptions.get('00000000-0000-4000-8000-000000000000'), (error) => error.statusCode === 404 && error.code === 'SubscriptionNotFound');
const locations = await all(client.subscriptions.listLocations(only.subscriptionId));
const east = locations.find((location) => location.name === 'eastus');
assert.equal(east.metadata.geographyGroup, 'US');
const [tenant] = await all(client.tenants.list());
assert.equal(tenant.tenantId, only.tenantId);
console.log(JSON.stringify({ locations: locations.length, pairOfEastUs: east.metadata.pairedRegion[0].name }));

async function all(pages) {
  const found = [];
  for await (const one of pages) {
    found.push(one);
  }

  return found;
}
