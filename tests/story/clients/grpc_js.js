// Drives the broker with @grpc/grpc-js, its types read from our proto by @grpc/proto-loader.
//
// grpc_js.js PROTO_FOLDER RPC_DESCRIPTORS ADDRESS
//
// Reads a call a line as JSON and prints what came of it as one: see `Call` and `Outcome` in
// line.rs. RPC_DESCRIPTORS is a descriptor set with google.rpc's error details, which npm has in no
// package of bearable size.

'use strict';

const fs = require('fs');
const path = require('path');
const readline = require('readline');

const grpc = require('@grpc/grpc-js');
const protoLoader = require('@grpc/proto-loader');

const [protoFolder, rpcDescriptors, address] = process.argv.slice(2);
const reading = { longs: String, enums: String, bytes: String, oneofs: false };
const files = fs
  .readdirSync(path.join(protoFolder, 'askonce', 'v1'))
  .map((file) => path.join('askonce', 'v1', file));
const ours = protoLoader.loadSync(files, { ...reading, includeDirs: [protoFolder] });
const rpc = protoLoader.loadFileDescriptorSetFromBuffer(fs.readFileSync(rpcDescriptors), reading);
const services = grpc.loadPackageDefinition(ours).askonce.v1;

// A message with its members named as in protobuf's JSON: a descriptor set has them as in the proto.
function renamed(value) {
  if (Array.isArray(value)) return value.map(renamed);
  if (value === null || typeof value !== 'object') return value;
  const name = (key) => key.replace(/_([a-z])/g, (_, letter) => letter.toUpperCase());
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [name(key), renamed(part)]));
}

// What stands in `grpc-status-details-bin`, each detail as its own type.
function decoded(metadata) {
  const [bytes] = metadata.get('grpc-status-details-bin');
  return rpc['google.rpc.Status'].deserialize(bytes).details.map((detail) => {
    const type = detail.type_url.split('/').pop();
    const value = Buffer.from(detail.value, 'base64');
    return { '@type': detail.type_url, ...renamed(rpc[type].deserialize(value)) };
  });
}

function carryOut(call) {
  const [service, method] = call.method.split('/');
  const { requestStream, responseStream } = services[service].service[method];
  const client = new services[service](address, grpc.credentials.createInsecure());
  const metadata = new grpc.Metadata();
  metadata.set('authorization', `Bearer ${call.secret}`);
  return new Promise((resolve) => {
    const messages = [];
    const end = (error) => {
      const refusal = error && {
        code: error.code,
        message: error.details,
        details: decoded(error.metadata),
      };
      client.close();
      resolve({ messages, refusal: refusal || null });
    };
    const one = (error, message) => {
      if (message) messages.push(message);
      end(error);
    };
    const sent = requestStream ? [metadata] : [call.requests[0], metadata];
    const running = responseStream ? client[method](...sent) : client[method](...sent, one);
    if (responseStream) {
      let isOver = false;
      const over = (error) => {
        if (!isOver) end(error);
        isOver = true;
      };
      running.on('data', (message) => {
        if (isOver) return;
        messages.push(message);
        if (messages.length === call.take) {
          over(null);
          running.cancel();
        }
      });
      running.on('end', () => over(null));
      running.on('error', over);
    }
    if (requestStream) {
      call.requests.forEach((request) => running.write(request));
      running.end();
    }
  });
}

(async () => {
  for await (const line of readline.createInterface({ input: process.stdin })) {
    console.log(JSON.stringify(await carryOut(JSON.parse(line))));
  }
})();
