// A Credo agent: one request as JSON on each line of standard input, one answer on each line of standard output. The only argument is its port on loopback, or "none" for an agent without an endpoint. It ends when its input does.
import { createInterface } from "node:readline";
import { Agent, ConsoleLogger, Kms, LogLevel } from "@credo-ts/core";
import {
  DidCommBasicMessageEventTypes,
  DidCommHandshakeProtocol,
  DidCommHttpOutboundTransport,
  DidCommModule,
  DidCommOutOfBandInvitation,
  DidCommTrustPingEventTypes,
} from "@credo-ts/didcomm";
import { agentDependencies, DidCommHttpInboundTransport } from "@credo-ts/node";
import express from "express";
import { BoxKeys } from "./keys.mjs";
import { InMemory } from "./records.mjs";

const [port] = process.argv.slice(2);
const inbound = [];
if (port !== "none") {
  // Credo would listen on all interfaces.
  const app = express();
  const listen = app.listen.bind(app);
  app.listen = (at, ...rest) => listen(at, "127.0.0.1", ...rest);
  inbound.push(new DidCommHttpInboundTransport({ app, port: Number(port) }));
}

const agent = new Agent({
  config: { label: "Credo", logger: new ConsoleLogger(LogLevel.off), allowInsecureHttpUrls: true },
  dependencies: agentDependencies,
  modules: {
    inMemory: new InMemory(Kms.KeyManagementModuleConfig, new BoxKeys()),
    didcomm: new DidCommModule({
      endpoints: inbound.length > 0 ? [`http://127.0.0.1:${port}`] : [],
      transports: { inbound, outbound: [new DidCommHttpOutboundTransport()] },
      connections: { autoAcceptConnections: true },
    }),
  },
});

const texts = [];
let pongs = 0;
agent.events.on(DidCommBasicMessageEventTypes.DidCommBasicMessageStateChanged, ({ payload }) => {
  if (payload.basicMessageRecord.role === "receiver") {
    texts.push(payload.message.content);
  }
});
agent.events.on(DidCommTrustPingEventTypes.DidCommTrustPingResponseReceivedEvent, () => pongs++);

const didcomm = () => agent.modules.didcomm;
const shown = ({ id, state, did, theirDid, theirLabel }) => ({ id, state, did, theirDid, theirLabel });
const requests = {
  invite: async () => {
    const { id, outOfBandInvitation } = await didcomm().oob.createInvitation({ handshakeProtocols: [DidCommHandshakeProtocol.DidExchange] });
    return { id, invitation: outOfBandInvitation.toJSON() };
  },
  accept: async ({ invitation }) => {
    const { connectionRecord } = await didcomm().oob.receiveInvitation(DidCommOutOfBandInvitation.fromJson(invitation), { label: "Credo" });
    return shown(await didcomm().connections.returnWhenIsConnected(connectionRecord.id));
  },
  invited: async ({ id }) => (await didcomm().connections.findAllByOutOfBandId(id)).map(shown),
  ping: async ({ connection }) => void (await didcomm().connections.sendPing(connection, { responseRequested: true })),
  say: async ({ connection, text }) => void (await didcomm().basicMessages.sendMessage(connection, text)),
  heard: async () => ({ texts, pongs }),
};

await agent.initialize();
console.log(JSON.stringify({ ready: true }));
for await (const line of createInterface({ input: process.stdin })) {
  const request = JSON.parse(line);
  try {
    console.log(JSON.stringify({ value: (await requests[request.do](request)) ?? null }));
  } catch (broken) {
    console.log(JSON.stringify({ error: String(broken.stack ?? broken) }));
  }
}

await agent.shutdown();
process.exit(0);
