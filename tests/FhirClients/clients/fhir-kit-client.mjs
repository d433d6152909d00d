import { Client } from 'fhir-kit-client';

export function connect(baseUrl, bearerToken) {
  const client = new Client({ baseUrl, bearerToken });
  return {
    create: (resource) => client.create({ resourceType: resource.resourceType, body: resource }),
    read: (resourceType, id) => client.read({ resourceType, id }),
    update: (resource, etag) => client.update({ resourceType: resource.resourceType, id: resource.id, body: resource, options: { headers: { 'If-Match': etag } } }),
    transaction: (body) => client.transaction({ body }),
    search: (resourceType, searchParams) => client.search({ resourceType, searchParams }),
    next: (bundle) => client.nextPage({ bundle }),
    patch: (resourceType, id, jsonPatch) => client.patch({ resourceType, id, jsonPatch }),
    history: (resourceType, id) => client.history({ resourceType, id }),
    remove: (resourceType, id) => client.delete({ resourceType, id }),
  };
}
