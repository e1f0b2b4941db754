// An independent witness: Microsoft's client of role definitions and assignments, unmodified, against a control plane. Prints one JSON line
// with what it saw.
//
//   node arm-authorization.mjs ENDPOINT
//
// Environment: MOVER_NODE_MODULES (where the client is), MOVER_TOKEN (a bearer token), NODE_EXTRA_CA_CERTS (the control plane's ca.pem).
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { createRequire } from 'node:module';

const require = createRequire(path.join(process.env.MOVER_NODE_MODULES, 'witness.js'));
const { AuthorizationManagementClient } = require('@azure/arm-authorization');

const endpoint = process.argv[2];
const token = process.env.MOVER_TOKEN;
const credential = { getToken: async () => ({ token, expiresOnTimestamp: Date.now() + 3_600_000 }) };
const listed = await fetch(`${endpoint}/subscriptions?api-version=2022-12-01`, { headers: { authorization: `Bearer ${token}` } });
const subscription = (await listed.json()).value[0].subscriptionId;
const client = new AuthorizationManagementClient(credential, subscription, { endpoint });
const scope = `subscriptions/${subscription}`;

const roles = await all(client.roleDefinitions.list(scope));
const reader = roles.find((role) => role.roleName === 'Reader');
assert.ok(reader);
assert.deepEqual(reader.permissions[0].actions, ['*/read']);
assert.equal((await client.roleDefinitions.get(scope, reader.name)).id, reader.id);

const principalId = randomUUID();
const name = randomUUID();
const given = await client.roleAssignments.create(scope, name, { roleDefinitionId: reader.id, principalId, principalType: 'ServicePrincipal' });
assert.equal(given.principalId, principalId);
assert.equal((await client.roleAssignments.get(scope, name)).roleDefinitionId, reader.id);
const assigned = await all(client.roleAssignments.listForScope(scope, { filter: `principalId eq '${principalId}'` }));
await client.roleAssignments.delete(scope, name);
await assert.rejects(client.roleAssignments.get(scope, name), (error) => error.statusCode === 404 && error.code === 'RoleAssignmentNotFound');
const left = await all(client.roleAssignments.listForScope(scope, { filter: `principalId eq '${principalId}'` }));
console.log(JSON.stringify({ roles: roles.length, assigned: assigned.length, left: left.length }));

async function all(pages) {
  const found = [];
  for await (const one of pages) {
    found.push(one);
  }

  return found;
}
