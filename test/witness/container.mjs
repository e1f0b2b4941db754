// Makes a container and prints an account SAS for a day.
//
//   node container.mjs ENDPOINT ACCOUNT KEY CONTAINER
import path from 'node:path';
import { createRequire } from 'node:module';

const require = createRequire(path.join(process.env.MOVER_NODE_MODULES, 'witness.js'));
const {
  AccountSASPermissions, AccountSASResourceTypes, AccountSASServices, BlobServiceClient, generateAccountSASQueryParameters,
  StorageSharedKeyCredential,
} = require('@azure/storage-blob');

const [endpoint, account, key, container] = process.argv.slice(2);
const credential = new StorageSharedKeyCredential(account, key);
await new BlobServiceClient(endpoint, credential).getContainerClient(container).createIfNotExists();
console.log(generateAccountSASQueryParameters({
  expiresOn: new Date(Date.now() + 24 * 60 * 60 * 1000),
  permissions: AccountSASPermissions.parse('rwdlacup'),
  resourceTypes: AccountSASResourceTypes.parse('sco').toString(),
  services: AccountSASServices.parse('b').toString(),
}, credential).toString());
