using System.Security.Cryptography;
using System.Text;
using EhrLedger.Crypto.Cbor;
using EhrLedger.Crypto.Signing;
using EhrLedger.Fhir.Json;
using EhrLedger.Fhir.References;
using EhrLedger.Fhir.Search;
using EhrLedger.Fhir.Sharing;
using EhrLedger.Fhir.Views;
using EhrLedger.Ledger.Membership;
using EhrLedger.Ledger.Replication;
using EhrLedger.Node.Fhir;
using EhrLedger.Node.Storage;
using Hl7.Fhir.Model;

namespace EhrLedger.Node.Sharing;

/// <summary>
/// What other members share of their directories, as this node has it: sealed in records.db, and in memory. It is looked at here alone, so nobody learns which entry a reader is interested in. Every
/// entry is shown under a name of this node's own, and what it refers to likewise, as far as that is shared too. A search opens no more than what has the tokens that it asks for: they are made when an
/// entry arrives, and at the start, and are never written down.
/// </summary>
internal sealed class MemberDirectories(SqliteFile file, StorageKeys keys, ServerBase server, TimeProvider time)
{
    private const string Column = "shared-entry";

    private readonly Lock _lock = new();
    private readonly Dictionary<OrganisationId, Held> _held = [];
    private readonly Dictionary<(string Type, string Name), Entry> _named = [];

    /// <summary>Reads every entry. Called once, before the node answers. Of whom one is damaged, everything is asked for again.</summary>
    public void Load()
    {
        lock (_lock)
        {
            foreach (var (author, series, number) in file.Read(session => session.Query(
                "SELECT Author, Series, Number FROM shared_progress", row => (OrganisationOf(row.GetBytes(0)), DirectorySeries.FromBytes(row.GetBytes(1)), (ulong)row.GetInt64(2)))))
            {
                _held[author] = new Held { Series = series, Number = number };
            }

            var damaged = new List<(OrganisationId Author, byte[] Key)>();
            foreach (var (author, series, bytes, key) in file.Read(session => session.Query(
                "SELECT Author, Series, Sealed, Key FROM shared_entries",
                row => (OrganisationOf(row.GetBytes(0)), DirectorySeries.FromBytes(row.GetBytes(1)), row.GetBytes(2), row.GetBytes(3)))))
            {
                if (keys.OpenColumn(Column, bytes) is { } plain && Entry.TryParse(author, series, plain) is { } read && Parse(read) is { } resource && _held.TryGetValue(author, out var held))
                {
                    var entry = read with { Tokens = TokensOf(read, resource) };
                    held.Entries[(entry.Type, entry.Id)] = entry;
                    _named[(entry.Type, entry.Name)] = entry;
                }
                else
                {
                    damaged.Add((author, key));
                }
            }

            foreach (var (author, key) in damaged)
            {
                file.Write(session => session.Execute("DELETE FROM shared_entries WHERE Author = $1 AND Key = $2", author.Key.ToArray(), key));
                if (_held.TryGetValue(author, out var held))
                {
                    held.Series = null;
                }
            }
        }
    }

    /// <summary>How far this node has come with a member's directory.</summary>
    public (DirectorySeries? Series, ulong After) ProgressOf(OrganisationId author)
    {
        lock (_lock)
        {
            return _held.TryGetValue(author, out var held) && held.Series is { } series ? (series, held.Number) : (null, 0);
        }
    }

    /// <summary>Keeps what a portion says. What is the same as before costs no sealing; when a new series has come to its end, what only the older one had is dropped.</summary>
    /// <returns>False if it is no directory's, or more than a directory may be. Nothing is kept then.</returns>
    /// <exception cref="StoreFailedException">It is kept or not; it is to be asked for again.</exception>
    public bool Take(DirectoryPortion portion)
    {
        var entries = new List<(SharedEntry Change, Entry? Entry)>(portion.Entries.Count);
        foreach (var change in portion.Entries.Where(change => SharingTable.Has(change.Type)))
        {
            if (!TryRead(portion, change, out var entry))
            {
                return false;
            }

            entries.Add((change, entry));
        }

        lock (_lock)
        {
            var held = _held.GetValueOrDefault(portion.Author) ?? new Held();
            var after = new Dictionary<(string Type, string Id), Entry>(held.Entries);
            foreach (var (change, entry) in entries)
            {
                if (entry is null)
                {
                    after.Remove((change.Type, change.Id));
                }
                else
                {
                    after[(change.Type, change.Id)] = entry;
                }
            }

            // Of an older series there may be as much again, until the newer one is whole; a series that never comes to its end leaves nothing behind.
            if (portion.IsLast || after.Count > 2 * DirectoryQuota.MostEntries || after.Values.Sum(entry => (long)entry.Json.Length) > 2 * DirectoryQuota.MostBytes)
            {
                foreach (var older in after.Where(pair => pair.Value.Series != portion.Series).Select(pair => pair.Key).ToList())
                {
                    after.Remove(older);
                }
            }

            var current = after.Values.Where(entry => entry.Series == portion.Series).ToList();
            if (current.Count > DirectoryQuota.MostEntries || current.Sum(entry => (long)entry.Json.Length) > DirectoryQuota.MostBytes)
            {
                return false;
            }

            Write(portion, held.Entries, after);
            foreach (var entry in held.Entries.Values)
            {
                _named.Remove((entry.Type, entry.Name));
            }

            foreach (var entry in after.Values)
            {
                _named[(entry.Type, entry.Name)] = entry;
            }

            _held[portion.Author] = new Held { Series = portion.Series, Number = portion.Reaches, Entries = after };
            return true;
        }
    }

    /// <summary>Under which name this node shows what a member refers to. Null if it is not shared.</summary>
    /// <param name="author">Who refers to it.</param>
    /// <param name="reference">As the author writes it: to its own entry, or by its name to a third member's. Names are the same everywhere.</param>
    /// <returns><c>Type/name</c>.</returns>
    public string? Rewrite(OrganisationId author, FhirReference reference)
    {
        lock (_lock)
        {
            return _held.TryGetValue(author, out var held) && held.Entries.TryGetValue((reference.Type, reference.Id), out var entry) ? $"{entry.Type}/{entry.Name}"
                : _named.ContainsKey((reference.Type, reference.Id)) ? reference.Relative
                : null;
        }
    }

    /// <summary>An entry as it is shown here. Null where there is none of this name.</summary>
    public Resource? Find(string type, string name)
    {
        Entry? entry;
        lock (_lock)
        {
            entry = _named.GetValueOrDefault((type, name));
        }

        return entry is null ? null : Show(entry);
    }

    /// <summary>An entry as it is shown here, by its name alone: no two have the same. Null where there is none.</summary>
    public Resource? Find(string name) => SharingTable.Rows.Select(row => Find(row.Type, name)).FirstOrDefault(entry => entry is not null);

    /// <summary>Entries that match, by name. Null if it would open more than the budget has left: members choose what their directories hold, and so how many entries have the tokens.</summary>
    /// <param name="query">Parsed, without chains.</param>
    /// <param name="budget">Shared by the searches of one request.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public IReadOnlyList<Resource>? Find(SearchQuery query, SearchBudget budget, CancellationToken cancellationToken)
    {
        var plan = query.PlanShared().AllOf.Select(group => group.Select(HashOf).ToList()).ToList();
        List<Entry> entries;
        lock (_lock)
        {
            entries = query.Ids is { } names
                ? [.. names.Select(name => _named.GetValueOrDefault((query.ResourceType, name))).OfType<Entry>()]
                : [.. _named.Values.Where(entry => entry.Type == query.ResourceType)];
        }

        entries.RemoveAll(entry => !plan.TrueForAll(group => group.Exists(entry.Has)));
        if (!budget.Take(entries.Count))
        {
            return null;
        }

        return [.. entries.OrderBy(entry => entry.Name, StringComparer.Ordinal).Select(ShowUnlessCancelled).OfType<Resource>().Where(resource => SearchEvaluator.Matches(resource, query))];

        Resource? ShowUnlessCancelled(Entry entry)
        {
            cancellationToken.ThrowIfCancellationRequested();
            return Show(entry);
        }
    }

    private bool TryRead(DirectoryPortion portion, SharedEntry change, out Entry? entry)
    {
        entry = null;
        if (change.Json is not { } json)
        {
            return true;
        }

        if (FhirJson.Parse(json.Span).Match<Resource?>(resource => resource, _ => null) is not { } sent || sent.TypeName != change.Type || sent.Id != change.Id)
        {
            return false;
        }

        // This node's own rule counts, not the author's: what it does not name is not kept.
        if (SharingTable.Reduce(sent, SharingTable.Types) is { } reduced)
        {
            entry = new Entry(portion.Author, portion.Series, change.Type, change.Id, FhirJson.Write(reduced));
            entry = entry with { Tokens = TokensOf(entry, reduced) };
        }

        return true;
    }

    private void Write(DirectoryPortion portion, Dictionary<(string Type, string Id), Entry> before, Dictionary<(string Type, string Id), Entry> after)
    {
        var author = portion.Author.Key.ToArray();
        var series = portion.Series.ToArray();
        file.Write(session =>
        {
            foreach (var gone in before.Keys.Where(key => !after.ContainsKey(key)))
            {
                session.Execute("DELETE FROM shared_entries WHERE Author = $1 AND Key = $2", author, KeyOf(portion.Author, gone));
            }

            foreach (var (name, entry) in after)
            {
                if (!before.TryGetValue(name, out var old) || !old.Json.AsSpan().SequenceEqual(entry.Json))
                {
                    session.Execute(
                        "INSERT INTO shared_entries (Author, Key, Series, Sealed) VALUES ($1, $2, $3, $4) ON CONFLICT (Author, Key) DO UPDATE SET Series = $3, Sealed = $4",
                        author,
                        KeyOf(portion.Author, name),
                        series,
                        keys.SealColumn(Column, entry.Encode()));
                }
                else if (old.Series != entry.Series)
                {
                    session.Execute("UPDATE shared_entries SET Series = $3 WHERE Author = $1 AND Key = $2", author, KeyOf(portion.Author, name), series);
                }
            }

            session.Execute(
                "INSERT INTO shared_progress (Author, Series, Number) VALUES ($1, $2, $3) ON CONFLICT (Author) DO UPDATE SET Series = $2, Number = $3", author, series, (long)portion.Reaches);
        });
    }

    private byte[] KeyOf(OrganisationId author, (string Type, string Id) entry) => keys.LookupKey(Column, $"{author} {entry.Type}/{entry.Id}");

    /// <summary>What an entry may be found by, sorted. What it refers to is named in each way in which <see cref="Rewrite"/> may show it by and by: what else is shared changes without it.</summary>
    private int[] TokensOf(Entry entry, Resource kept)
    {
        var now = time.GetUtcNow();
        IEnumerable<Resource?> views = [Show(entry, kept, reference => $"{reference.Type}/{Entry.NameOf(entry.Author, reference.Type, reference.Id)}"), Show(entry, kept, reference => reference.Relative)];
        return [.. views.OfType<Resource>().SelectMany(view => SearchTokens.DescribeShared(view, server, now)).Select(HashOf).Distinct().Order()];
    }

    // Seeded anew with each process, so that nobody can write entries that meet in one; where two meet all the same, the evaluator tells them apart.
    private static int HashOf(string token) => token.GetHashCode(StringComparison.Ordinal);

    private static Resource? Parse(Entry entry) => FhirJson.Parse(entry.Json).Match<Resource?>(resource => resource, _ => null);

    private Resource? Show(Entry entry) => Parse(entry) is { } kept ? Show(entry, kept, reference => Rewrite(entry.Author, reference)) : null;

    private static Resource? Show(Entry entry, Resource kept, Func<FhirReference, string?> rewrite)
    {
        var shown = new GranteeView(reference => FhirReference.Parse(reference) is { Base: null } parsed ? rewrite(parsed) : null).Show(kept, entry.Name);
        if (shown is not null)
        {
            // Whose word it is: anybody can write anything into a directory of its own.
            shown.Meta!.Source = entry.Author.ToString();
        }

        return shown;
    }

    private static OrganisationId OrganisationOf(byte[] bytes) => new(Ed25519PublicKey.FromBytes(bytes));

    private sealed class Held
    {
        /// <summary>Null if everything is to be asked for again.</summary>
        public DirectorySeries? Series { get; set; }

        public ulong Number { get; init; }

        public Dictionary<(string Type, string Id), Entry> Entries { get; init; } = [];
    }

    /// <summary>An entry as its author wrote it.</summary>
    private sealed record Entry(OrganisationId Author, DirectorySeries Series, string Type, string Id, byte[] Json)
    {
        /// <summary>
        /// The id that it is shown under: the first 16 bytes of a hash over author, type and id, in hex. In the form of a record id, which no resource written here has, so that it is read-only
        /// as those are.
        /// </summary>
        public string Name { get; } = NameOf(Author, Type, Id);

        /// <summary>What it may be found by, sorted.</summary>
        public int[] Tokens { get; init; } = [];

        public static string NameOf(OrganisationId author, string type, string id) => Convert.ToHexStringLower(
            SHA256.HashData([.. "ehrledger/v1/shared-entry\n"u8, .. author.Key.ToArray(), .. Encoding.UTF8.GetBytes($"{type}/{id}")]).AsSpan(0, 16));

        public bool Has(int token) => Array.BinarySearch(Tokens, token) >= 0;

        public byte[] Encode() => new DeterministicCborWriter(Json.Length + 160).WriteArray(3).WriteText(Type).WriteText(Id).WriteBytes(Json).ToArray();

        public static Entry? TryParse(OrganisationId author, DirectorySeries series, byte[] bytes) => CborReading.TryRead(bytes, reader =>
        {
            reader.ReadStartArray(3);
            var entry = new Entry(author, series, reader.ReadText(64), reader.ReadText(64), reader.ReadBytes(0, SharedEntry.LargestJson).ToArray());
            reader.ReadEndArray();
            return entry;
        });
    }
}
