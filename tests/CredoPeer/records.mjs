// What Credo keeps, in memory: it must outlive nothing but the test.
import { InjectionSymbols, JsonTransformer, RecordDuplicateError, RecordNotFoundError, StorageVersionRecord } from "@credo-ts/core";

const asList = (value) => (Array.isArray(value) ? value : [value]);

/** Whether a record's tags are as asked: equal, or for lists, all in it. */
function fits(tags, { $and = [], $or = [], $not, ...plain }) {
  const tagged = Object.entries(plain).every(([name, wanted]) => wanted === undefined || (Array.isArray(wanted) ? wanted.every((one) => asList(tags[name] ?? []).includes(one)) : tags[name] === wanted));
  return tagged && $and.every((part) => fits(tags, part)) && ($or.length === 0 || $or.some((part) => fits(tags, part))) && !($not && fits(tags, $not));
}

class Records {
  supportsCursorPagination = false;
  #contexts = new Map();

  #of(context) {
    const name = context.contextCorrelationId;
    if (!this.#contexts.has(name)) {
      this.#contexts.set(name, new Map());
      this.#put(context, new StorageVersionRecord({ storageVersion: StorageVersionRecord.frameworkStorageVersion }));
    }

    return this.#contexts.get(name);
  }

  #put(context, record) {
    const json = JsonTransformer.toJSON(record);
    delete json._tags;
    this.#of(context).set(record.id, { json, type: record.type, tags: record.getTags() });
  }

  #read({ json, tags }, type) {
    const record = JsonTransformer.fromJSON(structuredClone(json), type);
    record.replaceTags(tags);
    return record;
  }

  #find(context, id, recordType) {
    const kept = this.#of(context).get(id);
    if (!kept) {
      throw new RecordNotFoundError(`There is no ${id}.`, { recordType });
    }

    return kept;
  }

  async save(context, record) {
    if (this.#of(context).has(record.id)) {
      throw new RecordDuplicateError(`There is a ${record.id}.`, { recordType: record.type });
    }

    this.#put(context, record);
  }

  async update(context, record) {
    this.#find(context, record.id, record.type);
    this.#put(context, record);
  }

  async delete(context, record) {
    this.#of(context).delete(record.id);
  }

  async deleteById(context, type, id) {
    this.#of(context).delete(id);
  }

  async getById(context, type, id) {
    return this.#read(this.#find(context, id, type.type), type);
  }

  async getAll(context, type) {
    return this.findByQuery(context, type, {});
  }

  async findByQuery(context, type, query, { offset = 0, limit } = {}) {
    const found = [...this.#of(context).values()].filter((kept) => kept.type === type.type && fits(kept.tags, query));
    return found.slice(offset, limit === undefined ? undefined : offset + limit).map((kept) => this.#read(kept, type));
  }
}

/** A module that gives Credo its records and its keys. */
export class InMemory {
  constructor(keyConfig, keys) {
    Object.assign(this, { keyConfig, keys });
  }

  register(dependencies) {
    dependencies.registerInstance(InjectionSymbols.StorageService, new Records());
    dependencies.resolve(this.keyConfig).registerBackend(this.keys);
  }
}
