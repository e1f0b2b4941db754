// An independent witness: compares a source folder with a container, byte for byte and attribute for attribute,
// through Microsoft's own storage SDK. Prints one JSON line; exit code 0 only when everything is equal.
//
//   node compare.mjs SOURCE_FOLDER CONTAINER_URL [PREFIX]      the container's SAS comes in the environment: MOVER_SAS
//
// What is expected of the target: every regular file as a blob; every folder as a marker with hdi_isfolder=true; a link that leads to
// a file inside the source as that file's content; owner, group, permissions and modification time under AzCopy's names; nothing else.
// Expected to be absent: names that are not UTF-8 or that the Blob service cannot keep as they are (a part that ends in a dot, a
// backslash, control characters); dangling, outward, absolute and folder links; devices, pipes and sockets.
import fs from 'node:fs';
import path from 'node:path';
import { createRequire } from 'node:module';

const modules = process.env.MOVER_NODE_MODULES;
const require = createRequire(path.join(modules, 'witness.js'));
const { ContainerClient } = require('@azure/storage-blob');

const [source, containerUrl, prefix = ''] = process.argv.slice(2);
const container = new ContainerClient(`${containerUrl}?${process.env.MOVER_SAS}`);
const root = fs.realpathSync(source);
const differences = [];
const seen = { files: 0, folders: 0, links: 0, bytes: 0, absent: 0 };
const contents = [];
const unkept = /[\\\u0000-\u001f\u007f-\u009f]|\.$/;
const differ = (name, what) => differences.push({ name, what });

const blobs = new Map();
for await (const blob of container.listBlobsFlat({ includeMetadata: true, prefix: prefix ? `${prefix}/` : undefined })) {
  blobs.set(prefix ? blob.name.slice(prefix.length + 1) : blob.name, blob);
}

walk(Buffer.from(root), '');
async function compareContent() {
  for (const { name, file } of contents) {
    const blob = blobs.get(name);
    const expected = fs.statSync(file);
    if (blob.properties.contentLength !== expected.size) {
      differ(name, `length ${blob.properties.contentLength} instead of ${expected.size}`);
      continue;
    }

    const body = expected.size === 0 ? [] : (await container.getBlobClient(blob.name).download()).readableStreamBody;
    const handle = fs.openSync(file, 'r');
    let at = 0;
    for await (const chunk of body) {
      const mine = Buffer.alloc(chunk.length);
      fs.readSync(handle, mine, 0, mine.length, at);
      if (Buffer.compare(mine, chunk) !== 0) {
        differ(name, `bytes differ between ${at} and ${at + chunk.length}`);
        break;
      }

      at += chunk.length;
    }

    fs.closeSync(handle);
    seen.bytes += expected.size;
  }
}

function walk(folder, below) {
  for (const item of fs.readdirSync(folder, { encoding: 'buffer' })) {
    const full = Buffer.concat([folder, Buffer.from('/'), item]);
    const text = item.toString('utf8');
    const name = below ? `${below}/${text}` : text;
    const stat = fs.lstatSync(full, { bigint: true });
    if (Buffer.compare(Buffer.from(text, 'utf8'), item) !== 0 || unkept.test(text)) {
      expectAbsent(name);
    } else if (stat.isDirectory()) {
      seen.folders++;
      expectFolder(name, stat);
      walk(full, name);
    } else if (stat.isFile()) {
      seen.files++;
      expectFile(name, full, stat);
    } else if (stat.isSymbolicLink()) {
      expectLink(name, full);
    } else {
      expectAbsent(name);
    }
  }
}

function expectFolder(name, stat) {
  const blob = take(name);
  if (blob && blob.metadata?.hdi_isfolder !== 'true') {
    differ(name, 'is not a folder marker');
  } else if (blob) {
    compareMetadata(name, blob, stat);
  }
}

function expectFile(name, file, stat) {
  const blob = take(name);
  if (blob) {
    contents.push({ name, file });
    compareMetadata(name, blob, stat);
  }
}

function expectLink(name, link) {
  let target;
  try {
    target = fs.realpathSync(link, { encoding: 'buffer' });
  } catch {
    return expectAbsent(name);
  }

  const inside = target.subarray(0, root.length + 1).equals(Buffer.from(root + '/'));
  const absolute = fs.readlinkSync(link, { encoding: 'buffer' })[0] === 0x2f;
  if (!inside || absolute || !fs.statSync(target).isFile()) {
    return expectAbsent(name);
  }

  seen.links++;
  if (take(name)) {
    contents.push({ name, file: target });
  }
}

function expectAbsent(name) {
  seen.absent++;
  if (blobs.has(name)) {
    differ(name, 'should not be at the target');
  }
}

function take(name) {
  const blob = blobs.get(name);
  if (!blob) {
    differ(name, 'is missing at the target');
    return null;
  }

  blob.taken = true;
  return blob;
}

function compareMetadata(name, blob, stat) {
  const expected = {
    permissions: String(stat.mode),
    posix_owner: String(stat.uid),
    posix_group: String(stat.gid),
    modtime: String(stat.mtimeNs),
  };
  for (const [key, value] of Object.entries(expected)) {
    if (blob.metadata?.[key] !== value) {
      differ(name, `${key} is ${blob.metadata?.[key]} instead of ${value}`);
    }
  }
}

await compareContent();
for (const [name, blob] of blobs) {
  if (!blob.taken) {
    differ(name, 'is at the target but not in the source');
  }
}

console.log(JSON.stringify({ equal: differences.length === 0, ...seen, differences: differences.slice(0, 50) }));
process.exit(differences.length === 0 ? 0 : 1);
