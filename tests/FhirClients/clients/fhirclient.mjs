import FHIR from 'fhirclient';

export function connect(baseUrl, token) {
  // What the SMART client is beside an app's session: one that has its token already.
  const client = new FHIR.FhirClient(baseUrl);
  const request = client.fhirRequest.bind(client);
  client.fhirRequest = (uri, options = {}) => request(uri, { ...options, headers: { ...options.headers, Authorization: `Bearer ${token}` } });
  return {
    create: (resource) => client.create(resource),
    read: (type, id) => client.fhirRequest(`${type}/${id}`),
    update: (resource, etag) => client.update(resource, { headers: { 'If-Match': etag } }),
    transaction: (bundle) => client.fhirRequest('', { method: 'POST', body: JSON.stringify(bundle), headers: { 'Content-Type': 'application/fhir+json' } }),
    search: (type, parameters) => client.fhirRequest(`${type}?${new URLSearchParams(parameters)}`),
    next: (bundle) => {
      const link = bundle.link?.find((one) => one.relation === 'next');
      return link ? client.fhirRequest(link.url) : null;
    },
    patch: (type, id, operations) => client.patch(`${type}/${id}`, operations),
    history: (type, id) => client.fhirRequest(`${type}/${id}/_history`),
    remove: (type, id) => client.delete(`${type}/${id}`),
  };
}
