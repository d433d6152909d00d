using System.Collections.Concurrent;
using EhrLedger.Crypto;
using EhrLedger.Fhir.Json;
using EhrLedger.Fhir.Sharing;
using EhrLedger.Ledger.Alarms;
using EhrLedger.Ledger.Membership;
using EhrLedger.Ledger.Replication;
using EhrLedger.Node.Authoring;
using EhrLedger.Node.Fhir;
using EhrLedger.Node.Settings;

namespace EhrLedger.Node.Sharing;

/// <summary>
/// What this organisation shares of its directory: in memory, by the rule of <see cref="SharingTable"/>, each entry with the number of its newest change. It is made of the store at the start and follows
/// each write.
/// </summary>
internal sealed class SharedDirectory(OrganisationId self, AuthorReader reader, NodeSettings settings, IAlarmSink alarms)
{
    private readonly Lock _lock = new();
    private readonly ConcurrentQueue<(string Type, string Id)> _written = new();
    private readonly Dictionary<(string Type, string Id), SharedEntry> _entries = [];
    private readonly SortedDictionary<ulong, SharedEntry> _changes = [];
    private DirectorySeries _series = DirectorySeries.Generate();
    private ulong _newest;
    private int _count;
    private long _bytes;
    private bool _leftOut;
    private volatile bool _stale = true;
    private volatile bool _ready;

    /// <summary>Told of each entry of the directory that was written; it is looked at when somebody asks next.</summary>
    public void Written(string type, string id)
    {
        if (settings.SharedTypes.Contains(type))
        {
            _written.Enqueue((type, id));
        }
    }

    /// <summary>Told that nobody knows what was written.</summary>
    public void MayHaveChanged() => _stale = true;

    /// <summary>Reads the store where that is due.</summary>
    /// <exception cref="StoreFailedException">It is due again.</exception>
    public void Refresh()
    {
        lock (_lock)
        {
            try
            {
                while (_written.TryDequeue(out var written))
                {
                    if (!_stale)
                    {
                        Publish(written, reader.Find(written.Type, written.Id));
                    }
                }

                if (_stale)
                {
                    _stale = false;
                    PublishAll();
                }
            }
            catch (StoreFailedException)
            {
                _stale = true;
                throw;
            }

            _ready = true;
        }
    }

    /// <summary>The next portion for a member. Null as long as the store has not been read.</summary>
    /// <param name="request">Opened.</param>
    /// <param name="digest">SHA-256 of the signed request.</param>
    /// <exception cref="StoreFailedException">Something was written that can't be read now.</exception>
    public DirectoryPortion? Next(DirectoryRequest request, Digest digest)
    {
        if (!_ready)
        {
            return null;
        }

        lock (_lock)
        {
            Refresh();
            var after = request.Series == _series ? request.After : 0;
            var entries = new List<SharedEntry>();
            var bytes = 0;
            foreach (var entry in _changes.Values.SkipWhile(entry => entry.Number <= after))
            {
                if (entries.Count == DirectoryPortion.MostEntries || (entries.Count > 0 && bytes + (entry.Json?.Length ?? 0) > DirectoryPortion.UsualBytes))
                {
                    break;
                }

                entries.Add(entry);
                bytes += entry.Json?.Length ?? 0;
            }

            return new DirectoryPortion(self, digest, _series, _changes.Count == 0 ? 0 : _changes.Keys.Last(), entries);
        }
    }

    private void PublishAll()
    {
        if (settings.SharedTypes.Count == 0)
        {
            return;
        }

        _leftOut = false;
        var seen = new HashSet<(string, string)>();
        foreach (var stored in reader.All(0))
        {
            if (!stored.Deleted && reader.Open(stored, stored.CurrentVersion) is { } version && settings.SharedTypes.Contains(version.Type))
            {
                seen.Add((version.Type, version.Id));
                Publish((version.Type, version.Id), version);
            }
        }

        foreach (var gone in _entries.Keys.Where(key => !seen.Contains(key)).ToList())
        {
            Publish(gone, (OpenedVersion?)null);
        }
    }

    private void Publish((string Type, string Id) key, StoredResource? stored) =>
        Publish(key, stored is { Deleted: false, PatientRow: 0 } ? reader.Open(stored, stored.CurrentVersion) : null);

    private void Publish((string Type, string Id) key, OpenedVersion? version)
    {
        var json = version is { Deleted: false } && AuthorSearch.Parse(version) is { } entry && SharingTable.Share(entry, settings.SharedTypes) is { } shared ? FhirJson.Write(shared) : null;
        var before = _entries.GetValueOrDefault(key);
        var (count, bytes) = (_count - (before?.Json is null ? 0 : 1), _bytes - (before?.Json?.Length ?? 0));
        if (json?.Length > SharedEntry.LargestJson)
        {
            alarms.Raise(AlarmKind.DirectoryFull, $"An entry of more than {SharedEntry.LargestJson} bytes is not shared.");
            json = null;
        }
        else if (json is not null && (count == DirectoryQuota.MostEntries || bytes + json.Length > DirectoryQuota.MostBytes))
        {
            alarms.Raise(AlarmKind.DirectoryFull, $"The directory has more than {DirectoryQuota.MostEntries} entries or {DirectoryQuota.MostBytes >> 20} MiB to share: the rest is not shared.");
            json = null;
            _leftOut = true;
        }

        if (before is null ? json is null : before.Json is { } kept ? json is not null && kept.Span.SequenceEqual(json) : json is null)
        {
            return;
        }

        if (before is not null)
        {
            _changes.Remove(before.Number);
        }

        // What was left out may have room now.
        if (_leftOut && json is null)
        {
            _stale = true;
        }

        (_count, _bytes) = json is null ? (count, bytes) : (count + 1, bytes + json.Length);
        var change = new SharedEntry(++_newest, key.Type, key.Id, json is null ? null : (ReadOnlyMemory<byte>?)json);
        _entries[key] = _changes[change.Number] = change;
        if (_entries.Count > 2 * DirectoryQuota.MostEntries)
        {
            ForgetRemoved();
        }
    }

    /// <summary>What was removed is told as long as there is room to remember it; then everything is told anew.</summary>
    private void ForgetRemoved()
    {
        _series = DirectorySeries.Generate();
        foreach (var removed in _entries.Values.Where(entry => entry.Json is null).ToList())
        {
            _entries.Remove((removed.Type, removed.Id));
            _changes.Remove(removed.Number);
        }
    }
}
