// SMART Backend Services with fhirclient: node backend.mjs BASE-URL CLIENT-ID KEY-FILE SCOPE. The key file is a private JWK. Prints a JSON array with a line for each step.
import { readFileSync } from 'node:fs';
import FHIR from 'fhirclient';
import security from 'fhirclient/lib/security/server.js';
import smart from 'fhirclient/lib/smart.js';

const [, , base, clientId, keyFile, scope] = process.argv;
const lines = [];
const jwk = JSON.parse(readFileSync(keyFile, 'utf8'));

const configuration = await smart.fetchWellKnownJson(base);
lines.push(`discovered: ${configuration.token_endpoint_auth_methods_supported.includes('private_key_jwt')} ${configuration.grant_types_supported.includes('client_credentials')}`);

const now = Math.floor(Date.now() / 1000);
const assertion = await security.signCompactJws(
  jwk.alg,
  await security.importJWK({ ...jwk, key_ops: ['sign'] }),
  { typ: 'JWT', kid: jwk.kid },
  { iss: clientId, sub: clientId, aud: configuration.token_endpoint, exp: now + 240, jti: crypto.randomUUID() },
);
const answer = await fetch(configuration.token_endpoint, {
  method: 'POST',
  headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
  body: new URLSearchParams({
    grant_type: 'client_credentials',
    scope,
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: assertion,
  }),
});
const tokenResponse = await answer.json();
lines.push(`token: ${answer.status} ${tokenResponse.token_type} ${tokenResponse.scope}`);

const client = new FHIR.FhirClient(base);
const headers = { Authorization: `Bearer ${tokenResponse.access_token}` };
const status = async (act) => {
  try {
    return ['200', await act()];
  } catch (failure) {
    return [String(failure.status ?? failure.statusCode ?? failure.message), null];
  }
};

const [searched, bundle] = await status(() => client.fhirRequest('Observation?_count=1', { headers }));
lines.push(`search what the scope permits: ${searched} ${bundle?.resourceType}`);
lines.push(`search what it does not: ${(await status(() => client.fhirRequest('Condition?_count=1', { headers })))[0]}`);
lines.push(`search without a token: ${(await status(() => client.fhirRequest('Observation?_count=1')))[0]}`);
console.log(JSON.stringify(lines));
