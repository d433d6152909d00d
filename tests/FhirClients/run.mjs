// Runs the same script with one of several FHIR clients: FHIR_TOKEN=… node run.mjs CLIENT BASE-URL. Prints a JSON array with a line for each step.
import { lastStatus } from './status.mjs';

const [, , name, base] = process.argv;
const { connect } = await import(`./clients/${name}.mjs`);
const client = await connect(base, process.env.FHIR_TOKEN);
const lines = [];

async function step(what, act, tell = () => '') {
  let result;
  try {
    result = await act();
  } catch (failure) {
    // What a client throws for is the server's answer, unless there was none.
    if (!lastStatus()) throw failure;
  }
  lines.push(`${what}: ${lastStatus()} ${result === undefined ? '' : tell(result)}`.trim());
  return result;
}

const entries = (bundle) => bundle.entry ?? [];
const observation = (patient, value) => ({
  resourceType: 'Observation',
  status: 'final',
  code: { coding: [{ system: 'http://loinc.org', code: '718-7' }] },
  subject: { reference: `Patient/${patient}` },
  effectiveDateTime: '2025-03-01',
  valueQuantity: { value, unit: 'g/dL', system: 'http://unitsofmeasure.org', code: 'g/dL' },
});

const patient = await step('create a patient', () => client.create({ resourceType: 'Patient', name: [{ family: 'Client' }], birthDate: '1980-01-01' }), (it) => `version ${it.meta.versionId}`);
const first = await step('create an observation', () => client.create(observation(patient.id, 1)), (it) => `version ${it.meta.versionId}`);
await step('update with the right ETag', () => client.update({ ...first, status: 'amended' }, 'W/"1"'), (it) => `version ${it.meta.versionId}`);
await step('update with a stale ETag', () => client.update({ ...first, status: 'corrected' }, 'W/"1"'));
await step('read', () => client.read('Observation', first.id), (it) => it.status);
await step('transaction', () => client.transaction({
  resourceType: 'Bundle',
  type: 'transaction',
  entry: [2, 3, 4, 5, 6, 7].map((value) => ({ request: { method: 'POST', url: 'Observation' }, resource: observation(patient.id, value) })),
}), (it) => `${entries(it).filter((entry) => entry.response.status.startsWith('201')).length} created`);
await step('search with include', () => client.search('Observation', { patient: patient.id, _include: 'Observation:subject', _count: 20 }), (it) =>
  `${entries(it).filter((entry) => entry.search.mode === 'match').length} matches, ${entries(it).filter((entry) => entry.search.mode === 'include').length} included`);
await step('page through', async () => {
  const ids = new Set();
  let pages = 0;
  for (let page = await client.search('Observation', { patient: patient.id, _count: 3 }); page; page = await client.next(page)) {
    pages++;
    entries(page).forEach((entry) => ids.add(entry.resource.id));
  }
  return { pages, ids };
}, (it) => `${it.ids.size} in ${it.pages} pages`);
await step('patch', () => client.patch('Observation', first.id, [{ op: 'replace', path: '/status', value: 'corrected' }]), (it) => it.status);
await step('history', () => client.history('Observation', first.id), (it) => `${entries(it).length} versions`);
await step('delete', () => client.remove('Observation', first.id));
await step('read what was deleted', () => client.read('Observation', first.id));
await step('read what never was', () => client.read('Observation', 'never'));
console.log(JSON.stringify(lines));
process.exit(0);
