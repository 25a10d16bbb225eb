// Peer for ./cavra bench --peers: three durable no-op steps on DBOS. HTTP and workflow share this process, which favours DBOS.
import http from "node:http";
import { DBOS } from "@dbos-inc/dbos-sdk";

const run = DBOS.registerWorkflow(
  async (ticket) => {
    for (const step of ["one", "two", "three"]) await DBOS.runStep(async () => step, { name: step });
    return { ticket, state: "completed" };
  },
  { name: "run" },
);

DBOS.setConfig({ name: "bench", systemDatabaseUrl: process.env.DBOS_DATABASE, runAdminServer: false, logLevel: "error", systemDatabasePoolSize: 32 });
await DBOS.launch();
http
  .createServer((request, response) => {
    const chunks = [];
    request.on("data", (c) => chunks.push(c));
    request.on("end", async () => {
      try {
        const body = JSON.stringify(await run(Buffer.concat(chunks).toString()));
        response.writeHead(200, { "content-type": "application/json", "content-length": Buffer.byteLength(body) }).end(body);
      } catch (error) {
        response.writeHead(500).end(String(error));
      }
    });
  })
  .listen(Number(process.argv[2]), "127.0.0.1");
