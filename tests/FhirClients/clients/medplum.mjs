// The client opens a socket for subscriptions only; Node.js 20 has none.
globalThis.WebSocket ??= class {};
const { MedplumClient } = await import('@medplum/core');

export function connect(base, token) {
  const url = new URL(base);
  const client = new MedplumClient({ baseUrl: `${url.origin}/`, fhirUrlPath: `${url.pathname.slice(1)}/`.replace('//', '/'), fetch, cacheTime: 0, autoBatchTime: 0, accessToken: token });
  return {
    create: (resource) => client.createResource(resource),
    read: (type, id) => client.readResource(type, id, { cache: 'reload' }),
    update: (resource, etag) => client.updateResource(resource, { headers: { 'If-Match': etag } }),
    transaction: (bundle) => client.executeBatch(bundle),
    search: (type, parameters) => client.search(type, new URLSearchParams(parameters), { cache: 'reload' }),
    next: (bundle) => {
      const link = bundle.link?.find((one) => one.relation === 'next');
      return link ? client.get(new URL(link.url), { cache: 'reload' }) : null;
    },
    patch: (type, id, operations) => client.patchResource(type, id, operations),
    history: (type, id) => client.readHistory(type, id),
    remove: (type, id) => client.deleteResource(type, id),
  };
}
