// Peer for ./cavra bench --peers: three durable no-op steps behind Restate's ingress; the worker is this process.
import * as restate from "@restatedev/restate-sdk";

// Node 20 has no Promise.withResolvers, which the SDK calls.
Promise.withResolvers ??= () => {
  let resolve, reject;
  const promise = new Promise((a, b) => ([resolve, reject] = [a, b]));
  return { promise, resolve, reject };
};

const runs = restate.service({
  name: "runs",
  handlers: {
    run: async (ctx, ticket) => {
      for (const step of ["one", "two", "three"]) await ctx.run(step, () => step);
      return { ticket, state: "completed" };
    },
  },
});

restate.serve({ services: [runs], port: Number(process.argv[2]) });
